"""Isolation tokens: marks in texts that say whose words they are.

A driver puts `` <ann.A.3>`` at the end of every text it lets a user, a model or a tool say: the
user, the conversation thread, and a number that makes each text unlike the others.  Whoever sees
the token where it does not belong has seen a leak, without knowing what the text meant.  Reading
a mark is all it takes, so invariants need no access to the runtime's memory.
"""

import re
from typing import NamedTuple

__all__ = ["Token", "mint", "strip_tokens", "tokens"]

_NAME = r"[A-Za-z0-9_-]+"
_TOKEN = re.compile(rf"<({_NAME})\.({_NAME})\.([0-9]{{1,9}})>")
_TRAILING = re.compile(rf"(?: <{_NAME}\.{_NAME}\.[0-9]{{1,9}}>)+\Z")


class Token(NamedTuple):
    """Whose text it is: a user, one of the user's threads, and the number of the text."""

    user: str
    thread: str
    n: int


def mint(user: str, thread: str, n: int) -> str:
    """The token as it is appended to a text, with the space before it.

    >>> "hello" + mint("ann", "A", 3)
    'hello <ann.A.3>'
    """
    return f" <{user}.{thread}.{n}>"


def tokens(text: str) -> tuple[Token, ...]:
    """All tokens anywhere in ``text``, in order.

    >>> tokens("hello <ann.A.3>, and <ben.B.4>")
    (Token(user='ann', thread='A', n=3), Token(user='ben', thread='B', n=4))
    """
    return tuple(Token(user, thread, int(n)) for user, thread, n in _TOKEN.findall(text))


def strip_tokens(text: str) -> str:
    """``text`` without the tokens at its end; tokens in its midst stay.

    >>> strip_tokens("hello <ann.A.3>")
    'hello'
    """
    return _TRAILING.sub("", text)
