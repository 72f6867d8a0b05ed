"""The units of work of background jobs.

A job is scheduled in the unit that gives cause for it, claimed by compare-and-set before it works,
and ended in the unit that stores what it brought about: a crash between two of these loses nothing
and does nothing twice.  Promotions of one user exclude each other: at most one is running, and at
most one more is pending, which stands for everything that came up meanwhile.
"""

from collections.abc import Callable, Iterable

from attrs import evolve

from hocket.runtime.protocol.lifecycle import JOB_TABLE, JobStatus, RunStatus, legal_sources
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.records import Job, JobKind

__all__ = [
    "Outcome",
    "applied_ops",
    "claim",
    "claim_episode",
    "complete",
    "end",
    "pending_ops",
    "queue_ops",
    "schedule",
    "schedule_promotion",
    "unfinished",
]

Outcome = Callable[[Transaction], tuple[Job, ...]]
"""What a job brings about in the shared store; the jobs that follow from it."""

_COLUMNS = "job_id, user_id, kind, thread_id, run_id, first, last, attempt"


def schedule(tx: Transaction, job: Job) -> Job:
    """Store a job as pending."""
    tx.execute(
        f"INSERT INTO jobs ({_COLUMNS}, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(job.id, job.user, job.kind, job.thread, job.run),
        *(job.first, job.last, job.attempt, JobStatus.PENDING),
    )
    fields = {"job": job.id, "user": job.user, "work": job.kind}
    tx.happened("job.sched", **fields, run=job.run, thread=job.thread)
    return job


def claim(tx: Transaction, job: Job) -> bool:
    """Begin a job; not if somebody did, nor beside another promotion for the same user."""
    promotes = job.kind is JobKind.PROMOTION
    if promotes and _of_user(tx, job.user, JobKind.PROMOTION, JobStatus.RUNNING):
        return False
    claimed = _move(tx, job.id, JobStatus.RUNNING)
    if claimed:
        tx.happened("job.start", job=job.id, user=job.user, work=job.kind)
    return claimed


def end(tx: Transaction, job: Job, status: JobStatus, outcome: Outcome | None) -> tuple[Job, ...]:
    """End a running job, with its outcome if it is completed; the jobs to be started then.

    One that was cancelled or failed is scheduled again, for this process or the next.
    """
    if not _move(tx, job.id, status):
        return ()
    follow = outcome(tx) if outcome is not None else ()
    tx.happened("job.end", job=job.id, user=job.user, work=job.kind, status=status)
    if status is not JobStatus.COMPLETED:
        follow = (*follow, *_again(tx, job))
    if job.kind is JobKind.PROMOTION:
        follow = (*follow, *_of_user(tx, job.user, JobKind.PROMOTION, JobStatus.PENDING))
    return follow


def complete(tx: Transaction, job: Job) -> None:
    """End a job that did its work in this very unit."""
    _move(tx, job.id, JobStatus.COMPLETED)
    fields = {"job": job.id, "user": job.user, "work": job.kind}
    tx.happened("job.end", **fields, status=JobStatus.COMPLETED)


def schedule_promotion(tx: Transaction, user: str, cause: str) -> tuple[Job, ...]:
    """See to it that a promotion begins after now: one that is pending will do."""
    if _of_user(tx, user, JobKind.PROMOTION, JobStatus.PENDING):
        return ()
    return (schedule(tx, Job(f"promotion after {cause}", user, JobKind.PROMOTION)),)


def claim_episode(
    tx: Transaction, user: str, thread: str, turns_min: int, cause: str
) -> tuple[Job, ...]:
    """Claim the completed turns of a thread that are in no episode yet, if they are enough."""
    runs, first, last = tx.execute(
        "SELECT count(*), episode_seq, max(completed_seq) FROM runs JOIN threads USING (thread_id)"
        " WHERE thread_id = ? AND runs.status = ? AND completed_seq > episode_seq",
        *(thread, RunStatus.COMPLETED),
    ).fetchone()
    if runs < turns_min:
        return ()
    tx.execute("UPDATE threads SET episode_seq = ? WHERE thread_id = ?", last, thread)
    job = Job(f"episode after {cause}", user, JobKind.EPISODE, thread, None, first, last)
    return (schedule(tx, job),)


def queue_ops(tx: Transaction, job: Job, texts: Iterable[str]) -> tuple[Job, ...]:
    """Store what was learned from a run, to be promoted; what was learned before is not twice."""
    assert job.user is not None
    for text in texts:
        stored = tx.execute(
            "INSERT INTO memory_ops (user_id, run_id, text, status) SELECT ?, ?, ?, 'pending'"
            " WHERE NOT EXISTS (SELECT 1 FROM memory_ops WHERE user_id = ? AND text = ?)"
            " RETURNING op_id",
            *(job.user, job.run, text, job.user, text),
        ).fetchone()
        if stored is not None:
            tx.happened("memory.queue", user=job.user, op=stored[0], run=job.run)
    if not pending_ops(tx, job.user):
        return ()
    return schedule_promotion(tx, job.user, job.id)


def pending_ops(tx: Transaction, user: str) -> tuple[tuple[int, str], ...]:
    """What waits to be promoted for a user, oldest first: number and text."""
    rows = tx.execute(
        "SELECT op_id, text FROM memory_ops WHERE user_id = ? AND status = 'pending'"
        " ORDER BY op_id",
        user,
    )
    return tuple(rows.fetchall())


def applied_ops(tx: Transaction, ops: Iterable[tuple[int, str]]) -> tuple[Job, ...]:
    """Note that these were promoted."""
    for op, _text in ops:
        tx.execute("UPDATE memory_ops SET status = 'consolidated' WHERE op_id = ?", op)
    return ()


def unfinished(tx: Transaction) -> tuple[Job, ...]:
    """Jobs that nobody works for at the start of a process; those that were running are failed,
    and scheduled again.
    """
    for job in _select(tx, "status = ?", JobStatus.RUNNING):
        _move(tx, job.id, JobStatus.FAILED)
        fields = {"job": job.id, "user": job.user, "work": job.kind}
        tx.happened("job.end", **fields, status=JobStatus.FAILED)
        _again(tx, job)
    return _select(tx, "status = ?", JobStatus.PENDING)


def _again(tx: Transaction, job: Job) -> tuple[Job, ...]:
    if job.kind is JobKind.PROMOTION and job.user is not None:
        return schedule_promotion(tx, job.user, f"{job.id} again")
    first = job.id.partition(" #")[0]
    again = evolve(job, id=f"{first} #{job.attempt + 1}", attempt=job.attempt + 1)
    return (schedule(tx, again),)


def _move(tx: Transaction, job: str, new: JobStatus) -> bool:
    sources = legal_sources(JOB_TABLE, new)
    holes = ", ".join("?" * len(sources))
    moved = tx.execute(
        f"UPDATE jobs SET status = ? WHERE job_id = ? AND status IN ({holes})", new, job, *sources
    )
    return moved.rowcount == 1


def _of_user(
    tx: Transaction, user: str | None, kind: JobKind, status: JobStatus
) -> tuple[Job, ...]:
    return _select(tx, "user_id = ? AND kind = ? AND status = ?", user, kind, status)


def _select(tx: Transaction, condition: str, *values: object) -> tuple[Job, ...]:
    rows = tx.execute(f"SELECT {_COLUMNS} FROM jobs WHERE {condition} ORDER BY job_id", *values)
    return tuple(
        Job(job, user, JobKind(kind), thread, run, first, last, attempt)
        for job, user, kind, thread, run, first, last, attempt in rows.fetchall()
    )
