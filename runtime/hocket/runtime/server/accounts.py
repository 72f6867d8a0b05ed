"""Who may connect: a file of users and their tokens.

One line a token: the user's name, white space, the token.  Empty lines and lines that begin with
``#`` are skipped; a user may have several tokens.
"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from hocket.runtime.server.problems import ServeProblem

__all__ = ["create_tokens", "read_tokens"]

_SHORTEST = 16
_HEAD = "# In each line a user and a token.  Whoever has a token is its user.\n"


def create_tokens(path: Path, user: str) -> None:
    """Write a file with one new token of ``user``, which only the file's owner may read.

    Its folder is made if it is not there; a file that is there already stays as it is.  Raises
    :exc:`ServeProblem` if it cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    except OSError as error:
        raise ServeProblem(f"cannot write {path}: {error.strerror}") from error
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{_HEAD}{user} {secrets.token_urlsafe(24)}\n")


def read_tokens(path: Path) -> Mapping[str, str]:
    """The users by their tokens.

    Raises :exc:`ServeProblem` if the file cannot be read, has no tokens, or a line of it is
    wrong: a token must have 16 characters or more and belong to one user.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ServeProblem(f"cannot read the tokens in {path}: {error}") from error
    users: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) != 2 or len(words[1]) < _SHORTEST:
            wanted = f"a user and a token of at least {_SHORTEST} characters"
            raise ServeProblem(f"{path}:{number}: write {wanted}")
        user, token = words
        if users.setdefault(token, user) != user:
            raise ServeProblem(f"{path}:{number}: two users have the same token")
    if not users:
        raise ServeProblem(f"there are no tokens in {path}; write a user and a token in a line")
    return users
