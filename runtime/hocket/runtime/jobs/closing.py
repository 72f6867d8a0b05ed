"""What becomes of threads that are closed: a transcript, what is still to learn, the archive."""

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
            swept = await self.core.unit(self.sweep, f"sweep {now:.3f}", now - limits.idle_seconds)
            self.jobs.start(swept)
            if now - pruned_at < limits.prune_seconds:
                continue
            pruned_at = now
            pruned = await self.core.unit(
                thread_units.prune, f"prune {now:.3f}", now - limits.archive_seconds
            )
            for user, thread in pruned:
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
