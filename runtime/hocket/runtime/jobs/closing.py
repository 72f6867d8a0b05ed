"""What becomes of threads that are closed: a transcript, what is still to learn, the archive."""

from contextlib import suppress
from functools import partial

import trio
from attrs import define

from hocket.runtime.core import Core
from hocket.runtime.history import HistoryCache
from hocket.runtime.jobs.board import Jobs
from hocket.runtime.policies import MemoryPolicy
from hocket.runtime.prompts import templates
from hocket.runtime.store import job_units, personal_units, rows, thread_units
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.errors import StoreError
from hocket.runtime.store.job_units import Outcome
from hocket.runtime.store.records import Job
from hocket.runtime.store.store import UserScope

__all__ = ["Closing"]


@define(eq=False)
class Closing:
    """Finishes closed threads, and closes those that nobody uses."""

    core: Core
    history: HistoryCache
    jobs: Jobs

    async def finish(self, job: Job, scope: UserScope) -> Outcome:
        """Keep what was said on a closed thread, and archive it unless it was opened again."""
        said = await scope.shared(rows.history, job.thread or "")
        await scope.own(personal_units.keep_transcript, job, templates.transcript(said))
        learns = self.core.policies.memory is MemoryPolicy.LEARN
        return partial(_archive, job=job, learns=learns)

    async def keep_house(self) -> None:
        """Look after idle threads for as long as the runtime is open."""
        limits, pruned_at = self.core.limits, self.core.clock()
        while True:
            await trio.sleep(limits.sweep_seconds)
            now = self.core.clock()
            with suppress(StoreError):  # the next round does what this one could not
                await self._close_idle(now)
                if now - pruned_at >= limits.prune_seconds:
                    await self._prune(now)
                    pruned_at = now

    async def _close_idle(self, now: float) -> None:
        unused_since = now - self.core.limits.idle_seconds
        self.jobs.start(await self.core.unit(self.sweep, f"sweep {now:.3f}", unused_since))

    async def _prune(self, now: float) -> None:
        unused_since = now - self.core.limits.archive_seconds
        unit = thread_units.prune
        for user, thread in await self.core.unit(unit, f"prune {now:.3f}", unused_since):
            self.history.forget(user, thread)

    def sweep(self, tx: Transaction, job: str, unused_since: float) -> tuple[Job, ...]:
        """The unit that closes idle threads."""
        return thread_units.sweep(tx, job, unused_since)


def _archive(tx: Transaction, job: Job, *, learns: bool) -> tuple[Job, ...]:
    thread_units.archive_thread(tx, job)
    if not learns or job.user is None or job.thread is None:
        return ()
    episodes = job_units.claim_episode(tx, job.user, job.thread, 1, job.id)
    return (*episodes, *job_units.schedule_promotion(tx, job.user, job.id))
