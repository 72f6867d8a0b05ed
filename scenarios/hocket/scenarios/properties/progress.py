"""Progress: what can go on goes on, now and after a restart.

Virtual time moves only when nothing can run, so what is late waits for somebody it must not wait
for.
"""

from typing import ClassVar

from attrs import define, field

from hocket.runtime.protocol.lifecycle import RunStatus
from hocket.scenarios.properties.base import Deadlines, Property, Runs
from hocket.simulator.invariants import Observation, Violation

__all__ = ["Live5", "Live6", "Live7"]

_Asked = tuple[str, str]


@define(eq=False)
class Live5(Property):
    """A request for a turn is answered within a second of virtual time, whatever else is under way,
    unless its connection is gone, and a run that has its thread's lock begins within one.
    """

    ID: ClassVar[str] = "LIVE-5"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"turn.request", "turn.reject", "run.status", "lock.acquire", "conn.close"}
    )

    _runs: Runs = field(factory=Runs, init=False)
    _asked: dict[_Asked, int] = field(factory=dict[_Asked, int], init=False)
    _closed: set[str] = field(factory=set[str], init=False)
    _ready: dict[str, int] = field(factory=dict[str, int], init=False)
    _answers: Deadlines[_Asked] = field(factory=Deadlines[_Asked], init=False)
    _starts: Deadlines[str] = field(factory=Deadlines[str], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        if (violation := self._late(seen.time)) is not None:
            return violation
        match seen.kind:
            case "turn.request":
                self.triggered = True
                if seen["conn"] in self._closed:
                    return None
                asked = (seen["conn"], seen["request"])
                self._asked[asked] = seen.index
                self._answers.add(seen.time, asked)
            case "turn.reject":
                self._asked.pop((seen["conn"], seen["request"]), None)
            case "conn.close":
                self._closed.add(seen["conn"])
                for asked in [a for a in self._asked if a[0] == seen["conn"]]:
                    del self._asked[asked]
            case "lock.acquire":
                own = self._runs.get(seen["run"])
                if own is not None and own.status == RunStatus.ACCEPTED:
                    self._ready[seen["run"]] = seen.index
                    self._starts.add(seen.time, seen["run"])
            case _:
                self._runs.learn(seen)
                self._asked.pop((seen["conn"], seen["request"]), None)
                if seen["new"] != RunStatus.ACCEPTED:
                    self._ready.pop(seen["run"], None)
        return None

    def _late(self, time: float) -> Violation | None:
        for asked in self._answers.passed(time):
            if asked in self._asked:
                return self.violated(
                    f"request {asked[1]} on {asked[0]} was not answered at once",
                    self._asked[asked],
                )
        for run in self._starts.passed(time):
            if run in self._ready:
                return self.violated(
                    f"run {run} has its thread's lock and did not begin", self._ready[run]
                )
        return None


@define(eq=False)
class Live6(Property):
    """When nothing can happen any more, nobody holds or waits for the lock of a thread.

    That no step blocks the whole process, and that not all tasks wait for each other, the simulator
    sees by itself: as an escape, and as a deadlock.
    """

    ID: ClassVar[str] = "LIVE-6"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"lock.wait", "lock.release", "lock.leave", "quiesce"}
    )

    _waiting: dict[tuple[str, str], list[int]] = field(
        factory=dict[tuple[str, str], list[int]], init=False
    )

    def observe(self, seen: Observation) -> Violation | None:
        if seen.kind == "quiesce":
            for (thread, run), indices in self._waiting.items():
                for index in indices:
                    return self.violated(
                        f"run {run} holds or waits for thread {thread} for ever",
                        index,
                        seen.index,
                    )
            return None
        waits = self._waiting.setdefault((seen["thread"], seen["run"]), [])
        self.triggered = True
        if seen.kind == "lock.wait":
            waits.append(seen.index)
        elif waits:
            waits.pop()
        return None


@define(eq=False)
class Live7(Property):
    """Within a second of virtual time after a process begins, every run that an earlier one left
    live is over, or waits for an approval.
    """

    ID: ClassVar[str] = "LIVE-7"
    KINDS: ClassVar[frozenset[str]] = frozenset({"run.status", "proc.crash", "proc.start"})

    _runs: Runs = field(factory=Runs, init=False)
    _left: dict[str, int] = field(factory=dict[str, int], init=False)
    _starts: Deadlines[int] = field(factory=Deadlines[int], init=False)
    _started: bool = field(default=False, init=False)

    def observe(self, seen: Observation) -> Violation | None:
        for _ in self._starts.passed(seen.time):
            if (violation := self._judge()) is not None:
                return violation
        match seen.kind:
            case "run.status":
                self._runs.learn(seen)
                self._left.pop(seen["run"], None)
            case "proc.crash":
                for run, own in self._runs:
                    if own.live and own.status != RunStatus.AWAITING_APPROVAL:
                        self._left[run] = seen.index
            case _:
                if self._left:
                    self.triggered = self._started = True
                    self._starts.add(seen.time, seen.index)
        return None

    def conclude(self, time: float) -> Violation | None:
        return self._judge() if self._started else None

    def _judge(self) -> Violation | None:
        for run, index in self._left.items():
            return self.violated(f"run {run} was left live by a crash and never ended", index)
        return None
