"""Planted defects of approvals: what a decision is good for, and when it takes effect."""

from collections.abc import Generator
from contextlib import contextmanager

from attrs import define, evolve, field

from hocket.runtime.approvals import Approvals
from hocket.runtime.connections import Connection
from hocket.runtime.conversation import Call, Message
from hocket.runtime.core import Core
from hocket.runtime.policies import PendingApprovalPolicy
from hocket.runtime.protocol.frames import ApprovalResponse, TurnCompleted, UserMessage
from hocket.runtime.protocol.lifecycle import ApprovalStatus, RunStatus
from hocket.runtime.runs import RunRecord
from hocket.runtime.segments import Segment
from hocket.runtime.store import units
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.records import (
    Acceptance,
    Checkpoint,
    Ending,
    PauseOutcome,
    StopReason,
)
from hocket.runtime.thread_locks import Ticket
from hocket.runtime.turns import Turns

__all__ = [
    "ApprovalForServerTools",
    "ApprovalForTool",
    "AskedBesideAnother",
    "ConsumedAfterwards",
    "NumbersReserved",
    "ReadBeforeTheWait",
    "ResumedWithoutLock",
    "SecondApprovalEnds",
    "StepsFromZero",
    "TurnBesideApproval",
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


class StepsFromZero(Turns):
    """A resumed turn numbers its steps from 0 again."""

    async def _go_on(
        self,
        segment: Segment,
        checkpoint: Checkpoint,
        said: ApprovalResponse,
        cached: tuple[Message, ...] | None,
    ) -> None:
        segment.step = -1
        await super()._go_on(segment, checkpoint, said, cached)


@define(eq=False)
class SecondApprovalEnds(Approvals):
    """A turn that asks for a second approval is completed instead."""

    _asked: set[str] = field(factory=set[str], init=False)

    async def ask(self, segment: Segment, call: Call) -> PauseOutcome:
        record = segment.record
        if record.id not in self._asked:
            self._asked.add(record.id)
            return await super().ask(segment, call)
        ending = Ending(RunStatus.COMPLETED, StopReason.AWAITING_APPROVAL)
        if await self.core.unit(units.finish, record.id, ending, segment.unsaved) is not None:
            segment.settle()
            end = TurnCompleted(record.id, record.thread, "awaiting approval")
            self.core.runs.over(record.id, record.user, record.thread, end)
        return PauseOutcome.OVER


@contextmanager
def _allowing(core: Core) -> Generator[None]:
    """The policy of turns beside an approval is to allow them, for a moment."""
    chosen = core.policies
    core.policies = evolve(chosen, pending_approval=PendingApprovalPolicy.ALLOW)
    try:
        yield
    finally:
        core.policies = chosen


class AskedBesideAnother(Approvals):
    """An approval is asked for beside another one of the thread; no defect by itself."""

    async def ask(self, segment: Segment, call: Call) -> PauseOutcome:
        with _allowing(self.core):
            return await super().ask(segment, call)


class TurnBesideApproval(Turns):
    """A turn is accepted while another one of the thread waits for an approval, whatever the
    policy.
    """

    async def _admit(self, record: RunRecord, asked: UserMessage) -> Acceptance:
        with _allowing(self.core):
            return await super()._admit(record, asked)


@define(eq=False)
class NumbersReserved(Approvals):
    """A paused turn reserves the numbers of the messages that it will add when it goes on."""

    _reserved: dict[str, int] = field(factory=dict[str, int], init=False)

    async def ask(self, segment: Segment, call: Call) -> PauseOutcome:
        outcome = await super().ask(segment, call)
        if outcome is PauseOutcome.PAUSED:
            run, thread = segment.record.id, segment.record.thread
            self._reserved[run] = await self.core.unit(_move_next, thread, None)
        return outcome

    async def decide(
        self, record: RunRecord, connection: Connection, response: ApprovalResponse, *, load: bool
    ) -> Checkpoint | None:
        checkpoint = await super().decide(record, connection, response, load=load)
        if checkpoint is not None and record.id in self._reserved:
            await self.core.unit(_move_next, record.thread, self._reserved.pop(record.id))
        return checkpoint


def _move_next(tx: Transaction, thread: str, number: int | None) -> int:
    """Let the next message have this number, or leave out a hundred; what it was to have."""
    row = tx.execute("SELECT next_seq FROM threads WHERE thread_id = ?", thread).fetchone()
    after = row[0] + 100 if number is None else number
    tx.execute("UPDATE threads SET next_seq = ? WHERE thread_id = ?", after, thread)
    return int(row[0])
