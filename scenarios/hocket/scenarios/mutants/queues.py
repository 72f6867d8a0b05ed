"""Planted defects of the thread locks: who is let in when a turn leaves."""

from hocket.runtime.thread_locks import ThreadLocks, Ticket

__all__ = ["AllLetIn", "LastComeFirstServed"]


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
