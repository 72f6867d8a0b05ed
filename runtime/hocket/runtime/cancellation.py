"""Cancellation: asked for at once, decided in the store, told by the winner.

A request marks the run and cancels its task's scope in the same step, also when the task has not
opened its scope yet.  Then whoever gets there first, the one who asked or the task on its way out,
moves the stored status; the other finds it moved and says nothing.  The status that is stored after
an attempt is therefore final, whichever it is.
"""

from collections.abc import Generator
from contextlib import contextmanager
from functools import partial

import trio
from attrs import define

from hocket.runtime.core import Core
from hocket.runtime.protocol.frames import ApprovalClosed, TurnCancelled
from hocket.runtime.protocol.lifecycle import ApprovalStatus
from hocket.runtime.runs import RunRecord
from hocket.runtime.segments import Segment
from hocket.runtime.store import units
from hocket.runtime.store.errors import StoreBusy, StoreError
from hocket.runtime.store.records import Ended

__all__ = ["Cancellation"]


@define(eq=False)
class Cancellation:
    """Cancels runs."""

    core: Core

    def request(self, record: RunRecord) -> None:
        """Ask the run's task to stop, now or as soon as there is one."""
        record.cancel_requested = True
        if record.scope is not None:
            record.scope.cancel()

    @contextmanager
    def scope(self, record: RunRecord) -> Generator[None]:
        """The scope of the task that works for a run."""
        with trio.CancelScope() as scope:
            self.adopt(record, scope)
            try:
                yield
            finally:
                record.scope = None

    def adopt(self, record: RunRecord, scope: trio.CancelScope) -> None:
        """Let requests reach the scope, also those that came before it."""
        record.scope = scope
        if record.cancel_requested:
            scope.cancel()

    async def cancel(
        self, run: str, user: str, by: str, left: Segment | None = None
    ) -> Ended | None:
        """Cancel a run of ``user``; ``None`` if there is none.  Not cancellable itself.

        ``left`` is the segment that its task left, to keep what is not stored of it.  Raises
        :exc:`~hocket.runtime.store.errors.StoreError` if the store does not take it, or not within
        the limit for cleaning up; the run's task was asked to stop then, and its end is not stored.
        """
        record = self.core.runs.get(run)
        if record is not None and record.user == user:
            self.request(record)
        ended: Ended | None = None
        with trio.move_on_after(self.core.limits.cleanup_seconds, shield=True) as patience:
            ended = await self.commit_end(run, user, by, left)
        if patience.cancelled_caught:
            raise StoreBusy("the store did not answer in time")
        if ended is not None and ended.won:
            self.tell(ended)
        return ended

    async def cancel_surely(
        self, run: str, user: str, by: str, left: Segment | None = None
    ) -> None:
        """Cancel a run for nobody who could be told that it is not possible now.

        If the store does not take it, the runtime sees to it that it does as soon as it can.
        """
        try:
            await self.cancel(run, user, by, left)
        except StoreError:
            again = partial(self.cancel, run, user, by, left)
            self.core.tasks.start_soon(self.core.insist, again)

    async def commit_end(self, run: str, user: str, by: str, left: Segment | None) -> Ended | None:
        """Store the end of the run with all that ends with it; what was found."""
        unsaved, step = ((), None) if left is None else (left.unsaved, left.doing)
        return await self.core.unit(units.end, run, user, by, unsaved, step)

    def tell(self, ended: Ended) -> None:
        """Tell the user's connections that the run was cancelled."""
        run, user, thread = ended.run, ended.user, ended.thread
        self.core.runs.over(run, user, thread, TurnCancelled(run, thread))
        if ended.approval is not None:
            closed = ApprovalClosed(run, thread, ended.approval, ApprovalStatus.CANCELLED)
            self.core.connections.tell(user, closed)
