"""What happened in one execution, in order, and the digest that identifies it.

A trace holds what a program did and nothing that may differ between two runs of one choice
sequence: task paths, never addresses; the program's own function and line, never a library's;
virtual time; no exception texts.  Equal traces have equal digests, on every Python and under every
hash seed.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import define, field, frozen

__all__ = ["Trace", "TraceEvent"]


@frozen
class TraceEvent:
    """One thing that happened: ``kind`` is step, wake, exit, time, choice or observation.

    ``task`` is the path of the task it happened in, ``time`` virtual seconds, ``text`` what a
    person reads, ``fields`` the data of an observation (see ``Monitor``), empty otherwise.
    """

    kind: str
    task: str
    time: float
    text: str
    fields: Mapping[str, Any] = field(factory=dict[str, Any])

    @property
    def line(self) -> str:
        """The canonical form, from which digests are made."""
        tail = json.dumps(self.fields, sort_keys=True, default=str) if self.fields else ""
        return f"{self.kind}|{self.task}|{self.time!r}|{self.text}|{tail}"


@define
class Trace:
    """A growing sequence of events."""

    events: list[TraceEvent] = field(factory=list[TraceEvent])

    def add(
        self, kind: str, task: str, time: float, text: str, fields: Mapping[str, Any] | None = None
    ) -> None:
        """Append what happened at virtual ``time`` in seconds."""
        self.events.append(TraceEvent(kind, task, time, text, fields or {}))

    def __iter__(self) -> Iterator[TraceEvent]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)

    def digest(self) -> str:
        """32 hexadecimal digits that identify what happened."""
        total = hashlib.sha256()
        for event in self.events:
            total.update(event.line.encode("utf-8", "backslashreplace"))
            total.update(b"\n")
        return total.hexdigest()[:32]
