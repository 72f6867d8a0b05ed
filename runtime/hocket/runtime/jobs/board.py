"""The board of jobs: claimed before they are worked for, and ended whatever happens."""

from collections.abc import Awaitable, Callable, Iterable, Mapping

import trio
from attrs import define, field

from hocket.runtime.core import Core
from hocket.runtime.models.contract import ModelError
from hocket.runtime.protocol.lifecycle import JobStatus
from hocket.runtime.store import job_units
from hocket.runtime.store.errors import StoreError
from hocket.runtime.store.job_units import Outcome
from hocket.runtime.store.records import Job, JobKind
from hocket.runtime.store.store import UserScope

__all__ = ["Jobs", "Work"]

Work = Callable[[Job, UserScope], Awaitable[Outcome]]
"""Does what a job is for, within its user's scope; what it brings about in the shared store."""


@define(eq=False)
class Jobs:
    """Starts jobs that are stored, each as a task of the runtime's nursery.

    ``kinds`` says who does the work; it is complete once the runtime is put together.
    """

    core: Core
    kinds: dict[JobKind, Work] = field(factory=dict[JobKind, Work], init=False)

    def employ(self, kinds: Mapping[JobKind, Work]) -> None:
        """Say who does the work of these kinds."""
        self.kinds.update(kinds)

    def start(self, jobs: Iterable[Job]) -> None:
        """Have these jobs done; one that somebody claimed already is left to them."""
        for job in jobs:
            if job.user is not None and job.attempt <= self.core.limits.job_attempts:
                self.core.tasks.start_soon(self.run, job, job.user)

    async def run(self, job: Job, user: str) -> None:
        """The task of a job: claim it, do it, and store how it ended."""
        scope = self.core.scope(user, job.id)
        if job.attempt > 1:
            await trio.sleep(self.core.limits.backoff_seconds * 2**job.attempt)
        status, outcome = JobStatus.CANCELLED, None
        follow: tuple[Job, ...] = ()
        if not await self.core.insist(lambda: scope.shared(job_units.claim, job)):
            return
        try:
            outcome = await self.kinds[job.kind](job, scope)
            status = JobStatus.COMPLETED
        except (ModelError, StoreError):
            status = JobStatus.FAILED
        finally:
            follow = await self._end(job, scope, status, outcome)
        self.start(follow)

    async def _end(
        self, job: Job, scope: UserScope, status: JobStatus, outcome: Outcome | None
    ) -> tuple[Job, ...]:
        """Store the end of a job, cancelled or not, now or as soon as the store takes it."""

        async def end() -> tuple[Job, ...]:
            return await scope.shared(job_units.end, job, status, outcome)

        try:
            with trio.fail_after(self.core.limits.cleanup_seconds, shield=True):
                return await end()
        except (StoreError, trio.TooSlowError):
            return await self.core.insist(end)
