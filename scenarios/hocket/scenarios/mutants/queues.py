"""Planted defects of the thread locks: who is let in when a turn leaves."""

from collections import deque

import trio
from attrs import define, field

from hocket.runtime.connections import Connection
from hocket.runtime.protocol.frames import UserMessage
from hocket.runtime.runs import RunRecord
from hocket.runtime.store.records import Acceptance
from hocket.runtime.thread_locks import ThreadLocks, Ticket
from hocket.runtime.turns import Turns

__all__ = [
    "AllLetIn",
    "LastComeFirstServed",
    "LockEvicted",
    "LocksKept",
    "OneTurnAUser",
    "RefusedSilently",
]


class AllLetIn(ThreadLocks):
    """A turn that gives its thread's lock back lets all in that wait for it."""

    def leave(self, ticket: Ticket) -> None:
        super().leave(ticket)
        if ticket.granted.is_set():
            for waiting in self._queues.get(ticket.thread, ()):
                if not waiting.granted.is_set():
                    self._grant(waiting)


class LastComeFirstServed(ThreadLocks):
    """A turn that gives its thread's lock back hands it to the one that came last."""

    def leave(self, ticket: Ticket) -> None:
        queue = self._queues[ticket.thread]
        if ticket.granted.is_set() and len(queue) > 1:
            queue.insert(1, queue.pop())
        super().leave(ticket)


class LocksKept(ThreadLocks):
    """The lock of a thread stays in the table when nobody uses it any more."""

    def leave(self, ticket: Ticket) -> None:
        super().leave(ticket)
        self._queues.setdefault(ticket.thread, deque())


@define(eq=False)
class OneTurnAUser(Turns):
    """A user has one turn at a time, whatever the thread, and the next request waits unanswered."""

    _free: dict[str, trio.Semaphore] = field(factory=dict[str, trio.Semaphore], init=False)
    _begun: set[str] = field(factory=set[str], init=False)

    async def accept(self, connection: Connection, asked: UserMessage) -> None:
        free = self._free.setdefault(connection.user, trio.Semaphore(1))
        who = {"user": connection.user, "conn": connection.id, "thread": asked.thread_id}
        self.core.say("turn.request", **who, request=asked.request_id, text=asked.text)
        await free.acquire()
        await super().accept(connection, asked)
        if asked.request_id not in self._begun:
            free.release()

    def _begin(self, record: RunRecord, thread: str) -> None:
        self._begun.add(record.request_id)
        super()._begin(record, thread)

    async def run(self, record: RunRecord, ticket: Ticket) -> None:
        try:
            await super().run(record, ticket)
        finally:
            self._free[record.user].release()


@define(eq=False)
class LockEvicted(ThreadLocks):
    """The lock of a thread is dropped from the table when its holder leaves, though others wait."""

    _left: dict[Ticket, deque[Ticket]] = field(factory=dict[Ticket, deque[Ticket]], init=False)

    def leave(self, ticket: Ticket) -> None:
        evicted = self._left.pop(ticket, None)
        if evicted is not None:
            others = self._queues.pop(ticket.thread, None)
            self._queues[ticket.thread] = evicted
            self._evict(ticket)
            if others is not None:
                self._queues[ticket.thread] = others
            return
        self._evict(ticket)

    def _evict(self, ticket: Ticket) -> None:
        queue = self._queues[ticket.thread]
        super().leave(ticket)
        if queue and ticket.granted.is_set():
            del self._queues[ticket.thread]
            self._left |= dict.fromkeys(queue, queue)


class RefusedSilently(Turns):
    """A request for a turn that a policy stands against is dropped without a word."""

    async def _admit(self, record: RunRecord, asked: UserMessage) -> Acceptance:
        acceptance = await super()._admit(record, asked)
        return acceptance if acceptance.code is None else Acceptance()
