"""Planted defects of the end of a turn: who writes it, who tells it, and under which lock.

In the reference, a request to cancel stops the turn before its end can be stored, so that a turn
never finds another end there.  A runtime that waits for something in between, and lets nobody
cancel that, does; the wait is no defect by itself, and the defects that need it stand on it.
"""

import trio

from hocket.runtime.conversation import Message
from hocket.runtime.protocol.lifecycle import RunStatus
from hocket.runtime.segments import Segment
from hocket.runtime.store import job_units, rows, units
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.records import Ending, Job, JobKind, StopReason
from hocket.runtime.thread_locks import ThreadLocks, Ticket
from hocket.runtime.turns import Turns

__all__ = [
    "EndShielded",
    "EndToldAsSeen",
    "EndToldLater",
    "EndWithoutLock",
    "EndWrittenAnyway",
    "FailureForgotten",
    "FailureLearnt",
    "LocksLeftEarly",
]


class EndShielded(Turns):
    """A turn pauses shortly before it stores its end, and cannot be cancelled from then on."""

    async def commit_end(self, segment: Segment, ending: Ending) -> tuple[Job, ...] | None:
        with trio.fail_after(self.core.limits.cleanup_seconds, shield=True):
            await trio.lowlevel.checkpoint()
            return await self.store_end(segment, ending)

    async def store_end(self, segment: Segment, ending: Ending) -> tuple[Job, ...] | None:
        """Store the end of the turn, as :meth:`commit_end` does."""
        return await super().commit_end(segment, ending)


class EndWrittenAnyway(EndShielded):
    """A turn that cannot be cancelled any more stores its end over whatever end is stored."""

    async def store_end(self, segment: Segment, ending: Ending) -> tuple[Job, ...] | None:
        run, unsaved = segment.record.id, segment.unsaved
        return await self.core.unit(_finish_anyway, run, ending, unsaved)


def _finish_anyway(
    tx: Transaction, run: str, ending: Ending, messages: tuple[Message, ...]
) -> tuple[Job, ...] | None:
    tx.execute("UPDATE runs SET status = ? WHERE run_id = ?", RunStatus.RUNNING, run)
    return units.finish(tx, run, ending, messages)


class EndToldAsSeen(EndShielded):
    """A turn that cannot be cancelled any more tells its own end, whatever end is stored."""

    async def finish(
        self,
        segment: Segment,
        status: RunStatus,
        text: str,
        reason: StopReason = StopReason.END_TURN,
    ) -> None:
        await self.commit_end(segment, self.ending(segment, status, text, reason))
        self.conclude(segment, status, text)


class LocksLeftEarly(ThreadLocks):
    """Locks that may be left twice; no defect by itself."""

    def leave(self, ticket: Ticket) -> None:
        if ticket in self._queues.get(ticket.thread, ()):
            super().leave(ticket)

    def leave_first(self, thread: str) -> None:
        """Let the holder go."""
        self.leave(self._queues[thread][0])


class EndWithoutLock(Turns):
    """A turn gives its thread's lock back before it stores its end."""

    async def commit_end(self, segment: Segment, ending: Ending) -> tuple[Job, ...] | None:
        assert isinstance(self.locks, LocksLeftEarly)
        self.locks.leave_first(segment.record.thread)
        return await super().commit_end(segment, ending)


class EndToldLater(Turns):
    """A turn can be cancelled after its end was stored, and before it is told and remembered."""

    async def commit_end(self, segment: Segment, ending: Ending) -> tuple[Job, ...] | None:
        jobs = await super().commit_end(segment, ending)
        segment.saved(segment.doing)
        await trio.lowlevel.checkpoint()
        return jobs


class FailureForgotten(Turns):
    """A turn that failed is put back in line once, as if it was just accepted."""

    async def commit_end(self, segment: Segment, ending: Ending) -> tuple[Job, ...] | None:
        if ending.status is RunStatus.FAILED:
            await self.core.unit(_back_in_line, segment.record.id)
        return await super().commit_end(segment, ending)


def _back_in_line(tx: Transaction, run: str) -> None:
    thread, user = rows.run_place(tx, run)
    conn, request = tx.execute(
        "SELECT conn_id, request_id FROM runs WHERE run_id = ?", run
    ).fetchone()
    tx.execute("UPDATE runs SET status = ? WHERE run_id = ?", RunStatus.ACCEPTED, run)
    tx.happened(
        "run.status",
        run=run,
        thread=thread,
        user=user,
        conn=conn,
        request=request,
        old=RunStatus.RUNNING,
        new=RunStatus.ACCEPTED,
        by="retry",
    )


class FailureLearnt(Turns):
    """What is said in a turn that failed is learned like that of one that completed."""

    async def commit_end(self, segment: Segment, ending: Ending) -> tuple[Job, ...] | None:
        jobs = await super().commit_end(segment, ending)
        if jobs is None or ending.status is not RunStatus.FAILED:
            return jobs
        record = segment.record
        job = Job(f"extraction of {record.id}", record.user, JobKind.EXTRACTION, None, record.id)
        return (*jobs, await self.core.unit(job_units.schedule, job))
