"""Order: the messages of a thread are numbered as they were committed, turn by turn."""

from typing import ClassVar

from attrs import define, field

from hocket.scenarios.properties.base import Property
from hocket.simulator.invariants import Observation, Violation

__all__ = ["Ord1", "Ord2"]


@define(eq=False)
class Ord1(Property):
    """The sequence numbers of a thread's messages strictly increase in the order of commits."""

    ID: ClassVar[str] = "ORD-1"
    KINDS: ClassVar[frozenset[str]] = frozenset({"msg.append"})

    _last: dict[str, Observation] = field(factory=dict[str, Observation], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        self.triggered = True
        last = self._last.get(seen["thread"])
        self._last[seen["thread"]] = seen
        if last is None or seen["seq"] > last["seq"]:
            return None
        return self.violated(
            f"message {seen['seq']} of thread {seen['thread']} was committed"
            f" after message {last['seq']}",
            last.index,
            seen.index,
        )


@define
class _Group:
    """The unbroken row of messages at the end of a thread: whose segment, first and last event."""

    segment: tuple[str, int]
    first: int
    last: int


@define(eq=False)
class Ord2(Property):
    """The messages of one segment, from taking the thread's lock to its release, stand together.

    Summaries may stand anywhere.  What a run appends without the lock counts as a segment of its
    own.
    """

    ID: ClassVar[str] = "ORD-2"
    KINDS: ClassVar[frozenset[str]] = frozenset({"lock.acquire", "lock.release", "msg.append"})

    _segments: dict[str, int] = field(factory=dict[str, int], init=False)
    _current: dict[str, _Group] = field(factory=dict[str, _Group], init=False)
    _left: dict[tuple[str, str, int], int] = field(
        factory=dict[tuple[str, str, int], int], init=False
    )

    def observe(self, seen: Observation) -> Violation | None:
        run, thread = seen["run"], seen["thread"]
        if seen.kind != "msg.append":
            self._segments[run] = self._segments.get(run, 0) + 1
            return None
        if seen["role"] == "summary":
            return None
        segment = (run, self._segments.get(run, 0))
        group = self._current.get(thread)
        if group is not None and group.segment == segment:
            group.last = seen.index
            return None
        self._current[thread] = _Group(segment, seen.index, seen.index)
        if group is None:
            return None
        self.triggered = True
        self._left[thread, *group.segment] = group.last
        before = self._left.get((thread, *segment))
        if before is None:
            return None
        return self.violated(
            f"messages of run {group.segment[0]} stand between messages of one segment"
            f" of run {run} on thread {thread}",
            before,
            group.first,
            seen.index,
        )
