"""Tokens are read back wherever they stand, and only those at the end are stripped."""

from hypothesis import given
from hypothesis import strategies as st

from hocket.scenarios.tokens import Token, mint, strip_tokens, tokens

names = st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True)
numbers = st.integers(min_value=0, max_value=999_999_999)


@given(names, names, numbers)
def test_a_minted_token_is_read_back(user: str, thread: str, n: int) -> None:
    """What was minted is found, anywhere in a text."""
    assert tokens(f"before{mint(user, thread, n)} after") == (Token(user, thread, n),)


@given(st.text(alphabet="ab <>.1", max_size=12), names, numbers)
def test_stripping_undoes_minting(text: str, name: str, n: int) -> None:
    """A token appended to a text makes no difference to what the text says."""
    assert strip_tokens(text + mint(name, name, n)) == strip_tokens(text)


def test_only_tokens_at_the_end_are_stripped() -> None:
    """A token in the midst is part of the text; several at the end all go."""
    assert strip_tokens("x <ann.A.1> y <ann.A.2> <ben.B.3>") == "x <ann.A.1> y"


def test_what_is_no_token_is_left_alone() -> None:
    """Angle brackets alone make no token."""
    assert tokens("<ann.A> <ann.A.x> <.A.1>") == ()
    assert strip_tokens("a <b>") == "a <b>"
