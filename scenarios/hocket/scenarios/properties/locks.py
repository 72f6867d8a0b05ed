"""The lock of a thread: one run at a time, in the order in which they began to wait."""

from typing import ClassVar

from attrs import define, field

from hocket.runtime.protocol.lifecycle import RunStatus
from hocket.scenarios.properties.base import TERMINAL, Deadlines, Property
from hocket.simulator.invariants import Observation, Violation

__all__ = ["Lock1", "Lock2", "Lock3", "Lock4"]

_NEEDS_LOCK = frozenset({RunStatus.RUNNING, RunStatus.RESUMING})


@define(eq=False)
class Lock1(Property):
    """At most one run at a time holds the lock of a thread, counted by the thread's id, and a run
    starts or resumes only while it holds the lock of its thread.
    """

    ID: ClassVar[str] = "LOCK-1"
    KINDS: ClassVar[frozenset[str]] = frozenset({"lock.acquire", "lock.release", "run.status"})

    _holders: dict[str, Observation] = field(factory=dict[str, Observation], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        run, thread = seen["run"], seen["thread"]
        holder = self._holders.get(thread)
        if seen.kind == "lock.acquire":
            self.triggered = True
            self._holders[thread] = seen
            if holder is not None:
                return self.violated(
                    f"run {run} took the lock of thread {thread}, which run {holder['run']} held",
                    holder.index,
                    seen.index,
                )
        elif seen.kind == "lock.release":
            if holder is not None and holder["run"] == run:
                del self._holders[thread]
        elif seen["new"] in _NEEDS_LOCK and (holder is None or holder["run"] != run):
            self.triggered = True
            return self.violated(
                f"run {run} became {seen['new']} without the lock of thread {thread}", seen.index
            )
        return None


@define
class _Wait:
    """A run that waits for the lock since ``index``; ``overtaken`` by the event that passed it."""

    run: str
    index: int
    overtaken: int | None = None


@define(eq=False)
class Lock3(Property):
    """A run that waited for the lock of a thread was not overtaken by one that began to wait later.

    Judged when the overtaken run gets the lock: one that gave up waiting was not overtaken.  A run
    may wait in two tasks at once, say for two answers to its approval, and events do not tell them
    apart; it is then given the reading that breaks nothing.
    """

    ID: ClassVar[str] = "LOCK-3"
    KINDS: ClassVar[frozenset[str]] = frozenset({"lock.wait", "lock.acquire"})

    _waiting: dict[str, list[_Wait]] = field(factory=dict[str, list[_Wait]], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        run, waiting = seen["run"], self._waiting.setdefault(seen["thread"], [])
        if seen.kind == "lock.wait":
            waiting.append(_Wait(run, seen.index))
            return None
        own = [wait for wait in waiting if wait.run == run]
        if not own:
            return None
        first, last = own[0], own[-1]
        for wait in waiting:
            if wait.index < first.index and wait.overtaken is None:
                wait.overtaken = seen.index
        waiting.remove(first)
        self.triggered = self.triggered or bool(waiting)
        if last.overtaken is None:
            return None
        return self.violated(
            f"run {run} waited for thread {seen['thread']} and was overtaken",
            last.index,
            last.overtaken,
            seen.index,
        )


@define(eq=False)
class Lock2(Property):
    """The table of locks has an entry for a thread only while somebody holds or waits for it."""

    ID: ClassVar[str] = "LOCK-2"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"lock.wait", "lock.release", "lock.leave", "quiesce"}
    )

    _users: dict[str, int] = field(factory=dict[str, int], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        self.triggered = True
        if seen.kind == "quiesce":
            for thread in seen["locks"] or ():
                return self.violated(
                    f"the lock of thread {thread} is kept when nothing can happen", seen.index
                )
            return None
        thread = seen["thread"]
        self._users[thread] = self._users.get(thread, 0) + (1 if seen.kind == "lock.wait" else -1)
        if self._users[thread] <= 0:
            del self._users[thread]
        if seen["size"] is None or seen["size"] <= len(self._users):
            return None
        return self.violated(
            f"the table of locks has {seen['size']} entries for {len(self._users)} threads in use",
            seen.index,
        )


@define(eq=False)
class Lock4(Property):
    """A run that is over gives the lock of its thread back within a second of virtual time."""

    ID: ClassVar[str] = "LOCK-4"
    KINDS: ClassVar[frozenset[str]] = frozenset({"lock.acquire", "lock.release", "run.status"})

    _held: dict[str, int] = field(factory=dict[str, int], init=False)
    _over: Deadlines[str] = field(factory=Deadlines[str], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        for run in self._over.passed(seen.time):
            if run in self._held:
                return self.violated(
                    f"run {run} is over and holds the lock of its thread", self._held[run]
                )
        match seen.kind:
            case "lock.acquire":
                self.triggered = True
                self._held[seen["run"]] = seen.index
            case "lock.release":
                self._held.pop(seen["run"], None)
            case _:
                if seen["new"] in TERMINAL:
                    self._over.add(seen.time, seen["run"])
        return None

    def conclude(self, time: float) -> Violation | None:
        for run, index in self._held.items():
            return self.violated(f"run {run} never gave the lock of its thread back", index)
        return None
