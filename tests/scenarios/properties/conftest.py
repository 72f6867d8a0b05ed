"""Executions written as text, so that a test shows the interleaving it is about.

A line is one event: an optional ``@time``, the kind, and the fields that matter as ``name=value``;
the others are ``None``.  ``messages`` are written ``role:content:call|role:content:call``,
``blocks`` and ``arguments`` ``name:value|name:value``.
"""

from collections.abc import Callable
from typing import Any

import pytest

from hocket.runtime.protocol.events import EVENT_FIELDS
from hocket.scenarios.properties import Property
from hocket.simulator.invariants import Monitor, Violation

_WORDS: dict[str, Any] = {"True": True, "False": False, "None": None}
_LISTS = frozenset(
    {"tools", "runs", "approvals", "calls", "connections", "records", "locks", "stale", "mentions"}
)
_NUMBERS = frozenset({"seq", "size", "epoch", "op"})


def _message(text: str) -> tuple[str, str, str | None]:
    role, content, call = (*text.split(":"), None, None)[:3]
    return role or "", content or "", call


def _value(name: str, text: str) -> Any:
    if name == "messages":
        return tuple(_message(message) for message in text.split("|"))
    if name in _LISTS:
        return tuple(word for word in text.split(",") if word)
    if name in ("blocks", "arguments"):
        pairs = (part.split(":", 1) for part in text.split("|"))
        return tuple((k, tuple(v.split(",")) if name == "arguments" else v) for k, v in pairs)
    if name == "seconds":
        return float(text)
    return int(text) if name in _NUMBERS else _WORDS.get(text, text)


def _fields(kind: str, words: list[str]) -> dict[str, Any]:
    given = dict(word.split("=", 1) for word in words)
    assert given.keys() <= set(EVENT_FIELDS[kind]), (kind, given)
    blank = dict.fromkeys(EVENT_FIELDS[kind]) | {name: () for name in _LISTS if name in given}
    return blank | {name: _value(name, text) for name, text in given.items()}


def _judge(checker: Property, story: str) -> Violation | None:
    monitor, time = Monitor((checker,)), 0.0
    for line in filter(None, map(str.strip, story.splitlines())):
        words = line.split()
        if words[0].startswith("@"):
            time = float(words.pop(0)[1:])
        violation = monitor.observe(words[0], _fields(words[0], words[1:]), time)
        if violation is not None:
            return violation
    return monitor.conclude(time)


@pytest.fixture
def holds() -> Callable[[Property, str], None]:
    """Asserts that the property had something to judge in an execution, and that it held."""

    def check(checker: Property, story: str) -> None:
        assert not checker.triggered
        assert _judge(checker, story) is None
        assert checker.triggered

    return check


@pytest.fixture
def breaks() -> Callable[[Property, str, tuple[int, ...]], None]:
    """Asserts that the property is broken by an execution, by the events at these indices."""

    def check(checker: Property, story: str, indices: tuple[int, ...]) -> None:
        violation = _judge(checker, story)
        assert violation is not None
        assert (violation.property, violation.indices) == (checker.name, indices)

    return check


@pytest.fixture
def vacuous() -> Callable[[Property, str], None]:
    """Asserts that an execution gave the property nothing to judge."""

    def check(checker: Property, story: str) -> None:
        assert _judge(checker, story) is None
        assert not checker.triggered

    return check
