"""Liveness in bounded form: what is owed comes within a second of virtual time, or by the end.

Virtual time moves only when nothing can run, so a debt that outlives its second waits for a client,
a tool or a model where it must not, and one that is open at the end would wait for ever.
"""

from typing import ClassVar, Self

from attrs import define, field

from hocket.runtime.protocol.lifecycle import RunStatus
from hocket.scenarios.properties.base import Connections, Deadlines, Property, Runs, Setup
from hocket.simulator.invariants import Observation, Violation

__all__ = ["Live1", "Live3", "Live4"]


@define(eq=False)
class Live1(Property):
    """Every request for a turn is rejected or accepted unless its connection closes, and every
    accepted run meets its fate or waits for an approval.
    """

    ID: ClassVar[str] = "LIVE-1"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"turn.request", "turn.reject", "run.status", "conn.close"}
    )

    _runs: Runs = field(factory=Runs, init=False)
    _asked: dict[str, dict[str, int]] = field(factory=dict[str, dict[str, int]], init=False)
    _closed: set[str] = field(factory=set[str], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        asked = self._asked.setdefault(seen["conn"], {})
        match seen.kind:
            case "turn.request":
                self.triggered = True
                asked.setdefault(seen["request"], seen.index)
            case "turn.reject":
                asked.pop(seen["request"], None)
            case "conn.close":
                self._closed.add(seen["conn"])
            case _:
                if self._runs.get(seen["run"]) is None and asked:
                    request = seen.get("request")
                    asked.pop(request if request in asked else next(iter(asked)))
                self._runs.learn(seen)
        return None

    def conclude(self, time: float) -> Violation | None:
        for conn, asked in self._asked.items():
            for request, index in asked.items() if conn not in self._closed else ():
                return self.violated(
                    f"request {request} on {conn} was neither accepted nor rejected", index
                )
        for run, own in self._runs:
            if own.live and own.status != RunStatus.AWAITING_APPROVAL:
                return self.violated(f"run {run} stayed {own.status} for ever", own.index)
        return None


@define
class _Cancel:
    """A request to cancel a live run, and whether it was answered."""

    index: int
    conn: str | None
    acknowledged: bool = False


@define(eq=False)
class Live3(Property):
    """A run whose user asks to cancel it is over within a second of virtual time, and the request
    is acknowledged, whatever its client, tool or model does.

    The acknowledgement is owed only while the connection that asked stays open.
    """

    ID: ClassVar[str] = "LIVE-3"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"run.status", "cancel.request", "cancel.ack", "conn.close", "conn.end"}
    )

    _runs: Runs = field(factory=Runs, init=False)
    _asked: dict[str, _Cancel] = field(factory=dict[str, _Cancel], init=False)
    _closed: set[str] = field(factory=set[str], init=False)
    _deadlines: Deadlines[str] = field(factory=Deadlines[str], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        for run in self._deadlines.passed(seen.time):
            if (violation := self._owed(run)) is not None:
                return violation
        match seen.kind:
            case "run.status":
                self._runs.learn(seen)
            case "cancel.request":
                self._ask(seen)
            case "cancel.ack":
                if (asked := self._asked.get(seen["run"])) is not None:
                    asked.acknowledged = True
            case _:
                self._closed.add(seen["conn"])
        return None

    def conclude(self, time: float) -> Violation | None:
        for run in self._asked:
            if (violation := self._owed(run)) is not None:
                return violation
        return None

    def _ask(self, seen: Observation) -> None:
        run, own = seen["run"], self._runs.get(seen["run"])
        if own is None or not own.live or own.user != seen["user"] or run in self._asked:
            return
        self.triggered = True
        self._asked[run] = _Cancel(seen.index, seen["conn"])
        self._deadlines.add(seen.time, run)

    def _owed(self, run: str) -> Violation | None:
        asked, own = self._asked[run], self._runs.get(run)
        if own is not None and own.live:
            return self.violated(
                f"run {run} was still {own.status} long after its user cancelled it",
                *sorted({asked.index, own.index}),
            )
        if asked.acknowledged or asked.conn in self._closed:
            return None
        return self.violated(f"the request to cancel run {run} was not answered", asked.index)


@define(eq=False)
class Live4(Property):
    """All tasks of a connection end within a second of virtual time after it closed, and where a
    lost connection cancels, so do the runs that it started.

    A connection that was resumed before its loss was noticed takes no run with it.
    """

    ID: ClassVar[str] = "LIVE-4"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"conn.auth", "conn.close", "conn.end", "run.status"}
    )

    cancels: bool = False
    _runs: Runs = field(factory=Runs, init=False)
    _connections: Connections = field(factory=Connections, init=False)
    _started: dict[str, set[str]] = field(factory=dict[str, set[str]], init=False)
    _ending: dict[str, int] = field(factory=dict[str, int], init=False)
    _ended: set[str] = field(factory=set[str], init=False)
    _doomed: dict[str, int] = field(factory=dict[str, int], init=False)
    _deadlines: Deadlines[str] = field(factory=Deadlines[str], init=False)

    @classmethod
    def of(cls, setup: Setup) -> Self:
        return cls(cancels=setup.disconnect == "cancel")

    def observe(self, seen: Observation) -> Violation | None:
        for conn in self._deadlines.passed(seen.time):
            if (violation := self._late(conn)) is not None:
                return violation
        match seen.kind:
            case "conn.auth":
                self._connections.learn(seen)
            case "conn.close":
                self._close(seen)
            case "conn.end":
                self._ended.add(seen["conn"])
                self._ending.pop(seen["conn"], None)
            case _:
                own = self._runs.learn(seen)
                if own.origin is not None and own.live:
                    self._started.setdefault(own.origin, set()).add(seen["run"])
        return None

    def conclude(self, time: float) -> Violation | None:
        for conn in (*self._ending, *self._started):
            if (violation := self._late(conn)) is not None:
                return violation
        return None

    def _close(self, seen: Observation) -> None:
        conn = seen["conn"]
        self.triggered = True
        if conn not in self._ended:
            self._ending.setdefault(conn, seen.index)
        if self.cancels and conn not in self._connections.resumed:
            for run in self._started.get(conn, ()):
                self._doomed.setdefault(run, seen.index)
        self._deadlines.add(seen.time, conn)

    def _late(self, conn: str) -> Violation | None:
        if conn in self._ending:
            return self.violated(f"tasks of {conn} outlived it", self._ending[conn])
        for run in self._started.get(conn, ()):
            own = self._runs.get(run)
            if run in self._doomed and own is not None and own.live:
                return self.violated(
                    f"run {run} was still {own.status} long after {conn}, which started it, closed",
                    *sorted({self._doomed[run], own.index}),
                )
        return None
