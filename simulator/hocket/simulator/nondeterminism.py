"""Locating what an execution depends on beside its choices.

Two executions of the same choices that differ are evidence of a leak: an order that hangs on
addresses, a real clock, chance of the real world.  What the evidence shows is where the two *part*,
in two grains:

- the first event of their traces that differs: a task, its step, and the line at which it stood;
- the first line of the program that only one of them went on to, or the first variable that holds
  another plain value there, and the line after which it did.  This watches every line, as a
  debugger does, so it is done only here.

A leak whose value is kept where neither grain looks is located at its first effect, and one that
does not show again within :data:`ATTEMPTS_MAX` attempts is told without a place.  The idea of
watching for the first divergent state is that of omniscient debuggers; here two runs are enough.
"""

import os
import re
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import zip_longest
from types import FrameType
from typing import Any, Final, cast
from uuid import UUID

from attrs import define, field, frozen

from hocket.simulator import places, steps
from hocket.simulator.engine.choices import Divergence
from hocket.simulator.engine.trace import Difference, first_difference, in_light
from hocket.simulator.execution import Execution

__all__ = ["ATTEMPTS_MAX", "Parting", "locate", "repetition_difference", "trace_difference"]

ATTEMPTS_MAX: Final = 3
"""How often an execution is repeated in search of another one that differs from it."""

LINES_MAX: Final = 20_000
"""Lines of one execution that are watched; what differs later is told by its trace alone."""

VALUE_MAX: Final = 60
"""Characters of a value that are kept, and compared."""

# Code without a file, such as the methods that attrs and dataclasses make, is no line to look at.
_LIBRARY = (os.path.dirname(os.__file__) + os.sep, "<frozen ", "<attrs ", "<string>")
_ADDRESS = re.compile(r"0x[0-9a-f]{6}")
_INSTALLED = ("site-packages", "dist-packages")
_PLAIN = (bool, int, float, str, bytes, type(None), datetime, timedelta, UUID)


@frozen
class Parting:
    """Where two executions of the same choices part.

    ``event`` is the first event that differs in their traces; ``after`` is the last line
    (``function:line``) at which the program did and held the same in both, empty if it is not
    known, and ``then`` says in words what was different next.
    """

    event: Difference | None
    after: str = ""
    then: str = ""

    @property
    def place(self) -> str:
        """``function:line`` of the program, as near to the leak as is known; may be empty."""
        if self.after or self.event is None:
            return self.after
        events = (self.event.before, self.event.first, self.event.second)
        return next((event.text for event in events if event is not None and event.text), "")

    def __str__(self) -> str:
        parts = [str(self.event)] if self.event is not None else []
        if self.after:
            parts.append(f"they part after line {self.after}: {self.then}")
        return "; ".join(parts)


@frozen
class _Line:
    """A line of the program that is about to be run, and its plain variables there."""

    place: str
    values: tuple[tuple[str, str], ...]


def locate(run: Callable[[], Execution], first: Execution) -> Parting | None:
    """Find where executions of the same choices part; ``None`` if no two that differ were seen.

    ``run`` executes those choices again, traced in full, and ``first`` is one such execution.
    """
    event: Difference | None = None
    for _ in range(ATTEMPTS_MAX):
        if event is None:
            event = first_difference(first.trace or (), run().trace or ())
        after, then = _parting_lines(_lines_of(run), _lines_of(run))
        if after:  # two that are alike by chance say nothing of where others part
            return Parting(event, after, then)
    return None if event is None else Parting(event, "", "")


def _lines_of(run: Callable[[], Execution]) -> list[_Line]:
    watch = _Watch()
    with watch.watching():
        run()
    return watch.lines


def _parting_lines(first: list[_Line], second: list[_Line]) -> tuple[str, str]:
    """The last line in common, and what was different after it."""
    after = ""
    for one, other in zip_longest(first, second):
        if one == other:
            after = one.place
        elif one is None or other is None or one.place != other.place:
            shown = [line.place if line is not None else "the end" for line in (one, other)]
            return after, f"then came {shown[0]} and then {shown[1]}"
        else:
            return after, _differing_value(one, other)
    return "", ""


def _differing_value(one: _Line, other: _Line) -> str:
    before, now = dict(one.values), dict(other.values)
    name = next(name for name in {**before, **now} if before.get(name) != now.get(name))
    shown = [values.get(name, "not there") for values in (before, now)]
    return f"at {one.place} `{name}` was {shown[0]} and then {shown[1]}"


@define
class _Watch:
    """Notes the lines of the program as they come."""

    lines: list[_Line] = field(factory=list[_Line])

    @contextmanager
    def watching(self) -> Generator[None]:
        """Inside, lines are noted; a debugger that was there before comes back afterwards."""
        before = sys.gettrace()
        sys.settrace(self._enter)
        try:
            yield
        finally:
            sys.settrace(before)

    def _enter(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        watched = len(self.lines) < LINES_MAX and _is_program(frame) and steps.running()
        return self._note if watched else None

    def _note(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            place = places.in_trace((frame.f_code, frame.f_lineno))
            self.lines.append(_Line(place, tuple(_plain_values(frame.f_locals))))
        return self._note


def _is_program(frame: FrameType) -> bool:
    path = frame.f_code.co_filename
    library = path.startswith(_LIBRARY) and not any(folder in path for folder in _INSTALLED)
    return places.is_program(frame.f_code) and not library


def _plain_values(variables: Mapping[str, object]) -> Generator[tuple[str, str]]:
    """The variables whose values look the same wherever they lie in memory."""
    for name, value in variables.items():
        if _is_plain(value) and not _ADDRESS.search(shown := repr(value)):
            yield name, shown[:VALUE_MAX]


def _is_plain(value: object) -> bool:
    """A number, text, moment or id, or a short sequence of such; a set has its own order."""
    if type(value) in _PLAIN:
        return True
    if type(value) not in {list, tuple}:
        return False
    items = cast("list[object]", value)
    return len(items) <= VALUE_MAX and all(type(item) in _PLAIN for item in items)


def repetition_difference(
    seen: Execution, again: Execution, divergence: Divergence | None
) -> str | None:
    """How the repetition of an untraced execution differs from it."""
    if divergence is not None:
        return str(divergence)
    if again.rejection is None:
        return "it did not fail again"
    assert seen.rejection is not None
    if again.rejection.origin != seen.rejection.origin:
        return f"it failed as {again.rejection.origin} instead of {seen.rejection.origin}"
    if seen.light is not None:
        difference = first_difference(seen.light, in_light(again.trace or ()))
        return str(difference) if difference is not None else None
    if again.end.steps != seen.end.steps:
        return f"it took {again.end.steps} steps instead of {seen.end.steps}"
    return None


def trace_difference(
    first: Execution, second: Execution, divergence: Divergence | None
) -> str | None:
    """The first event in which two traced executions of the same choices differ."""
    if divergence is not None:
        return str(divergence)
    difference = first_difference(first.trace or (), second.trace or ())
    return str(difference) if difference is not None else None
