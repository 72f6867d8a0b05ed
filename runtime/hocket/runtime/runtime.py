"""The runtime: its parts put together, and the life of a connection around them.

The parts know each other only as far as their constructors say.  Whoever wants a runtime with one
part that behaves otherwise gives another factory in :class:`Parts`.
"""

import secrets
import time
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
from hocket.runtime.jobs.board import Jobs
from hocket.runtime.jobs.closing import Closing
from hocket.runtime.jobs.learning import Learning
from hocket.runtime.jobs.recovery import Recovery
from hocket.runtime.memory import Memory
from hocket.runtime.models.contract import Model, ModelOptions
from hocket.runtime.policies import DisconnectPolicy, IdleThreadPolicy, Limits, Policies
from hocket.runtime.prompting import Prompting
from hocket.runtime.protocol.events import Emit, ignore
from hocket.runtime.runs import Runs
from hocket.runtime.store import rows, units
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.records import JobKind
from hocket.runtime.store.store import Store
from hocket.runtime.thread_locks import ThreadLocks
from hocket.runtime.threads import Threads
from hocket.runtime.tools import ToolBox
from hocket.runtime.turns import Turns

__all__ = ["Parts", "Runtime", "Snapshot", "random_id"]


def random_id(kind: str) -> str:
    """An id that nobody can guess."""
    return f"{kind}-{secrets.token_hex(12)}"


@frozen
class Parts:
    """What a runtime is made of: for each part, what makes it from the parts that it needs."""

    connections: Callable[[Emit, Limits], Connections] = Connections
    history: Callable[[int], HistoryCache] = HistoryCache
    locks: Callable[[Emit], ThreadLocks] = ThreadLocks
    cancellation: Callable[[Core], Cancellation] = Cancellation
    approvals: Callable[[Core], Approvals] = Approvals
    delegation: Callable[[Core], Delegation] = Delegation
    prompting: Callable[[Core, HistoryCache], Prompting] = Prompting
    memory: Callable[[], Memory] = Memory
    jobs: Callable[[Core], Jobs] = Jobs
    learning: Callable[[Core, Memory], Learning] = Learning
    closing: Callable[[Core, HistoryCache, Jobs], Closing] = Closing
    recovery: Callable[[Core, Approvals, Jobs, Prompting], Recovery] = Recovery
    threads: Callable[[Core, HistoryCache, Cancellation, Jobs], Threads] = Threads
    turns: Callable[..., Turns] = Turns
    dialogue: Callable[..., Dialogue] = Dialogue


@frozen
class Snapshot:
    """What is open at a moment: runs with their stored statuses, pending approvals, executions
    that wait for a client, and connections; the runs known in memory, and the threads whose lock
    is in use; and the threads whose remembered history is not the stored one.  All by id.
    """

    runs: tuple[tuple[str, str], ...]
    approvals: tuple[str, ...]
    calls: tuple[str, ...]
    connections: tuple[str, ...]
    records: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()


@define(eq=False, kw_only=True)
class Runtime:
    """An agent runtime: serves any number of connections while it is open.

    ``users`` maps tokens to the users they authenticate.  ``emit`` is told what happens, also from
    worker threads.  ``new_id`` makes an id for a kind: conn, run, call, exec, approval, thread or
    resume; ids of users' secrets come from it too, so they must be hard to guess outside of tests.
    ``clock`` gives the seconds since the epoch.
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
    clock: Callable[[], float] = time.time
    parts: Parts = field(factory=Parts)
    _core: Core = field(init=False)
    _delegation: Delegation = field(init=False)
    _cancellation: Cancellation = field(init=False)
    _dialogue: Dialogue = field(init=False)
    _history: HistoryCache = field(init=False)
    _locks: ThreadLocks = field(init=False)
    _closing: Closing = field(init=False)
    _recovery: Recovery = field(init=False)
    _leaving: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        parts = self.parts
        connections = parts.connections(self.emit, self.limits)
        self._core = core = Core(
            *(self.store, self.model, self.tools, self.users, self.policies, self.limits),
            *(self.options, self.emit, self.new_id, self.clock, connections, Runs(connections)),
        )
        self._delegation = parts.delegation(core)
        self._cancellation = parts.cancellation(core)
        approvals = parts.approvals(core)
        connections.on_close = self._delegation.connection_closed
        self._history = history = parts.history(self.limits.cached_threads)
        self._locks = parts.locks(self.emit)
        memory, jobs = parts.memory(), parts.jobs(core)
        self._closing = parts.closing(core, history, jobs)
        learning = parts.learning(core, memory)
        jobs.employ(
            {
                JobKind.EXTRACTION: learning.extract,
                JobKind.PROMOTION: learning.promote,
                JobKind.EPISODE: learning.tell_episode,
                JobKind.CLOSE: self._closing.finish,
            }
        )
        shared = (self._delegation, self._cancellation)
        prompting = parts.prompting(core, history)
        self._recovery = parts.recovery(core, approvals, jobs, prompting)
        turns = parts.turns(
            *(core, history, self._locks, *shared, approvals, prompting, memory, jobs)
        )
        threads = parts.threads(core, history, self._cancellation, jobs)
        self._dialogue = parts.dialogue(core, turns, approvals, *shared, threads)

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Keep the runtime open inside the block; what an earlier process left is taken up first.

        Leaving it closes all connections and cancels the turns under way, and waits for both;
        turns that wait for an approval stay in the store.  A runtime is opened once.
        """
        try:
            async with trio.open_nursery() as nursery:
                self._core.nursery = nursery
                try:
                    await self._take_up(nursery)
                    yield
                finally:
                    await self._shut_down(nursery)
        finally:
            self._core.say("proc.stop")

    async def _take_up(self, nursery: trio.Nursery) -> None:
        await self._recovery.recover()
        if self.policies.idle_thread is IdleThreadPolicy.CLOSE:
            nursery.start_soon(self._closing.keep_house)

    async def _shut_down(self, nursery: trio.Nursery) -> None:
        self._leaving = True
        with trio.CancelScope(shield=True):
            await self._core.connections.close_all()
        nursery.cancel_scope.cancel()

    async def serve(self, channel: TextChannel) -> None:
        """Serve one connection: JSON text frames, one a message.

        Returns when the connection is closed and all of its tasks have ended.  The channel is
        closed then, and at once if the runtime is being left.
        """
        core = self._core
        if self._leaving:
            await channel.aclose()
            return
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
                await self._cancellation.cancel_surely(record.id, record.user, "disconnect")
        with trio.move_on_after(self.limits.cleanup_seconds):
            await connection.channel.aclose()

    async def revoke(self, token: str) -> None:
        """Let a token authenticate nobody any more: its connections are closed, its turns end."""
        core = self._core
        core.revoked.add(token)
        for connection in core.connections.open_ones():
            if connection.login == token:
                core.connections.close(connection)
        for record in core.runs.begun_with(token):
            await self._cancellation.cancel_surely(record.id, record.user, "revoked")

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
        return Snapshot(
            *(work.runs, work.approvals, self._delegation.open_calls(), connections),
            *(self._core.runs.known(), self._locks.in_use(), self.store.read(self._stale)),
        )

    def _stale(self, tx: Transaction) -> tuple[str, ...]:
        known = self._history.known()
        return tuple(thread for thread, past in known if rows.history(tx, thread) != past)
