"""Planted defects of asking a person: what a question, a yes and a no do to the turn."""

import trio

from hocket.runtime.approvals import Approvals
from hocket.runtime.conversation import Call, Message
from hocket.runtime.protocol.frames import ApprovalResponse
from hocket.runtime.protocol.lifecycle import RunStatus
from hocket.runtime.segments import Segment
from hocket.runtime.store import units
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.records import Checkpoint, PauseOutcome, PendingApproval, Step
from hocket.runtime.turns import Turns

__all__ = ["AskedAfterTheEnd", "DeniedCallRuns", "ResultOfQuestion", "StepRunAgain"]


class DeniedCallRuns(Turns):
    """A call runs when its question is answered, whatever the answer is."""

    async def _go_on(
        self,
        segment: Segment,
        checkpoint: Checkpoint,
        said: ApprovalResponse,
        cached: tuple[Message, ...] | None,
    ) -> None:
        if not said.approved:
            execution = self.core.new_id("exec")
            await self._perform(segment, checkpoint.call, execution, said.approval_id)
        await super()._go_on(segment, checkpoint, said, cached)


class StepRunAgain(Turns):
    """A resumed turn runs those calls of its step again that had run before the question."""

    async def _go_on(
        self,
        segment: Segment,
        checkpoint: Checkpoint,
        said: ApprovalResponse,
        cached: tuple[Message, ...] | None,
    ) -> None:
        calls = checkpoint.step.calls
        for call in calls[: calls.index(checkpoint.call)]:
            await self._run_tool(segment.record, call, self.core.new_id("exec"))
        await super()._go_on(segment, checkpoint, said, cached)


class ResultOfQuestion(Approvals):
    """A question is given to the model as the result of its call, and later the result as well."""

    async def ask(self, segment: Segment, call: Call) -> PauseOutcome:
        segment.say(call.returned("approval required"))
        return await super().ask(segment, call)


class AskedAfterTheEnd(Approvals):
    """A turn that is about to ask a person cannot be cancelled, and waits for the answer even if it
    was.
    """

    async def ask(self, segment: Segment, call: Call) -> PauseOutcome:
        with trio.fail_after(self.core.limits.cleanup_seconds, shield=True):
            await trio.lowlevel.checkpoint()
            until = self.core.clock() + self.core.limits.approval_seconds
            approval = PendingApproval(self.core.new_id("approval"), segment.step, call, until)
            outcome = await self.core.unit(
                _pause_anyway, segment.record.id, segment.at, segment.unsaved, approval
            )
        segment.settle()
        record = segment.record
        if not record.over:
            self.wait(record, approval)
            self.core.connections.tell(record.user, self._question(record, approval))
        return outcome


def _pause_anyway(
    tx: Transaction,
    run: str,
    step: Step,
    messages: tuple[Message, ...],
    approval: PendingApproval,
) -> PauseOutcome:
    tx.execute("UPDATE runs SET status = ? WHERE run_id = ?", RunStatus.RUNNING, run)
    return units.pause(tx, run, step, messages, approval, alone=False)
