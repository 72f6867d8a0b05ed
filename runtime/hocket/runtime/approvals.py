"""Approvals: a turn pauses, a person decides once, and the decision is used once.

While a turn is paused, no task works for it and its thread is free.  What it needs to go on is in
the store, and is read in the same unit of work that makes the decision, under the thread's lock:
of several decisions one takes effect, and it never rests on something that has changed since.  The
question is put to every connection of the user, also to those that come while it is open.
"""

import trio
from attrs import define

from hocket.runtime.connections import Connection
from hocket.runtime.conversation import Call
from hocket.runtime.core import Core
from hocket.runtime.policies import PendingApprovalPolicy
from hocket.runtime.protocol.frames import (
    ApprovalClosed,
    ApprovalRequest,
    ApprovalResponse,
    ProtocolFault,
    TurnExpired,
    TurnPaused,
)
from hocket.runtime.protocol.lifecycle import ApprovalStatus
from hocket.runtime.runs import RunRecord
from hocket.runtime.segments import Segment
from hocket.runtime.store import units
from hocket.runtime.store.errors import UNSTORED
from hocket.runtime.store.records import Checkpoint, Decision, PauseOutcome, PendingApproval

__all__ = ["Approvals"]

_REFUSALS = {
    "not_found": "there is no such approval",
    "approval_closed": "the approval needs no decision any more",
    "unavailable": UNSTORED,
}


@define(eq=False)
class Approvals:
    """Asks for approvals, and takes decisions."""

    core: Core

    async def ask(self, segment: Segment, call: Call) -> PauseOutcome:
        """End the segment by asking for ``call``, which is of the step that it is at."""
        record = segment.record
        until = self.core.clock() + self.core.limits.approval_seconds
        approval = PendingApproval(self.core.new_id("approval"), segment.step, call, until)
        alone = self.core.policies.pending_approval is not PendingApprovalPolicy.ALLOW
        outcome = await self.core.unit(
            units.pause, record.id, segment.at, segment.unsaved, approval, alone=alone
        )
        if outcome is PauseOutcome.PAUSED:
            segment.settle()
            if not record.over:
                self.wait(record, approval)
                self.core.connections.tell(record.user, self._question(record, approval))
        return outcome

    async def decide(
        self, record: RunRecord, connection: Connection, response: ApprovalResponse, *, load: bool
    ) -> Checkpoint | None:
        """Let a decision take effect; ``None``, and it is refused, if it comes too late.

        The thread's lock must be held; with ``load`` the checkpoint has the thread's history.
        """
        verdict = ApprovalStatus.APPROVED if response.approved else ApprovalStatus.DENIED
        approval, now = response.approval_id, self.core.clock()
        decision = Decision(approval, connection.id, connection.user, verdict, now)
        checkpoint = await self.core.unit(units.decide, decision, load=load)
        if checkpoint is None:
            self.refuse(connection, approval, "approval_closed")
            return None
        record.approval = None
        if record.timer is not None:
            record.timer.cancel()
        closed = ApprovalClosed(record.id, record.thread, approval, verdict)
        self.core.connections.tell(record.user, closed)
        return checkpoint

    async def explain(self, connection: Connection, approval: str) -> None:
        """Refuse a decision on an approval that no run waits for."""
        known = await self.core.unit(units.knows_approval, approval, connection.user)
        self.refuse(connection, approval, "approval_closed" if known else "not_found")

    def refuse(self, connection: Connection, approval: str, code: str) -> None:
        """Say that a decision has no effect."""
        fields = {"approval": approval, "conn": connection.id, "user": connection.user}
        self.core.say("appr.refuse", **fields, reason=code)
        fault = ProtocolFault(code, _REFUSALS[code], approval)
        self.core.connections.send(connection, fault)

    async def expire(self, timer: trio.CancelScope, approval: str, seconds: float) -> None:
        """End the run when nobody decided in time, unless ``timer`` is cancelled before."""
        with timer:
            await trio.sleep(seconds)
            ended = await self.core.insist(lambda: self.core.unit(units.expire, approval))
            if ended is None:
                return
            run, user, thread = ended.run, ended.user, ended.thread
            self.core.runs.over(run, user, thread, TurnExpired(run, thread))
            closed = ApprovalClosed(run, thread, approval, ApprovalStatus.EXPIRED)
            self.core.connections.tell(user, closed)

    def wait(self, record: RunRecord, approval: PendingApproval) -> None:
        """Let the run wait for its approval, which somebody has to decide in time."""
        record.approval = approval
        record.timer = trio.CancelScope()
        left = self._seconds_left(approval)
        self.core.tasks.start_soon(self.expire, record.timer, approval.id, left)

    def remind(self, connection: Connection, record: RunRecord) -> None:
        """Tell one connection what the run waits for, if it waits."""
        if record.approval is not None:
            self.core.connections.send(connection, self._question(record, record.approval))

    def _question(self, record: RunRecord, approval: PendingApproval) -> TurnPaused:
        call = approval.call
        request = ApprovalRequest(
            *(approval.id, call.id, call.tool, call.arguments),
            self._seconds_left(approval),
        )
        return TurnPaused(record.id, record.thread, request)

    def _seconds_left(self, approval: PendingApproval) -> float:
        return max(0.0, approval.expires_at - self.core.clock())
