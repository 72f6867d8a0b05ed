"""Pending calls: no delegated call outlives what it was made for.

A call is pending from its ``wire.execute`` until its ``tool.end``, whatever the runtime's own table
of pending calls says; that table is read once, when nothing can happen any more.
"""

from typing import ClassVar, Self

from attrs import define, field

from hocket.scenarios.properties.base import TERMINAL, Connections, Deadlines, Property, Setup
from hocket.simulator.invariants import Observation, Violation

__all__ = ["Deliv8"]


@define
class _Pending:
    """A delegated call without an end: the connection it was last sent on, and its run."""

    conn: str
    run: str
    index: int


_Debt = tuple[str, _Pending, tuple[int, ...]]


@define(eq=False)
class Deliv8(Property):
    """No delegated call stays pending once its run is over or its connection is lost, except where
    lost calls wait for their client to resume.
    """

    ID: ClassVar[str] = "DELIV-8"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"conn.auth", "conn.close", "run.status", "wire.execute", "tool.end", "quiesce"}
    )

    waits_for_resume: bool = False
    _pending: dict[str, _Pending] = field(factory=dict[str, _Pending], init=False)
    _closed: set[str] = field(factory=set[str], init=False)
    _connections: Connections = field(factory=Connections, init=False)
    _over: set[str] = field(factory=set[str], init=False)
    _deadlines: Deadlines[_Debt] = field(factory=Deadlines[_Debt], init=False)

    @classmethod
    def of(cls, setup: Setup) -> Self:
        return cls(waits_for_resume=setup.lost_call == "wait_for_resume")

    def observe(self, seen: Observation) -> Violation | None:
        for execution, owed, since in self._deadlines.passed(seen.time):
            if self._pending.get(execution) is owed and self._is_owed(owed):
                return self._left(execution, owed, *since)
        match seen.kind:
            case "conn.auth":
                self._connections.learn(seen)
            case "wire.execute":
                self.triggered = True
                sent = self._pending[seen["exec"]] = _Pending(seen["conn"], seen["run"], seen.index)
                if self._is_owed(sent):
                    self._deadlines.add(seen.time, (seen["exec"], sent, ()))
            case "tool.end":
                self._pending.pop(seen["exec"], None)
            case "quiesce":
                if seen["calls"]:
                    return self.violated("calls are pending when nothing can happen", seen.index)
            case _:
                self._over_for(seen)
        return None

    def conclude(self, time: float) -> Violation | None:
        for execution, pending in self._pending.items():
            return self._left(execution, pending)
        return None

    def _over_for(self, seen: Observation) -> None:
        if seen.kind == "conn.close":
            self._closed.add(seen["conn"])
        elif seen["new"] in TERMINAL:
            self._over.add(seen["run"])
        else:
            return
        for execution, pending in self._pending.items():
            if self._is_owed(pending):
                self._deadlines.add(seen.time, (execution, pending, (seen.index,)))

    def _is_owed(self, pending: _Pending) -> bool:
        lost = pending.conn in self._closed and pending.conn not in self._connections.resumed
        return pending.run in self._over or (lost and not self.waits_for_resume)

    def _left(self, execution: str, pending: _Pending, *indices: int) -> Violation:
        return self.violated(
            f"the delegated call {execution} of run {pending.run} stayed pending",
            pending.index,
            *indices,
        )
