"""The reference runtime in a process that may die after any commit, and then begins again.

A crash keeps what was committed and loses everything else: tasks, connections, pending calls,
timers.  It strikes in the worker thread that made the commit, right after it, before anybody in the
process has heard of it; what the dead process still does goes to a database that is thrown away,
and nobody is told.  What it held is given back in its name, so that invariants need not know of
crashes: its tools are lost, its locks are free, its connections have ended.

When to crash is a choice of the schedule, among the first commits; the tame one is never.
"""

import sqlite3
from collections.abc import Callable

import trio
from attrs import define, field

from hocket.runtime.protocol.events import Event
from hocket.runtime.protocol.lifecycle import CallStatus
from hocket.runtime.store.files import Shelf
from hocket.scenarios.adapters import World
from hocket.scenarios.adapters.reference import ReferenceAdapter, restored
from hocket.simulator.connections import Endpoint
from hocket.simulator.engine.choices import ChoiceKind
from hocket.simulator.simulation import choose

__all__ = ["COMMITS_MAX", "CrashingAdapter", "crashing"]

COMMITS_MAX = 24
"""The last commit after which the process may die."""

_OPTIONS = ("never", *(f"after commit {number}" for number in range(1, COMMITS_MAX + 1)))


@define(eq=False)
class _Estate:
    """What a process holds, as its events tell."""

    tools: dict[str, Event] = field(factory=dict[str, Event])
    locks: dict[tuple[str, str], list[str]] = field(factory=dict[tuple[str, str], list[str]])
    connections: dict[str, str | None] = field(factory=dict[str, str | None])
    closed: set[str] = field(factory=set[str])

    def learn(self, event: Event) -> None:
        """Take in one event."""
        match event.kind:
            case "tool.start":
                self.tools[event["exec"]] = event
            case "tool.end":
                self.tools.pop(event["exec"], None)
            case "lock.wait":
                self.locks.setdefault((event["thread"], event["run"]), []).append("lock.leave")
            case "lock.acquire":
                held = self.locks[event["thread"], event["run"]]
                held[held.index("lock.leave")] = "lock.release"
            case "lock.leave" | "lock.release":
                self.locks[event["thread"], event["run"]].remove(event.kind)
            case "conn.open" | "conn.auth":
                self.connections[event["conn"]] = event.get("user")
            case "conn.close":
                self.closed.add(event["conn"])
            case "conn.end":
                self.connections.pop(event["conn"], None)
            case _:
                pass

    def obituary(self) -> tuple[Event, ...]:
        """What becomes of all of it when the process dies."""
        told = [Event("proc.crash")]
        for conn, user in self.connections.items():
            ends = ("conn.end",) if conn in self.closed else ("conn.close", "conn.end")
            told += [Event(kind, {"conn": conn, "user": user}) for kind in ends]
        for execution, start in self.tools.items():
            named = {"exec": execution, "run": start["run"], "call": start["call"]}
            rest = {"model_call": None, "tool": start["tool"], "outcome": CallStatus.LOST}
            told.append(Event("tool.end", {**named, **rest}))
        for (thread, run), kinds in self.locks.items():
            fields = {"thread": thread, "run": run, "size": None}
            told += [Event(kind, fields) for kind in kinds]
        return tuple(told)


@define(eq=False)
class _Remains(Shelf):
    """The databases as a dead process left them."""

    databases: dict[str, bytes]
    other: Shelf

    def shared(self) -> sqlite3.Connection:
        return restored(self.databases["shared"])

    def personal(self, user: str) -> sqlite3.Connection:
        found = self.databases.get(user)
        return restored(found) if found is not None else self.other.personal(user)


@define(eq=False)
class CrashingAdapter(ReferenceAdapter):
    """The reference runtime, with at most one crash an execution."""

    _tell: Callable[[Event], None] = field(init=False)
    _countdown: int = field(default=0, init=False)
    _estate: _Estate = field(factory=_Estate, init=False)
    _struck: trio.Event = field(factory=trio.Event, init=False)
    _up: trio.Event = field(factory=trio.Event, init=False)
    _remains: dict[str, bytes] = field(factory=dict[str, bytes], init=False)
    _lines: list[Endpoint] = field(factory=list[Endpoint], init=False)

    async def open(self, world: World, emit: Callable[[Event], None]) -> None:
        self._tell = emit
        self._countdown = choose(ChoiceKind.FAULT, "crash", _OPTIONS)
        await super().open(world, self._hear)
        self._up.set()
        world.nursery.start_soon(self._die, name="crash")

    async def connect(self, user: str) -> trio.abc.Channel[str]:
        await self._up.wait()
        ours = await super().connect(user)
        if isinstance(ours, Endpoint):
            self._lines.append(ours)
        return ours

    def _hear(self, event: Event) -> None:
        """Listen to the process that may die; called in whichever thread the event came up."""
        if self._remains:
            return
        self._estate.learn(event)
        self._tell(event)
        if event.kind == "tx.commit" and self._countdown:
            self._countdown -= 1
            if self._countdown == 0:
                self._remains = self.store.remains()
                self._up = trio.Event()
                trio.from_thread.run_sync(self._struck.set)

    async def _die(self) -> None:
        """Wait for the crash, bury what died, and begin again."""
        await self._struck.wait()
        for event in self._estate.obituary():
            self._tell(event)
        for line in self._lines:
            line.cut()
        self._stop.cancel()
        await self._stopped.wait()
        self._stop, self._stopped = trio.CancelScope(), trio.Event()
        shelf = _Remains(self._remains, self.store.shelf)
        await self.start(shelf, self._tell)
        self._up.set()


def crashing() -> CrashingAdapter:
    """The reference runtime, with crashes."""
    return CrashingAdapter()
