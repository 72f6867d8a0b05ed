"""Pending approvals: each belongs to a run that waits for it, its user hears of it whenever they
come, and can end the wait.
"""

from typing import ClassVar, Self

from attrs import define, field

from hocket.runtime.protocol.lifecycle import ApprovalStatus, RunStatus
from hocket.scenarios.properties.base import Connections, Property, Runs, Setup
from hocket.simulator.invariants import Observation, Violation

__all__ = ["Appr4", "Appr5", "Appr7", "Live2"]


@define(eq=False)
class Appr4(Property):
    """At every commit a run waits for an approval if and only if exactly one of its approvals is
    pending, and the call that it is for stands in the thread.
    """

    ID: ClassVar[str] = "APPR-4"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"run.status", "msg.append", "appr.new", "appr.decide", "appr.end", "tx.commit"}
    )

    _awaiting: dict[str, int] = field(factory=dict[str, int], init=False)
    _pending: dict[str, dict[str, str]] = field(factory=dict[str, dict[str, str]], init=False)
    _said: set[tuple[str, str]] = field(factory=set[tuple[str, str]], init=False)
    _touched: dict[str, int] = field(factory=dict[str, int], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        if seen.kind == "tx.commit":
            return self._judge()
        run = seen["run"]
        match seen.kind:
            case "msg.append":
                if seen["call"] is not None:
                    self._said.add((run, seen["call"]))
                return None
            case "run.status":
                if seen["new"] == RunStatus.AWAITING_APPROVAL:
                    self._awaiting[run] = seen.index
                elif self._awaiting.pop(run, None) is None:
                    return None
            case "appr.new":
                self.triggered = True
                self._pending.setdefault(run, {})[seen["approval"]] = seen["call"]
            case _:
                self._pending.get(run, {}).pop(seen["approval"], None)
        self._touched[run] = seen.index
        return None

    def conclude(self, time: float) -> Violation | None:
        return self._judge()

    def _judge(self) -> Violation | None:
        touched, self._touched = self._touched, {}
        for run, index in touched.items():
            pending = self._pending.get(run, {})
            waits = run in self._awaiting
            if len(pending) != int(waits):
                state = "waits for an approval" if waits else "does not wait"
                return self.violated(f"run {run} {state} and {len(pending)} are pending", index)
            for call in pending.values():
                if (run, call) not in self._said:
                    return self.violated(
                        f"run {run} waits for the approval of a call that is not in its thread",
                        index,
                    )
        return None


@define(eq=False)
class Appr5(Property):
    """At most one approval of a thread is pending, unless turns may run beside one that waits."""

    ID: ClassVar[str] = "APPR-5"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"run.status", "appr.new", "appr.decide", "appr.end"}
    )

    alone: bool = True
    _runs: Runs = field(factory=Runs, init=False)
    _pending: dict[str, dict[str, int]] = field(factory=dict[str, dict[str, int]], init=False)

    @classmethod
    def of(cls, setup: Setup) -> Self:
        return cls(alone=setup.pending_approval != "allow")

    def observe(self, seen: Observation) -> Violation | None:
        if seen.kind == "run.status":
            self._runs.learn(seen)
            return None
        own = self._runs.get(seen["run"])
        if own is None or own.thread is None:
            return None
        pending = self._pending.setdefault(own.thread, {})
        if seen.kind != "appr.new":
            pending.pop(seen["approval"], None)
            return None
        self.triggered = True
        others = tuple(pending.values())
        pending[seen["approval"]] = seen.index
        if not others or not self.alone:
            return None
        return self.violated(
            f"two approvals of thread {own.thread} are pending", *others, seen.index
        )


@define(eq=False)
class Appr7(Property):
    """A connection that authenticates while an approval of its user pends is asked for it, before
    it hears that the approval needs no answer any more.

    An approval that came up in the same instant may be on its way to the connection by itself.
    """

    ID: ClassVar[str] = "APPR-7"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"conn.auth", "run.status", "appr.new", "appr.decide", "appr.end", "frame.out"}
    )

    _runs: Runs = field(factory=Runs, init=False)
    _pending: dict[str, Observation] = field(factory=dict[str, Observation], init=False)
    _owed: dict[tuple[str, str], Observation] = field(
        factory=dict[tuple[str, str], Observation], init=False
    )

    def observe(self, seen: Observation) -> Violation | None:
        match seen.kind:
            case "run.status":
                self._runs.learn(seen)
            case "conn.auth":
                self._come(seen)
            case "appr.new":
                self._pending[seen["run"]] = seen
            case "frame.out":
                return self._hear(seen)
            case _:
                self._pending.pop(seen["run"], None)
        return None

    def _come(self, seen: Observation) -> None:
        for run, asked in self._pending.items():
            own = self._runs.get(run)
            if own is not None and own.user == seen["user"] and asked.time < seen.time:
                self.triggered = True
                self._owed[seen["conn"], run] = seen

    def _hear(self, seen: Observation) -> Violation | None:
        conn, run = seen["conn"], seen["run"]
        if seen["type"] not in ("turn_paused", "approval_closed"):
            return None
        came = self._owed.pop((conn, run), None)
        if came is None or seen["type"] == "turn_paused":
            return None
        return self.violated(
            f"{conn} came while an approval of run {run} was pending, and was never asked",
            came.index,
            seen.index,
        )


@define(eq=False)
class Live2(Property):
    """Every pending approval ends, and a decision that its user sends in time, over whichever
    connection, is what ends it.

    A decision may wait for the thread's lock, and an approval that expires meanwhile has expired.
    """

    ID: ClassVar[str] = "LIVE-2"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"conn.auth", "run.status", "appr.new", "appr.decide", "appr.end", "frame.in", "lock.wait"}
    )

    _runs: Runs = field(factory=Runs, init=False)
    _connections: Connections = field(factory=Connections, init=False)
    _pending: dict[str, Observation] = field(factory=dict[str, Observation], init=False)
    _answered: dict[str, Observation] = field(factory=dict[str, Observation], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        match seen.kind:
            case "conn.auth":
                self._connections.learn(seen)
            case "run.status":
                self._runs.learn(seen)
            case "appr.new":
                self.triggered = True
                self._pending[seen["approval"]] = seen
            case "frame.in":
                self._hear(seen)
            case "lock.wait":
                waiting = [a for a in self._answered if self._pending[a]["run"] == seen["run"]]
                for approval in waiting:
                    del self._answered[approval]
            case _:
                return self._end(seen)
        return None

    def conclude(self, time: float) -> Violation | None:
        for approval, asked in self._pending.items():
            return self.violated(f"approval {approval} stayed pending for ever", asked.index)
        return None

    def _hear(self, seen: Observation) -> None:
        asked = self._pending.get(seen["ref"]) if seen["type"] == "approval_response" else None
        if asked is None:
            return
        own = self._runs.get(asked["run"])
        if own is not None and self._connections.user(seen["conn"]) == own.user:
            self._answered.setdefault(seen["ref"], seen)

    def _end(self, seen: Observation) -> Violation | None:
        approval = seen["approval"]
        self._pending.pop(approval, None)
        answer = self._answered.pop(approval, None)
        if answer is None or seen.kind == "appr.decide":
            return None
        if seen["reason"] != ApprovalStatus.EXPIRED or answer.time >= seen.time:
            return None
        return self.violated(
            f"approval {approval} expired although its user had decided in time",
            answer.index,
            seen.index,
        )
