"""Queued callbacks (``run_sync_soon``) with a step for each, so that a schedule can part them.

Trio runs all that are queued in one step of one task.  What a real program queues comes from
outside, from threads and signals, at moments of its own: between any two of them a task may run.
They keep Trio's order, first in and first out; in lockstep they keep its pass as well.
"""

# pyright: reportPrivateUsage=false

from typing import NoReturn

import trio

from hocket.simulator.trio_kernel.private import EntryQueue

__all__ = ["OneByOne"]


class OneByOne(EntryQueue):
    """Trio's queue of callbacks, of which each has a step of its own."""

    async def task(self) -> None:
        """Run them until cancelled, and then all that are left."""
        try:
            while True:
                await self._until_called()
                self._run_next()
        except trio.Cancelled:
            with self.lock:
                self.done = True
            while self.size():
                self._run_next()

    async def _until_called(self) -> None:
        if self.size():  # and only then is the next step one that a schedule places
            await trio.lowlevel.checkpoint()
        while not self.size():
            await self.wakeup.wait_woken()

    def _run_next(self) -> None:
        if self.queue:
            function, args = self.queue.popleft()
        else:
            function, args = job = next(iter(self.idempotent_queue))
            del self.idempotent_queue[job]
        try:
            function(*args)
        except BaseException as error:
            _crash(error)


def _crash(error: BaseException) -> None:
    """End the run, as Trio does when a callback raises."""

    async def crash() -> NoReturn:
        raise error

    try:
        trio.lowlevel.spawn_system_task(crash)
    except RuntimeError:  # the system tasks have ended already
        nursery = trio.lowlevel.current_task().parent_nursery
        assert nursery is not None
        nursery.start_soon(crash)
