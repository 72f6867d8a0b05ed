"""What happened in one execution, in order, and the digests that identify it.

There are three levels.  *Off* records nothing.  *Light* notes which task took each step and how
time moved, as cheaply as that can be done; names are made when somebody looks.  *Full* is what
replays record: each event with its place in the program, and each step with what caused it.

A trace holds what a program did and nothing that may differ between two runs of one choice
sequence: task paths, never addresses; the program's own function and line, never a library's;
virtual time; no exception texts.  Equal traces have equal digests, on every Python and under every
hash seed.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from attrs import define, evolve, field, frozen

from hocket.simulator.engine.causality import Cause

__all__ = [
    "Difference",
    "LightTrace",
    "Trace",
    "TraceEvent",
    "Tracing",
    "first_difference",
    "in_light",
    "name_of_path",
]


class Tracing(StrEnum):
    """How much an execution records."""

    OFF = "off"
    LIGHT = "light"
    FULL = "full"


def name_of_path(path: tuple[int, ...]) -> str:
    """A task's spawn path in print: ``main/0/2``; ``soon`` is the task of queued callbacks.

    >>> name_of_path((0, 0, 2)), name_of_path(())
    ('main/0/2', 'init')
    """
    return "/".join([("main", "soon")[path[0]], *map(str, path[1:])]) if path else "init"


@frozen
class TraceEvent:
    """One thing that happened: ``kind`` is step, time, choice or observation.

    ``task`` is the path of the task it happened in, for a step with the number of the step;
    ``time`` virtual seconds, ``text`` what a person reads, ``fields`` the data of an observation
    (see ``Monitor``), empty otherwise.  ``cause`` is there for the steps of a full trace.
    """

    kind: str
    task: str
    time: float
    text: str
    fields: Mapping[str, Any] = field(factory=dict[str, Any])
    cause: Cause | None = None

    @property
    def line(self) -> str:
        """The canonical form, from which digests are made."""
        tail = json.dumps(self.fields, sort_keys=True, default=str) if self.fields else ""
        return f"{self.kind}|{self.task}|{self.time!r}|{self.text}|{tail}"

    def __str__(self) -> str:
        where = (
            f" at {self.text}" if self.text and self.kind == "step" else f" {self.text}".rstrip()
        )
        return f"{self.kind} {self.task}{where} ({self.time:g} s)".replace("  ", " ")


@define
class Trace:
    """A growing sequence of events, as a replay records it."""

    events: list[TraceEvent] = field(factory=list[TraceEvent])

    def add(
        self, kind: str, task: str, time: float, text: str, fields: Mapping[str, Any] | None = None
    ) -> None:
        """Append what happened at virtual ``time`` in seconds."""
        self.events.append(TraceEvent(kind, task, time, text, fields or {}))

    def add_step(self, task: str, time: float, place: str, cause: Cause) -> None:
        """Append a step that begins at ``place``, at virtual ``time`` in seconds."""
        self.events.append(TraceEvent("step", task, time, place, {}, cause))

    def __iter__(self) -> Iterator[TraceEvent]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)

    def digest(self) -> str:
        """32 hexadecimal digits that identify what happened."""
        return _digest(event.line for event in self.events)

    def order_digest(self) -> str:
        """32 hexadecimal digits that identify the order in which the program needed things done.

        Schedules that differ only in the order of steps of which none happened before another
        (see :mod:`~hocket.simulator.engine.causality`) have the same.
        """
        return _digest(
            f"{event.task}|{event.text}|{sorted(event.cause.clock.items())}"
            for event in sorted(self.events, key=lambda event: event.task)
            if event.cause is not None
        )


def _digest(lines: Iterable[str]) -> str:
    total = hashlib.sha256()
    for line in lines:
        total.update(line.encode("utf-8", "backslashreplace"))
        total.update(b"\n")
    return total.hexdigest()[:32]


@define
class LightTrace:
    """The tasks that took the steps of an execution, and how time moved between.

    ``noted`` has the path of a task for each step and a number for each move of time, to that many
    virtual seconds.  The kernel appends to it, and nothing else is done until somebody reads.
    """

    noted: list[tuple[int, ...] | float] = field(factory=list[tuple[int, ...] | float])

    def __iter__(self) -> Iterator[TraceEvent]:
        steps: Counter[tuple[int, ...]] = Counter()
        now = 0.0
        for what in self.noted:
            if not isinstance(what, tuple):
                now = what
                yield TraceEvent("time", "", now, "")
            elif len(what) > 1 or what == (0,):  # the others are Trio's own
                yield TraceEvent("step", f"{name_of_path(what)}@{steps[what]}", now, "")
                steps[what] += 1


@frozen
class Difference:
    """The first event in which two traces of one choice sequence differ.

    ``number`` counts events from 0; an event is ``None`` where its trace has ended.  ``before`` is
    the last step that both have: what differs was decided in it, or earlier and not seen.
    """

    number: int
    first: TraceEvent | None
    second: TraceEvent | None
    before: TraceEvent | None

    def __str__(self) -> str:
        shown = [str(event) if event else "the end" for event in (self.first, self.second)]
        after = f", after {self.before}" if self.before is not None else ""
        return f"event {self.number} was {shown[0]!r} and then {shown[1]!r}{after}"


def first_difference(
    first: Iterable[TraceEvent], second: Iterable[TraceEvent]
) -> Difference | None:
    """Where two traces part; ``None`` if they are equal."""
    before: TraceEvent | None = None
    for number, (one, other) in enumerate(zip_longest(first, second)):
        if one is None or other is None or one.line != other.line:
            return Difference(number, one, other, before)
        if one.kind == "step":
            before = one
    return None


def in_light(trace: Iterable[TraceEvent]) -> Iterator[TraceEvent]:
    """What a light trace of the same execution holds."""
    for event in trace:
        if event.kind in {"step", "time"}:
            yield evolve(event, text="", cause=None)
