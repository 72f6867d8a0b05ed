"""Planted defects of approvals: what a decision is good for, and when it takes effect."""

from attrs import define, field

from hocket.runtime.connections import Connection
from hocket.runtime.conversation import Call
from hocket.runtime.protocol.frames import ApprovalResponse
from hocket.runtime.protocol.lifecycle import ApprovalStatus
from hocket.runtime.runs import RunRecord
from hocket.runtime.segments import Segment
from hocket.runtime.store import units
from hocket.runtime.store.database import Transaction
from hocket.runtime.thread_locks import Ticket
from hocket.runtime.turns import Turns

__all__ = [
    "ApprovalForServerTools",
    "ApprovalForTool",
    "ConsumedAfterwards",
    "ReadBeforeTheWait",
    "ResumedWithoutLock",
]


class _FreePass(Ticket):
    """A ticket without a place in the queue."""

    async def acquire(self) -> None:
        return

    def release(self) -> None:
        return


class ResumedWithoutLock(Turns):
    """A decision resumes its turn without the lock of the thread."""

    def queue_resume(self, record: RunRecord) -> Ticket:
        return _FreePass(record.thread, record.id, 0, self.locks)


class ReadBeforeTheWait(Turns):
    """Whether an approval pends is read before the wait for the thread's lock, and not again."""

    async def resume(
        self, record: RunRecord, ticket: Ticket, connection: Connection, said: ApprovalResponse
    ) -> None:
        try:
            pends = await self.core.unit(_pends, said.approval_id)
            await ticket.acquire()
            if pends:
                await self.core.unit(_taken_as_pending, said.approval_id)
        except BaseException:
            ticket.release()
            raise
        await super().resume(record, ticket, connection, said)


def _pends(tx: Transaction, approval: str) -> bool:
    status = tx.execute("SELECT status FROM approvals WHERE approval_id = ?", approval).fetchone()
    return bool(status[0] == ApprovalStatus.PENDING)


def _taken_as_pending(tx: Transaction, approval: str) -> None:
    tx.execute(
        "UPDATE approvals SET status = ? WHERE approval_id = ?", ApprovalStatus.PENDING, approval
    )


class ApprovalForServerTools(Turns):
    """The rule that asks a person first is looked up for the server's own tools only."""

    def needs_approval(self, call: Call) -> bool:
        return self.core.tools.owns(call.tool) and super().needs_approval(call)


class ConsumedAfterwards(Turns):
    """An approval is consumed when its tool has run."""

    async def run_approved(self, segment: Segment, call: Call, approval: str) -> bool:
        execution = self.core.new_id("exec")
        await self._perform(segment, call, execution, approval)
        return await self.core.unit(units.proceed, segment.record.id, approval, execution)


@define(eq=False)
class ApprovalForTool(Turns):
    """One approval of a tool is good for all later calls of that tool."""

    _approved: set[str] = field(factory=set[str], init=False)

    def needs_approval(self, call: Call) -> bool:
        return call.tool not in self._approved and super().needs_approval(call)

    async def run_approved(self, segment: Segment, call: Call, approval: str) -> bool:
        self._approved.add(call.tool)
        return await super().run_approved(segment, call, approval)
