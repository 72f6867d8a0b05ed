"""The runtime: its parts put together, and the life of a connection around them.

The parts know each other only as far as their constructors say.  Whoever wants a runtime with one
part that behaves otherwise gives another factory in :class:`Parts`.
"""

import secrets
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager

import trio
from attrs import define, field, frozen

from hocket.runtime.approvals import Approvals
from hocket.runtime.cancellation import Cancellation
from hocket.runtime.connections import Connection, Connections, TextChannel
from hocket.runtime.core import Core, NewId
from hocket.runtime.delegation import Delegation
from hocket.runtime.dialogue import Dialogue
from hocket.runtime.history import HistoryCache
from hocket.runtime.models.contract import Model, ModelOptions
from hocket.runtime.policies import DisconnectPolicy, Limits, Policies
from hocket.runtime.protocol.events import Emit, ignore
from hocket.runtime.runs import Runs
from hocket.runtime.store import units
from hocket.runtime.store.store import Store
from hocket.runtime.thread_locks import ThreadLocks
from hocket.runtime.tools import ToolBox
from hocket.runtime.turns import Turns

__all__ = ["Parts", "Runtime", "Snapshot", "random_id"]


def random_id(kind: str) -> str:
    """An id that nobody can guess."""
    return f"{kind}-{secrets.token_hex(12)}"


@frozen
class Parts:
    """What a runtime is made of: for each part, what makes it from the parts that it needs."""

    history: Callable[[int], HistoryCache] = HistoryCache
    locks: Callable[[Emit], ThreadLocks] = ThreadLocks
    cancellation: Callable[[Core], Cancellation] = Cancellation
    approvals: Callable[[Core], Approvals] = Approvals
    delegation: Callable[[Core], Delegation] = Delegation
    turns: Callable[
        [Core, HistoryCache, ThreadLocks, Delegation, Cancellation, Approvals], Turns
    ] = Turns


@frozen
class Snapshot:
    """What is open at a moment: runs with their stored statuses, pending approvals, executions
    that wait for a client, and connections; all by id.
    """

    runs: tuple[tuple[str, str], ...]
    approvals: tuple[str, ...]
    calls: tuple[str, ...]
    connections: tuple[str, ...]


@define(eq=False, kw_only=True)
class Runtime:
    """An agent runtime: serves any number of connections while it is open.

    ``users`` maps tokens to the users they authenticate.  ``emit`` is told what happens, also from
    worker threads.  ``new_id`` makes an id for a kind: conn, run, call, exec, approval or resume;
    ids of users' secrets come from it too, so they must be hard to guess outside of tests.
    """

    store: Store
    model: Model
    tools: ToolBox = field(factory=ToolBox)
    users: Mapping[str, str]
    policies: Policies = field(factory=Policies)
    limits: Limits = field(factory=Limits)
    options: ModelOptions = field(factory=ModelOptions)
    emit: Emit = ignore
    new_id: NewId = random_id
    parts: Parts = field(factory=Parts)
    _core: Core = field(init=False)
    _delegation: Delegation = field(init=False)
    _cancellation: Cancellation = field(init=False)
    _dialogue: Dialogue = field(init=False)

    def __attrs_post_init__(self) -> None:
        connections = Connections(self.emit, self.limits)
        self._core = core = Core(
            *(self.store, self.model, self.tools, self.users, self.policies, self.limits),
            *(self.options, self.emit, self.new_id, connections, Runs(connections)),
        )
        parts = self.parts
        self._delegation = parts.delegation(core)
        self._cancellation = parts.cancellation(core)
        approvals = parts.approvals(core)
        connections.on_close = self._delegation.connection_closed
        history, locks = parts.history(self.limits.cached_threads), parts.locks(self.emit)
        shared = (self._delegation, self._cancellation)
        turns = parts.turns(core, history, locks, *shared, approvals)
        self._dialogue = Dialogue(core, turns, approvals, *shared)

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Keep the runtime open inside the block.

        Leaving it closes all connections and cancels the turns under way, and waits for both;
        turns that wait for an approval stay in the store.  A runtime is opened once.
        """
        async with trio.open_nursery() as nursery:
            self._core.nursery = nursery
            try:
                yield
            finally:
                await self._shut_down(nursery)

    async def _shut_down(self, nursery: trio.Nursery) -> None:
        with trio.CancelScope(shield=True):
            await self._core.connections.close_all()
        nursery.cancel_scope.cancel()

    async def serve(self, channel: TextChannel) -> None:
        """Serve one connection: JSON text frames, one a message.

        Returns when the connection is closed and all of its tasks have ended.  The channel is
        closed then.
        """
        core = self._core
        connection = core.connections.opened(channel, core.new_id("conn"))
        try:
            async with trio.open_nursery() as connection.nursery:
                connection.nursery.start_soon(core.connections.write, connection)
                try:
                    await self._dialogue.converse(connection)
                finally:
                    core.connections.close(connection)
        finally:
            with trio.CancelScope(shield=True):
                await self._take_leave(connection)
            core.connections.ended(connection)

    async def _take_leave(self, connection: Connection) -> None:
        if self.policies.disconnect is DisconnectPolicy.CANCEL:
            for record in self._core.runs.paused(connection):
                await self._cancellation.cancel(record.id, record.user, "disconnect")
        with trio.move_on_after(self.limits.cleanup_seconds):
            await connection.channel.aclose()

    def close_to_new_turns(self) -> None:
        """Take no new turns from now on; those under way go on, and paused ones may be resumed."""
        self._core.ending = True

    def turns_under_way(self) -> int:
        """How many turns are worked for or queued; those that wait for an approval are not."""
        return self._core.runs.under_way()

    def snapshot(self) -> Snapshot:
        """What is open now."""
        work = self.store.read(units.open_work)
        connections = tuple(c.id for c in self._core.connections.open_ones())
        return Snapshot(work.runs, work.approvals, self._delegation.open_calls(), connections)
