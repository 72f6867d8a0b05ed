"""Planted defects of the board of jobs: who waits for a job, and what is stored of its end.

Most of these show only where a job is interrupted, as when the process is stopped.
"""

from collections.abc import Iterable

import trio
from attrs import define, field

from hocket.runtime.connections import Connection
from hocket.runtime.jobs.board import Jobs
from hocket.runtime.protocol.frames import UserMessage
from hocket.runtime.protocol.lifecycle import JobStatus
from hocket.runtime.store import job_units
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.records import Job, JobKind
from hocket.runtime.turns import Turns

__all__ = [
    "EndedOutsideFinally",
    "ExtractionOffTheRecord",
    "JobsInterruptible",
    "JobsSpawnedDetached",
    "TurnsInterruptJobs",
]


class EndedOutsideFinally(Jobs):
    """The end of a job is stored only if it comes to its end undisturbed."""

    async def run(self, job: Job, user: str) -> None:
        scope = self.core.scope(user, job.id)
        if await scope.shared(job_units.claim, job):
            outcome = await self.kinds[job.kind](job, scope)
            self.start(await scope.shared(job_units.end, job, JobStatus.COMPLETED, outcome))


class JobsSpawnedDetached(Jobs):
    """Jobs are tasks that nobody waits for."""

    def start(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            if job.user is not None:
                trio.lowlevel.spawn_system_task(self.run, job, job.user)


class ExtractionOffTheRecord(Jobs):
    """That something is to be learned from a turn is on record only once the model has answered."""

    async def run(self, job: Job, user: str) -> None:
        if job.kind is not JobKind.EXTRACTION:
            await super().run(job, user)
            return
        await self.core.unit(_strike_out, job)
        scope = self.core.scope(user, job.id)
        outcome = await self.kinds[job.kind](job, scope)
        self.start(await scope.shared(_enter_done, job, outcome))


def _strike_out(tx: Transaction, job: Job) -> None:
    tx.execute("DELETE FROM jobs WHERE job_id = ?", job.id)


def _enter_done(tx: Transaction, job: Job, outcome: job_units.Outcome) -> tuple[Job, ...]:
    job_units.schedule(tx, job)
    job_units.claim(tx, job)
    return job_units.end(tx, job, JobStatus.COMPLETED, outcome)


@define(eq=False)
class JobsInterruptible(EndedOutsideFinally):
    """Jobs that somebody may interrupt; no defect by itself."""

    _scopes: dict[str, list[trio.CancelScope]] = field(
        factory=dict[str, list[trio.CancelScope]], init=False
    )

    async def run(self, job: Job, user: str) -> None:
        with trio.CancelScope() as scope:
            self._scopes.setdefault(user, []).append(scope)
            await super().run(job, user)

    def interrupt(self, user: str) -> None:
        """Let the jobs of a user work no longer."""
        for scope in self._scopes.pop(user, []):
            scope.cancel()


class TurnsInterruptJobs(Turns):
    """A new turn interrupts the jobs of its user, and nothing is stored of their end."""

    async def accept(self, connection: Connection, asked: UserMessage) -> None:
        assert isinstance(self.jobs, JobsInterruptible)
        self.jobs.interrupt(connection.user)
        await super().accept(connection, asked)
