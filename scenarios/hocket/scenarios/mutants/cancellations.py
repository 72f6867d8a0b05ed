"""Planted defects of cancellation: requests that are lost, come late, or leave something behind."""

from hocket.runtime.cancellation import Cancellation
from hocket.runtime.conversation import Message
from hocket.runtime.protocol.lifecycle import RunStatus
from hocket.runtime.runs import RunRecord
from hocket.runtime.segments import Segment
from hocket.runtime.store import rows
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.records import Ended

__all__ = ["ApprovalLeftPending", "EarlyRequestLost", "NoticedBetweenSteps"]


class EarlyRequestLost(Cancellation):
    """A request to cancel is lost if the task of the run has not opened its cancel scope yet."""

    async def cancel(
        self, run: str, user: str, by: str, left: Segment | None = None
    ) -> Ended | None:
        record = self.core.runs.get(run)
        if record is not None and record.working and record.scope is None:
            return Ended(run, record.thread, user, RunStatus.ACCEPTED, won=False)
        return await super().cancel(run, user, by, left)


class NoticedBetweenSteps(Cancellation):
    """A task notices that its run was cancelled only where it stores a step."""

    def request(self, record: RunRecord) -> None:
        record.cancel_requested = True


class ApprovalLeftPending(Cancellation):
    """A cancelled run leaves the approval that it waited for pending."""

    async def commit_end(self, run: str, user: str, by: str, left: Segment | None) -> Ended | None:
        unsaved = () if left is None else left.unsaved
        return await self.core.unit(_end_of_run_alone, run, user, by, unsaved)


def _end_of_run_alone(
    tx: Transaction, run: str, user: str, by: str, unsaved: tuple[Message, ...]
) -> Ended | None:
    row = tx.execute(
        "SELECT thread_id FROM runs WHERE run_id = ? AND user_id = ?", run, user
    ).fetchone()
    if row is None:
        return None
    won = rows.move_run(tx, run, RunStatus.CANCELLED, by)
    rows.append(tx, run, unsaved, in_context=False)
    if won:
        rows.withdraw(tx, run)
    return Ended(run, row[0], user, rows.run_status(tx, run), won)
