"""Replay tokens: a schedule as one printable word, from an untrusted source."""

from cProfile import Profile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hocket.simulator.engine.choices import ChoiceKind, Deviation
from hocket.simulator.engine.token import Token, TokenError, decode, encode

texts = st.text(max_size=30)


@st.composite
def deviations(draw: st.DrawFn) -> Deviation:
    arity = draw(st.integers(2, 9))
    return Deviation(
        position=draw(st.integers(0, 10_000)),
        kind=draw(st.sampled_from(ChoiceKind)),
        label=draw(texts),
        index=draw(st.integers(1, arity - 1)),
        arity=arity,
        default=draw(texts),
        taken=draw(texts),
        preemption=draw(st.booleans()),
    )


tokens = st.builds(
    Token,
    target=texts,
    source=texts,
    model=texts,
    deviations=st.lists(deviations(), max_size=8).map(tuple),
    digest=texts,
    origin=texts,
    context=st.dictionaries(texts, texts, max_size=3),
    entropy=st.integers(),
    cancel=st.none() | st.lists(texts, max_size=3).map(tuple),
    spin_limit=st.integers(),
    timers=st.booleans(),
    slow_steps=st.floats(0, allow_infinity=False),
    profile=texts,
)


@given(tokens)
def test_decoding_an_encoded_token_gives_it_back(token: Token) -> None:
    """Nothing of a schedule is lost on the way through text."""
    assert decode(encode(token)) == token


@given(tokens, st.data())
def test_one_changed_character_is_noticed(token: Token, data: st.DataObject) -> None:
    """A damaged token is refused rather than read as another schedule."""
    word = encode(token)
    place = data.draw(st.integers(0, len(word) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda c: c != word[place]))
    damaged = word[:place] + other + word[place + 1 :]
    if damaged.strip() != word:
        with pytest.raises(TokenError):
            decode(damaged)


@given(st.text(max_size=200))
def test_any_text_is_refused_with_the_documented_error(text: str) -> None:
    """Whatever a user pastes, the answer is a TokenError and nothing else."""
    with pytest.raises(TokenError, match="not a replay token"):
        decode(text)


def test_a_token_of_another_format_says_so() -> None:
    """A newer format is named, not called damaged."""
    word = encode(Token("t", "s", "free", (), "d", "o"))
    with pytest.raises(TokenError, match="format 2"):
        decode(word.replace("hk1.", "hk2.", 1))


def test_decoding_takes_work_linear_in_the_number_of_choices() -> None:
    """Ten times the choices take about ten times the calls; a squared part shows as far more."""
    small, large = (calls(encode(long(choices))) for choices in (300, 3_000))
    assert small < large < 15 * small


def test_ten_hostile_megabytes_are_refused() -> None:
    """By their length, before anything is unpacked."""
    word = "hk1." + "A" * 10_000_000 + ".00000000"
    with pytest.raises(TokenError, match="characters long"):
        decode(word)


def long(choices: int) -> Token:
    """A token of so many choices."""
    taken = [
        Deviation(n, ChoiceKind.TASK, "", 1, 2, f"a@{n}", f"b@{n}", preemption=False)
        for n in range(choices)
    ]
    return Token("t", "s", "free", tuple(taken), "d", "o")


def calls(word: str) -> int:
    """How many calls it takes to decode ``word``."""
    profile = Profile()
    profile.runcall(decode, word)
    return sum(entry.callcount for entry in profile.getstats())


def test_a_bomb_is_refused() -> None:
    """A short word that inflates to very much is refused before it does."""
    bomb = encode(Token("t" * 30_000_000, "s", "free", (), "d", "o"))
    with pytest.raises(TokenError, match="more than"):
        decode(bomb)
