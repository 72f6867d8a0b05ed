"""Storage: what is committed when, and that nothing of a database is held across a wait.

A runtime whose units of work begin and end in one step tells of each by ``tx.commit`` alone, which
then stands for a session that was begun, used and ended at once.  One whose sessions live longer
tells of them by ``tx.begin``, ``sess.use`` and ``tx.end``.
"""

from typing import ClassVar

from attrs import define, field

from hocket.runtime.protocol.lifecycle import ThreadStatus
from hocket.scenarios.properties.base import TERMINAL, Property, Runs
from hocket.simulator.invariants import Observation, Violation

__all__ = ["Store1", "Store2", "Store3", "Store4", "Store5", "Store6"]

WAIT_SECONDS_MAX = 30.0
"""Longer than this no unit of work may wait for a row or a database."""


@define(eq=False)
class Store1(Property):
    """A run is stored as accepted before anybody is told that it started, and before its model or a
    tool of it is.
    """

    ID: ClassVar[str] = "STORE-1"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"run.status", "frame.out", "llm.request", "tool.start"}
    )

    _runs: Runs = field(factory=Runs, init=False)

    def observe(self, seen: Observation) -> Violation | None:
        if seen.kind == "run.status":
            self._runs.learn(seen)
            return None
        if seen.kind == "frame.out" and seen["type"] != "run_started":
            return None
        self.triggered = True
        if self._runs.get(seen["run"]) is not None:
            return None
        return self.violated(f"run {seen['run']} began before it was stored", seen.index)


@define(eq=False)
class Store2(Property):
    """While a transaction is open its owner asks no model, starts no tool and sends no frame, and
    whoever waits for a database or a row of it waits for a bounded time.
    """

    ID: ClassVar[str] = "STORE-2"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {
            *("tx.begin", "tx.end", "tx.commit", "row.wait"),
            *("llm.request", "tool.start", "wire.execute", "frame.out"),
        }
    )

    _open: dict[str, tuple[str, int]] = field(factory=dict[str, tuple[str, int]], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        match seen.kind:
            case "tx.begin":
                self.triggered = True
                self._open[seen["owner"]] = (seen["session"], seen.index)
            case "tx.end":
                self._open.pop(seen["owner"], None)
            case "tx.commit":
                self.triggered = True
            case "row.wait":
                if seen["seconds"] is not None and seen["seconds"] > WAIT_SECONDS_MAX:
                    return self.violated(
                        f"unit {seen['unit']} waited {seen['seconds']:g} s for the database"
                        f" {seen['store']}",
                        seen.index,
                    )
            case _:
                held = self._open.get(seen["run"])
                if held is not None:
                    return self.violated(
                        f"run {seen['run']} waits for the outside ({seen.kind}) while its"
                        f" transaction {held[0]} is open",
                        held[1],
                        seen.index,
                    )
        return None


@define(eq=False)
class Store3(Property):
    """A session is used only by its owner, and not after it was closed."""

    ID: ClassVar[str] = "STORE-3"
    KINDS: ClassVar[frozenset[str]] = frozenset({"tx.begin", "tx.end", "sess.use", "tx.commit"})

    _owners: dict[str, str] = field(factory=dict[str, str], init=False)
    _ended: dict[str, int] = field(factory=dict[str, int], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        self.triggered = True
        match seen.kind:
            case "tx.begin":
                self._owners[seen["session"]] = seen["owner"]
            case "tx.end":
                self._ended[seen["session"]] = seen.index
            case "sess.use":
                return self._use(seen)
            case _:
                pass
        return None

    def _use(self, seen: Observation) -> Violation | None:
        session, owner = seen["session"], self._owners.get(seen["session"])
        if session in self._ended:
            return self.violated(
                f"session {session} was used after it was closed",
                self._ended[session],
                seen.index,
            )
        if owner is not None and owner != seen["owner"]:
            return self.violated(
                f"session {session} of {owner} was used by {seen['owner']}", seen.index
            )
        return None


@define(eq=False)
class Store4(Property):
    """When nothing can happen any more, every history in memory is the one that is stored."""

    ID: ClassVar[str] = "STORE-4"
    KINDS: ClassVar[frozenset[str]] = frozenset({"hist.load", "quiesce"})

    def observe(self, seen: Observation) -> Violation | None:
        if seen.kind == "hist.load":
            self.triggered = True
            return None
        for thread in seen["stale"] or ():
            return self.violated(
                f"the history of thread {thread} in memory is not the stored one", seen.index
            )
        return None


@define(eq=False)
class Store5(Property):
    """No unit of work breaks a constraint once a tool of a run that is under way had its effect."""

    ID: ClassVar[str] = "STORE-5"
    KINDS: ClassVar[frozenset[str]] = frozenset({"run.status", "tool.effect", "tx.rollback"})

    _effects: dict[str, int] = field(factory=dict[str, int], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        match seen.kind:
            case "tool.effect":
                self.triggered = True
                self._effects[seen["run"]] = seen.index
            case "run.status":
                if seen["new"] in TERMINAL:
                    self._effects.pop(seen["run"], None)
            case _:
                for run, index in self._effects.items() if seen["constraint"] else ():
                    return self.violated(
                        f"unit {seen['unit']} broke a constraint after a tool of run {run} acted",
                        index,
                        seen.index,
                    )
        return None


@define(eq=False)
class Store6(Property):
    """A user has at most one main thread, an archived thread is not main, and no run is live on a
    thread that is not open.
    """

    ID: ClassVar[str] = "STORE-6"
    KINDS: ClassVar[frozenset[str]] = frozenset({"thread.status", "run.status"})

    _mains: dict[str, Observation] = field(factory=dict[str, Observation], init=False)
    _states: dict[str, Observation] = field(factory=dict[str, Observation], init=False)
    _runs: Runs = field(factory=Runs, init=False)

    def observe(self, seen: Observation) -> Violation | None:
        self.triggered = True
        if seen.kind == "thread.status":
            return self._thread(seen)
        self._runs.learn(seen)
        state = self._states.get(seen["thread"])
        if state is None or state["new"] == ThreadStatus.OPEN or seen["new"] in TERMINAL:
            return None
        return self.violated(
            f"run {seen['run']} is {seen['new']} on thread {seen['thread']}, which is"
            f" {state['new']}",
            state.index,
            seen.index,
        )

    def _thread(self, seen: Observation) -> Violation | None:
        thread, user, new = seen["thread"], seen["user"], seen["new"]
        self._states[thread] = seen
        main = self._mains.get(user)
        if seen["main"]:
            self._mains[user] = seen
            other = main is not None and main["thread"] != thread
            if main is not None and other and self._is_main(main):
                return self.violated(
                    f"threads {main['thread']} and {thread} are both main ones of {user}",
                    main.index,
                    seen.index,
                )
            if new == ThreadStatus.ARCHIVED:
                return self.violated(f"thread {thread} is archived and main", seen.index)
        if new == ThreadStatus.OPEN:
            return None
        for run, facts in self._runs:
            if facts.live and facts.thread == thread:
                return self.violated(
                    f"thread {thread} is {new} while run {run} on it is {facts.status}",
                    facts.index,
                    seen.index,
                )
        return None

    def _is_main(self, seen: Observation) -> bool:
        last = self._states.get(seen["thread"], seen)
        return bool(last["main"]) and last["new"] not in (
            ThreadStatus.DELETED,
            ThreadStatus.ARCHIVED,
        )
