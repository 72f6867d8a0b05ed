"""Threads as their users order them: new, closed, put away for a fresh one, deleted, or read.

What is in the way is cancelled first, as for a turn that goes before others; the change itself is
one unit of work that looks once more.
"""

from collections.abc import Awaitable, Callable

from attrs import define

from hocket.runtime.cancellation import Cancellation
from hocket.runtime.connections import Connection
from hocket.runtime.core import Core
from hocket.runtime.history import HistoryCache
from hocket.runtime.jobs.board import Jobs
from hocket.runtime.protocol.frames import (
    THREAD_FRAMES,
    ApprovalClosed,
    History,
    RequestRejected,
    ShownMessage,
    ThreadClose,
    ThreadCreate,
    ThreadDelete,
    ThreadHistory,
    ThreadReset,
    ThreadState,
    TurnExpired,
)
from hocket.runtime.protocol.lifecycle import ApprovalStatus, ThreadStatus
from hocket.runtime.store import thread_units
from hocket.runtime.store.records import Closing, Ended

__all__ = ["Threads"]


@define(eq=False)
class Threads:
    """Does what clients ask about threads."""

    core: Core
    history: HistoryCache
    cancellation: Cancellation
    jobs: Jobs

    async def order(self, connection: Connection, asked: THREAD_FRAMES) -> None:
        """Carry out one request; what came of it is told to all connections of the user."""
        match asked:
            case ThreadCreate():
                await self._create(connection, asked)
            case ThreadClose():
                await self._close(connection, asked)
            case ThreadReset():
                await self._reset(connection, asked)
            case ThreadDelete():
                await self._delete(connection, asked)
            case ThreadHistory():
                await self._show(connection, asked)

    async def _create(self, connection: Connection, asked: ThreadCreate) -> None:
        user, thread, now = connection.user, self.core.new_id("thread"), self.core.clock()
        main = await self.core.unit(thread_units.insert_thread, user, thread, now, "request")
        self._tell(connection, asked.request_id, (thread, ThreadStatus.OPEN, main))

    async def _close(self, connection: Connection, asked: ThreadClose) -> None:
        user = connection.user

        async def close() -> Closing:
            return await self.core.unit(thread_units.close_thread, user, asked.thread_id)

        done = await self._clear(connection, asked.request_id, close)
        if done is not None:
            state = (done.thread, ThreadStatus.CLOSED, done.main)
            self._tell(connection, asked.request_id, state)

    async def _reset(self, connection: Connection, asked: ThreadReset) -> None:
        user, fresh, now = connection.user, self.core.new_id("thread"), self.core.clock()

        async def reset() -> Closing:
            unit = thread_units.reset_thread
            return await self.core.unit(unit, user, asked.thread_id, fresh, now)

        done = await self._clear(connection, asked.request_id, reset)
        if done is not None:
            closed = (done.thread, ThreadStatus.CLOSED, False)
            self._tell(connection, asked.request_id, closed, (fresh, ThreadStatus.OPEN, done.main))

    async def _delete(self, connection: Connection, asked: ThreadDelete) -> None:
        user = connection.user

        async def delete() -> Closing:
            return await self.core.unit(thread_units.delete_thread, user, asked.thread_id)

        done = await self._clear(connection, asked.request_id, delete)
        if done is not None:
            self.history.forget(user, done.thread)
            state = (done.thread, ThreadStatus.DELETED, False)
            self._tell(connection, asked.request_id, state)

    async def _show(self, connection: Connection, asked: ThreadHistory) -> None:
        unit = thread_units.read_history
        found = await self.core.unit(unit, connection.user, asked.thread_id)
        if found is None:
            self._refuse(connection, asked.request_id, "not_found")
            return
        thread, said = found
        shown = tuple(ShownMessage(m.role, m.content, m.call, m.tool) for m in said)
        self.core.connections.send(connection, History(asked.request_id, thread, shown))

    async def _clear(
        self, connection: Connection, request: str, unit: Callable[[], Awaitable[Closing]]
    ) -> Closing | None:
        """Cancel what is in the way until the unit could do its work; ``None`` if it refused."""
        while True:  # ends: each round cancels runs, and only other requests bring new ones
            closing = await unit()
            for blocker in closing.blockers:
                await self.cancellation.cancel(blocker, connection.user, "close")
            if not closing.blockers:
                break
        if closing.code is not None:
            self._refuse(connection, request, closing.code)
            return None
        for ended in closing.expired:
            self._expired(ended)
        self.jobs.start(closing.jobs)
        return closing

    def _expired(self, ended: Ended) -> None:
        run, user, thread = ended.run, ended.user, ended.thread
        self.core.runs.over(run, user, thread, TurnExpired(run, thread))
        if ended.approval is not None:
            closed = ApprovalClosed(run, thread, ended.approval, ApprovalStatus.EXPIRED)
            self.core.connections.tell(user, closed)

    def _tell(
        self, asker: Connection, request: str, *states: tuple[str, ThreadStatus, bool]
    ) -> None:
        """Tell of threads in new states: the asker with the request, the others without."""
        for thread, status, main in states:
            for connection in self.core.connections.of(asker.user):
                told = request if connection is asker else None
                frame = ThreadState(thread, status, main, told)
                self.core.connections.send(connection, frame)

    def _refuse(self, connection: Connection, request: str, code: str) -> None:
        rejected = RequestRejected(request, code, "there is no such thread")
        self.core.connections.send(connection, rejected)
