"""The reference runtime in a process that ends once, at a moment of the schedule's choice, and
begins again on what it left.

How it ends is the subclass's to say: in good order (:mod:`hocket.scenarios.adapters.stopping`), or
not (:mod:`hocket.scenarios.adapters.crashing`).  The end comes after one of the first commits, and
the tame choice is that it never comes.  Scenarios know nothing of it, so of them only what must not
happen is asked.
"""

import sqlite3
from abc import abstractmethod
from collections.abc import Callable

import trio
from attrs import define, field

from hocket.runtime.protocol.events import Event
from hocket.runtime.store.files import Shelf
from hocket.scenarios.adapters import World
from hocket.scenarios.adapters.reference import ReferenceAdapter, restored
from hocket.simulator.connections import Endpoint
from hocket.simulator.engine.choices import ChoiceKind
from hocket.simulator.simulation import choose

__all__ = ["COMMITS_MAX", "RestartingAdapter"]

COMMITS_MAX = 24
"""The last commit after which the process may end."""

_OPTIONS = ("never", *(f"after commit {number}" for number in range(1, COMMITS_MAX + 1)))


@define(eq=False)
class _Remains(Shelf):
    """The databases as an earlier process left them."""

    databases: dict[str, bytes]
    other: Shelf

    def shared(self) -> sqlite3.Connection:
        return restored(self.databases["shared"])

    def personal(self, user: str) -> sqlite3.Connection:
        found = self.databases.get(user)
        return restored(found) if found is not None else self.other.personal(user)


@define(eq=False)
class RestartingAdapter(ReferenceAdapter):
    """The reference runtime, with at most one restart an execution.

    ``what`` is the end of the process, as choices and tasks call it; the ``lines`` are the clients'
    ends of all connections so far.
    """

    what: str = field(init=False)
    disturbs: bool = field(default=True, init=False)
    lines: list[Endpoint] = field(factory=list[Endpoint], init=False)
    _tell: Callable[[Event], None] = field(init=False)
    _countdown: int = field(default=0, init=False)
    _struck: trio.Event = field(factory=trio.Event, init=False)
    _up: trio.Event = field(factory=trio.Event, init=False)

    async def open(self, world: World, emit: Callable[[Event], None]) -> None:
        """Start the first process; its end is waited for in a task of the world."""
        self._tell = emit
        self._countdown = choose(ChoiceKind.FAULT, self.what, _OPTIONS)
        await super().open(world, self.hear)
        self._up.set()
        world.nursery.start_soon(self._restart, name=self.what)

    async def connect(self, user: str) -> trio.abc.Channel[str]:
        """A connection to the process that is up, or that comes up next."""
        await self._up.wait()
        ours = await super().connect(user)
        if isinstance(ours, Endpoint):
            self.lines.append(ours)
        return ours

    def hear(self, event: Event) -> None:
        """Pass on what the process says; called in whichever thread the event came up."""
        self._tell(event)
        if event.kind == "tx.commit" and self._countdown:
            self._countdown -= 1
            if self._countdown == 0:
                self.strike()
                self._up = trio.Event()
                trio.from_thread.run_sync(self._struck.set)

    def strike(self) -> None:
        """The moment has come; called in the worker thread of the commit."""

    @abstractmethod
    async def end(self) -> dict[str, bytes]:
        """End the process; the databases that the next one finds."""

    async def halt(self) -> None:
        """Stop the runtime and wait until its tasks have ended, so that it can be started again."""
        self._stop.cancel()
        await self._stopped.wait()
        self._stop, self._stopped = trio.CancelScope(), trio.Event()

    async def _restart(self) -> None:
        await self._struck.wait()
        remains = await self.end()
        await self.start(_Remains(remains, self.store.shelf), self._tell)
        self._up.set()
