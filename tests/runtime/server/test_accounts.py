"""The file of tokens: whose is whose, and what cannot be meant."""

from pathlib import Path

import pytest

from hocket.runtime.server.accounts import create_tokens, read_tokens
from hocket.runtime.server.problems import ServeProblem

GOOD = "# people\n\nann 0123456789abcdef\nben  fedcba9876543210\nann aaaaaaaaaaaaaaaaaaa\n"


def test_users_by_their_tokens(tmp_path: Path) -> None:
    """A user may have several; comments and empty lines are none."""
    (tmp_path / "tokens").write_text(GOOD)
    users = read_tokens(tmp_path / "tokens")
    assert sorted(users.values()) == ["ann", "ann", "ben"]
    assert users["fedcba9876543210"] == "ben"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "there are no tokens"),
        ("ann", ":1: write a user and a token"),
        ("# x\nann short", ":2: write a user and a token of at least 16"),
        ("ann 0123456789abcdef and more", ":1: write"),
        ("ann 0123456789abcdef\nben 0123456789abcdef", ":2: two users"),
        ("\udcff", "cannot read"),
    ],
)
def test_what_cannot_be_meant_is_told(tmp_path: Path, text: str, why: str) -> None:
    """With the line, and nothing of the token."""
    path = tmp_path / "tokens"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ServeProblem, match=why) as told:
        read_tokens(path)
    assert "0123456789abcdef" not in str(told.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """By its name."""
    with pytest.raises(ServeProblem, match="tokens"):
        read_tokens(tmp_path / "tokens")


def test_the_first_token_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    """Nobody else may read the file, and nothing is written over."""
    path = tmp_path / "tokens"
    create_tokens(path, "me")
    first = read_tokens(path)
    assert list(first.values()) == ["me"]
    assert path.stat().st_mode & 0o777 == 0o600
    create_tokens(path, "you")
    assert read_tokens(path) == first
