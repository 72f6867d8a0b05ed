"""The reference runtime in a process that may die after any commit, and then begins again.

A crash keeps what was committed and loses everything else: tasks, connections, pending calls,
timers.  It strikes in the worker thread that made the commit, right after it, before anybody in the
process has heard of it; what the dead process still does goes to a database that is thrown away,
and nobody is told.  What it held is given back in its name, so that invariants need not know of
crashes: its tools are lost, its locks are free, its connections have ended.
"""

from attrs import define, field

from hocket.runtime.protocol.events import Event
from hocket.runtime.protocol.lifecycle import CallStatus
from hocket.scenarios.adapters.restarting import RestartingAdapter

__all__ = ["CrashingAdapter", "crashing"]


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
class CrashingAdapter(RestartingAdapter):
    """The reference runtime, with at most one crash an execution."""

    what: str = field(default="crash", init=False)
    _estate: _Estate = field(factory=_Estate, init=False)
    _remains: dict[str, bytes] = field(factory=dict[str, bytes], init=False)

    def hear(self, event: Event) -> None:
        """Listen to the process until it dies."""
        if not self._remains:
            self._estate.learn(event)
            super().hear(event)

    def strike(self) -> None:
        """Keep what is committed now."""
        self._remains = self.store.remains()

    async def end(self) -> dict[str, bytes]:
        """Bury what died."""
        for event in self._estate.obituary():
            self._tell(event)
        for line in self.lines:
            line.cut()
        await self.halt()
        return self._remains


def crashing() -> CrashingAdapter:
    """The reference runtime, with crashes."""
    return CrashingAdapter()
