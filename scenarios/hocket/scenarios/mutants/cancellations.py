"""Planted defects of cancellation: requests that are lost, come late, or leave something behind."""

from functools import partial

import trio

from hocket.runtime.cancellation import Cancellation
from hocket.runtime.connections import Connection
from hocket.runtime.conversation import Call, Message
from hocket.runtime.dialogue import Dialogue
from hocket.runtime.protocol.frames import Cancel
from hocket.runtime.protocol.lifecycle import RunStatus
from hocket.runtime.runs import RunRecord
from hocket.runtime.segments import Segment
from hocket.runtime.store import rows, units
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.records import Ended
from hocket.runtime.thread_locks import Ticket
from hocket.runtime.tools import ToolOutcome
from hocket.runtime.turns import Turns

__all__ = [
    "AcknowledgedUnseen",
    "ApprovalLeftPending",
    "CancelledInContext",
    "CancelledStaysKnown",
    "CancelledUntold",
    "EarlyRequestLost",
    "LockKeptByCancelled",
    "NoticedBetweenSteps",
    "ToolGoesOn",
    "UnsavedDropped",
]


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


class CancelledInContext(Cancellation):
    """What a cancelled turn had said stays in context."""

    async def commit_end(self, run: str, user: str, by: str, left: Segment | None) -> Ended | None:
        unsaved = () if left is None else left.unsaved
        return await self.core.unit(_end_in_context, run, user, by, unsaved)


def _end_in_context(
    tx: Transaction, run: str, user: str, by: str, unsaved: tuple[Message, ...]
) -> Ended | None:
    said = tx.execute("SELECT seq FROM messages WHERE run_id = ? AND in_context", run).fetchall()
    ended = units.end(tx, run, user, by, unsaved)
    for (seq,) in said:
        tx.execute("UPDATE messages SET in_context = 1 WHERE run_id = ? AND seq = ?", run, seq)
    tx.events[:] = [event for event in tx.events if event.kind != "msg.withdraw"]
    return ended


class CancelledStaysKnown(Cancellation):
    """The process never forgets a run that was cancelled."""

    def tell(self, ended: Ended) -> None:
        record = self.core.runs.get(ended.run)
        super().tell(ended)
        if record is not None:
            self.core.runs.add(record)


class CancelledUntold(Cancellation):
    """The clients of a cancelled turn are not told that it ended."""

    def tell(self, ended: Ended) -> None:
        record = self.core.runs.get(ended.run)
        if record is None:
            return
        record.over, record.approval = True, None
        self.core.runs.discard(record)


class AcknowledgedUnseen(Dialogue):
    """A request to cancel is acknowledged as done before anything is done."""

    async def _cancel(self, connection: Connection, frame: Cancel) -> None:
        run, user = frame.run_id, connection.user
        self.core.say("cancel.request", run=run, conn=connection.id, user=user)
        self.core.say("cancel.ack", run=run, status=RunStatus.CANCELLED)
        await self.cancellation.cancel(run, user, "cancel")


class LockKeptByCancelled(Turns):
    """A turn that is cancelled as it works does not give its thread's lock back."""

    async def run(self, record: RunRecord, ticket: Ticket) -> None:
        segment = Segment(record)
        await self._work(segment, partial(self._open, segment, ticket))
        if not ticket.granted.is_set() or not record.cancel_requested:
            ticket.release()


class UnsavedDropped(Turns):
    """What a cancelled turn had not stored yet is thrown away, results of its tools among it."""

    async def _abandon(self, segment: Segment) -> None:
        segment.saved()
        await super()._abandon(segment)


class ToolGoesOn(Turns):
    """A tool of the server works on when its turn is cancelled."""

    async def _run_tool(self, record: RunRecord, call: Call, execution: str) -> ToolOutcome:
        if not self.core.tools.owns(call.tool):
            return await super()._run_tool(record, call, execution)
        done: list[ToolOutcome] = []
        over = trio.Event()
        self.core.tasks.start_soon(self._apart, record, call, execution, done, over)
        await over.wait()
        return done[0]

    async def _apart(
        self,
        record: RunRecord,
        call: Call,
        execution: str,
        done: list[ToolOutcome],
        over: trio.Event,
    ) -> None:
        done.append(await super()._run_tool(record, call, execution))
        over.set()
