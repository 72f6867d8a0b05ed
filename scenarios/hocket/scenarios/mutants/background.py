"""Planted defects of the background: for whom it works, when, and how often."""

from functools import partial

import trio
from attrs import define, evolve, field

from hocket.runtime.jobs.closing import Closing
from hocket.runtime.jobs.learning import Learning
from hocket.runtime.jobs.recovery import Recovery
from hocket.runtime.memory import Memory
from hocket.runtime.protocol.lifecycle import JobStatus, ThreadStatus
from hocket.runtime.store import job_units, personal_units, rows, thread_units
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.job_units import Outcome
from hocket.runtime.store.records import Job, JobKind
from hocket.runtime.store.store import UserScope

__all__ = [
    "ArchivedRegardless",
    "BlockWrittenOver",
    "EpisodeUnclaimed",
    "FinishedAgain",
    "MemoryOfEverybody",
    "NoRecovery",
    "PromotionAbandoned",
    "PromotionSkipped",
    "StoreOfEverybody",
    "SweepRegardless",
]

Ops = tuple[tuple[int, str], ...]


class StoreOfEverybody(Learning):
    """What is learned goes to one store for all users."""

    async def apply(self, job: Job, scope: UserScope, ops: Ops) -> tuple[int, str]:
        return await super().apply(job, self.core.scope("everybody", job.id), ops)


class PromotionAbandoned(Learning):
    """A promotion ends while its body is still at work."""

    async def apply(self, job: Job, scope: UserScope, ops: Ops) -> tuple[int, str]:
        self.core.tasks.start_soon(super().apply, job, scope, ops)
        return 0, ""


class EpisodeUnclaimed(Learning):
    """An episode tells of all turns of its thread, those in earlier episodes too."""

    async def tell_episode(self, job: Job, scope: UserScope) -> Outcome:
        return await super().tell_episode(evolve(job, first=0), scope)


class BlockWrittenOver(Learning):
    """A block is read, thought about, and written over what has come meanwhile."""

    async def apply(self, job: Job, scope: UserScope, ops: Ops) -> tuple[int, str]:
        version, text = await scope.own(personal_units.read_block)
        await trio.sleep(1)
        return await scope.own(_write_over, job, ops, version, text)


def _write_over(tx: Transaction, job: Job, ops: Ops, version: int, text: str) -> tuple[int, str]:
    tx.execute("UPDATE blocks SET text = ?, version = version + 1", text)
    assert version >= 0
    return personal_units.add_items(tx, job, ops)


class SweepRegardless(Closing):
    """The sweep closes idle threads whoever waits for something there."""

    def sweep(self, tx: Transaction, job: str, unused_since: float) -> tuple[Job, ...]:
        idle = tx.execute(
            "SELECT thread_id FROM threads WHERE status = ? AND used_at < ? ORDER BY thread_id",
            *(ThreadStatus.OPEN, unused_since),
        ).fetchall()
        for (thread,) in idle:
            rows.move_thread(tx, thread, ThreadStatus.CLOSED, "sweep")
        return ()


class FinishedAgain(Closing):
    """The sweep has threads finished again that were closed before."""

    def sweep(self, tx: Transaction, job: str, unused_since: float) -> tuple[Job, ...]:
        closed = tx.execute(
            "SELECT thread_id, user_id, close_epoch FROM threads WHERE close_epoch > 0"
        ).fetchall()
        again = [
            Job(f"{job}: {thread}", user, JobKind.CLOSE, thread, None, 0, epoch)
            for thread, user, epoch in closed
        ]
        schedule = partial(job_units.schedule, tx)
        return (*thread_units.sweep(tx, job, unused_since), *map(schedule, again))


class NoRecovery(Recovery):
    """A new process leaves what it finds as it is."""

    async def recover(self) -> None:
        self.core.say("proc.start")


@define(eq=False)
class MemoryOfEverybody(Memory):
    """A turn is shown what was last remembered, whoever it is about."""

    _last: str = field(default="", init=False)

    async def recall(self, scope: UserScope) -> str:
        own = await super().recall(scope)
        return self._last or own

    def learn(self, user: str, block: tuple[int, str]) -> None:
        super().learn(user, block)
        self._last = block[1]


class PromotionSkipped(Learning):
    """A promotion takes a while, and what is learned meanwhile is left to it, though it has looked
    already.
    """

    async def apply(self, job: Job, scope: UserScope, ops: Ops) -> tuple[int, str]:
        await trio.sleep(1)
        return await super().apply(job, scope, ops)

    async def extract(self, job: Job, scope: UserScope) -> Outcome:
        return partial(_unless_running, job=job, queue=await super().extract(job, scope))


def _unless_running(tx: Transaction, job: Job, queue: Outcome) -> tuple[Job, ...]:
    follow = queue(tx)
    promotions = "FROM jobs WHERE user_id = ? AND kind = ? AND status = ?"
    of_user = (job.user, JobKind.PROMOTION)
    if tx.execute(f"SELECT 1 {promotions}", *of_user, JobStatus.RUNNING).fetchone() is None:
        return follow
    tx.execute(f"DELETE {promotions}", *of_user, JobStatus.PENDING)
    return ()


class ArchivedRegardless(Closing):
    """A closed thread is archived even if it was opened again meanwhile."""

    async def finish(self, job: Job, scope: UserScope) -> Outcome:
        return partial(_archive_anyway, job=job, outcome=await super().finish(job, scope))


def _archive_anyway(tx: Transaction, job: Job, outcome: Outcome) -> tuple[Job, ...]:
    tx.execute(
        "UPDATE threads SET status = ?, close_epoch = ? WHERE thread_id = ?",
        *(ThreadStatus.CLOSED, job.last, job.thread),
    )
    return outcome(tx)
