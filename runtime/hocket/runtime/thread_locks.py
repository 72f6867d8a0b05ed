"""One lock a thread: its turns run one at a time, in the order in which they were accepted.

A turn joins the queue in the same step in which it is accepted, and waits later, in its own task:
the order of the queue does not depend on which task happens to run first.  The holder is the head
of the queue, and a queue exists only while somebody is in it, so there is nothing to evict and no
gap between looking a lock up and taking it.
"""

from collections import deque

import trio
from attrs import define, field

from hocket.runtime.protocol.events import Emit, Event

__all__ = ["ThreadLocks", "Ticket"]


@define(eq=False)
class Ticket:
    """A place in the queue of a thread; it must be released, whether or not it was acquired.

    ``ahead`` is how many were before it when it joined.
    """

    thread: str
    run: str
    ahead: int
    _locks: "ThreadLocks"
    granted: trio.Event = field(factory=trio.Event, init=False)

    async def acquire(self) -> None:
        """Wait until the lock is ours."""
        await self.granted.wait()

    def release(self) -> None:
        """Let the next one in, or leave the queue if the lock was not ours yet."""
        self._locks.leave(self)


@define(eq=False)
class ThreadLocks:
    """The queues of all threads that are in use."""

    _emit: Emit
    _queues: dict[str, deque[Ticket]] = field(factory=dict[str, deque[Ticket]], init=False)

    def join(self, thread: str, run: str) -> Ticket:
        """Queue up for a thread; whoever is alone holds the lock at once."""
        queue = self._queues.setdefault(thread, deque())
        ticket = Ticket(thread, run, len(queue), self)
        queue.append(ticket)
        self._emit(Event("lock.wait", {"thread": thread, "run": run, "size": len(self._queues)}))
        if ticket.ahead == 0:
            self._grant(ticket)
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Leave the queue, and hand the lock over if it was ours."""
        queue = self._queues[ticket.thread]
        queue.remove(ticket)
        if not queue:
            del self._queues[ticket.thread]
        held = ticket.granted.is_set()
        fields = {"thread": ticket.thread, "run": ticket.run, "size": len(self._queues)}
        self._emit(Event("lock.release" if held else "lock.leave", fields))
        if held and queue:
            self._grant(queue[0])

    def __len__(self) -> int:
        """How many threads are in use."""
        return len(self._queues)

    def in_use(self) -> tuple[str, ...]:
        """The threads that somebody holds or waits for."""
        return tuple(self._queues)

    def _grant(self, ticket: Ticket) -> None:
        ticket.granted.set()
        self._emit(Event("lock.acquire", {"thread": ticket.thread, "run": ticket.run}))
