"""Where things stand in a JSON text that is known to be one.

The standard library's reader tells no positions, so the text is walked once more, token by token
and without recursion.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping

from attrs import define, field, frozen

from hocket.scenarios.language.diagnostics import Span

__all__ = ["Places", "Pointer", "places_of"]

Pointer = tuple[str | int, ...]
"""The keys and numbers that lead to a place."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


@frozen
class Places:
    """The spans of values and of keys, by the way to them."""

    values: Mapping[Pointer, Span]
    keys: Mapping[Pointer, Span]

    def span(self, at: Pointer) -> Span:
        """Where a value stands; if there is none, the nearest thing around it."""
        while at not in self.values and at:
            at = at[:-1]
        return self.values.get(at, Span(1, 1, 2))

    def key(self, at: Pointer, name: str) -> Span:
        """Where a key stands, of the object at that place."""
        return self.keys.get((*at, name), self.span(at))


@define
class _Open:
    """A list or an object that is not closed yet, and how far it is."""

    at: Pointer
    is_list: bool
    count: int = 0
    key: str | None = field(default=None)


def places_of(text: str) -> Places:
    """The places of everything in ``text``, which must be JSON."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    values: dict[Pointer, Span] = {}
    keys: dict[Pointer, Span] = {}
    opened: list[_Open] = []
    for match in _TOKEN.finditer(text):
        token = match.group()
        row = bisect_right(starts, match.start())
        column = match.start() - starts[row - 1] + 1
        span = Span(row, column, column + len(token))
        inside = opened[-1] if opened else None
        if token in ",:":
            if token == "," and inside is not None:
                inside.count, inside.key = inside.count + 1, None
        elif token in "}]":
            opened.pop()
        elif inside is not None and not inside.is_list and inside.key is None:
            inside.key = _text(token)
            keys[(*inside.at, inside.key)] = span
        else:
            at = _way(inside)
            values[at] = span
            if token in "{[":
                opened.append(_Open(at, token == "["))
    return Places(values, keys)


def _way(inside: _Open | None) -> Pointer:
    if inside is None:
        return ()
    return (*inside.at, inside.count if inside.is_list else inside.key or "")


def _text(token: str) -> str:
    def unescaped(match: re.Match[str]) -> str:
        if match.group(1):
            return chr(int(match.group(1), 16))
        return _ESCAPES.get(match.group(2), match.group(2))

    return _ESCAPED.sub(unescaped, token[1:-1])
