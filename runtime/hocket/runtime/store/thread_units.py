"""The units of work on threads: opened, closed, reset, deleted, read, and seen to be idle.

None needs the lock of the thread.  What stands in the way of closing one is a run that is live, and
that is in the store from its acceptance on: the same unit looks and closes.
"""

from attrs import evolve

from hocket.runtime.conversation import Message
from hocket.runtime.protocol.lifecycle import ApprovalStatus, RunStatus, ThreadStatus
from hocket.runtime.store import job_units, rows
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.records import Closing, Ended, Job, JobKind

__all__ = [
    "archive_thread",
    "close_thread",
    "delete_thread",
    "find_thread",
    "insert_thread",
    "live_runs",
    "prune",
    "read_history",
    "reset_thread",
    "sweep",
]


def find_thread(tx: Transaction, user: str, thread: str | None) -> tuple[str, ThreadStatus] | None:
    """A thread of the user, the main one if none is named, with its status."""
    row = tx.execute(
        "SELECT thread_id, status FROM threads WHERE user_id = ?1 AND"
        " CASE WHEN ?2 IS NULL THEN is_main ELSE thread_id = ?2 END",
        *(user, thread),
    ).fetchone()
    return None if row is None else (row[0], ThreadStatus(row[1]))


def live_runs(tx: Transaction, thread: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The runs of a thread that somebody works for, and those that wait for an approval."""
    live = tx.execute(
        f"SELECT run_id, status FROM runs WHERE thread_id = ? AND {rows.LIVE}",
        *(thread, *rows.FATES),
    ).fetchall()
    busy = tuple(run for run, status in live if status != RunStatus.AWAITING_APPROVAL)
    paused = tuple(run for run, status in live if status == RunStatus.AWAITING_APPROVAL)
    return busy, paused


def insert_thread(tx: Transaction, user: str, thread: str, now: float, by: str) -> bool:
    """Store an open thread; whether it is the user's main one, since there was none."""
    main = find_thread(tx, user, None) is None
    tx.execute(
        "INSERT INTO threads (thread_id, user_id, is_main, used_at) VALUES (?, ?, ?, ?)",
        *(thread, user, main, now),
    )
    fields = {"thread": thread, "user": user, "old": None, "new": ThreadStatus.OPEN}
    tx.happened("thread.status", **fields, main=main, by=by)
    return main


def close_thread(tx: Transaction, user: str, thread: str | None) -> Closing:
    """Close a thread that nobody works on; the runs that wait for an approval expire."""
    found = find_thread(tx, user, thread)
    vacated = _vacate(tx, user, found)
    if found is None or vacated.blockers:
        return vacated
    thread, status = found
    jobs = _close(tx, user, thread, "request") if status is ThreadStatus.OPEN else ()
    return evolve(vacated, main=_is_main(tx, thread), jobs=jobs)


def reset_thread(tx: Transaction, user: str, thread: str | None, fresh: str, now: float) -> Closing:
    """Close a thread, and open ``fresh`` in its place: main, if the old one was."""
    closing = close_thread(tx, user, thread)
    if closing.code is None and not closing.blockers:
        _step_down(tx, user, closing.thread)
        insert_thread(tx, user, fresh, now, "reset")
    return closing


def delete_thread(tx: Transaction, user: str, thread: str | None) -> Closing:
    """Delete a thread that nobody works on, with everything that was said on it."""
    found = find_thread(tx, user, thread)
    vacated = _vacate(tx, user, found)
    if found is not None and not vacated.blockers:
        _delete(tx, found[0], "request")
    return vacated


def read_history(
    tx: Transaction, user: str, thread: str | None
) -> tuple[str, tuple[Message, ...]] | None:
    """What was said on a thread of the user; ``None`` if there is none.  Creates nothing."""
    found = find_thread(tx, user, thread)
    return None if found is None else (found[0], rows.history(tx, found[0]))


def archive_thread(tx: Transaction, job: Job) -> tuple[Job, ...]:
    """Archive a thread, unless it was opened again since it was closed for this job."""
    thread, epoch = job.thread, job.last
    row = tx.execute("SELECT close_epoch FROM threads WHERE thread_id = ?", thread).fetchone()
    if thread is not None and row is not None and row[0] == epoch:
        rows.move_thread(tx, thread, ThreadStatus.ARCHIVED, "job")
    return ()


def sweep(tx: Transaction, job: str, unused_since: float) -> tuple[Job, ...]:
    """Close the open threads that nobody used since then and nobody waits for; their jobs."""
    idle = tx.execute(
        "SELECT thread_id, user_id FROM threads WHERE status = ? AND used_at < ? AND NOT EXISTS"
        f" (SELECT 1 FROM runs WHERE runs.thread_id = threads.thread_id AND {rows.LIVE})"
        " ORDER BY thread_id",
        *(ThreadStatus.OPEN, unused_since, *rows.FATES),
    ).fetchall()
    if not idle:
        return ()
    own = Job(job, None, JobKind.SWEEP)
    _begin(tx, own)
    jobs = [new for thread, user in idle for new in _close(tx, user, thread, "sweep")]
    job_units.complete(tx, own)
    return tuple(jobs)


def prune(tx: Transaction, job: str, unused_since: float) -> tuple[tuple[str, str], ...]:
    """Delete the archived threads that nobody used since then; their users and themselves."""
    old: list[tuple[str, str]] = tx.execute(
        "SELECT user_id, thread_id FROM threads WHERE status = ? AND used_at < ?"
        " ORDER BY thread_id",
        *(ThreadStatus.ARCHIVED, unused_since),
    ).fetchall()
    if not old:
        return ()
    own = Job(job, None, JobKind.PRUNE)
    _begin(tx, own)
    for _user, thread in old:
        _delete(tx, thread, "prune")
    job_units.complete(tx, own)
    return tuple(old)


def _vacate(tx: Transaction, user: str, found: tuple[str, ThreadStatus] | None) -> Closing:
    """Let the runs of a thread expire that wait for an approval, unless somebody works on it."""
    if found is None:
        return Closing(code="not_found")
    thread, _status = found
    busy, paused = live_runs(tx, thread)
    if busy:
        return Closing(thread, blockers=busy)
    return Closing(thread, expired=tuple(_expire(tx, run, user, thread) for run in paused))


def _begin(tx: Transaction, job: Job) -> None:
    job_units.schedule(tx, job)
    job_units.claim(tx, job)


def _close(tx: Transaction, user: str, thread: str, by: str) -> tuple[Job, ...]:
    rows.move_thread(tx, thread, ThreadStatus.CLOSED, by)
    (epoch,) = tx.execute("SELECT close_epoch FROM threads WHERE thread_id = ?", thread).fetchone()
    job = Job(f"close {thread} {epoch}", user, JobKind.CLOSE, thread, None, 0, epoch)
    return (job_units.schedule(tx, job),)


def _expire(tx: Transaction, run: str, user: str, thread: str) -> Ended:
    approval, tool = tx.execute(
        "SELECT approval_id, tool FROM approvals WHERE run_id = ? AND status = ?",
        *(run, ApprovalStatus.PENDING),
    ).fetchone()
    rows.move_approval(tx, approval, ApprovalStatus.EXPIRED)
    rows.move_run(tx, run, RunStatus.EXPIRED, "close")
    rows.withdraw(tx, run)
    tx.happened("appr.end", approval=approval, run=run, tool=tool, reason=ApprovalStatus.EXPIRED)
    return Ended(run, thread, user, RunStatus.EXPIRED, won=True, approval=approval)


def _step_down(tx: Transaction, user: str, thread: str) -> None:
    """Let a thread be the user's main one no longer, if it is."""
    if not _is_main(tx, thread):
        return
    (status,) = tx.execute(
        "UPDATE threads SET is_main = 0 WHERE thread_id = ? RETURNING status", thread
    ).fetchone()
    fields = {"thread": thread, "user": user, "old": status, "new": status}
    tx.happened("thread.status", **fields, main=False, by="reset")


def _is_main(tx: Transaction, thread: str) -> bool:
    row = tx.execute("SELECT is_main FROM threads WHERE thread_id = ?", thread).fetchone()
    return bool(row[0])


def _delete(tx: Transaction, thread: str, by: str) -> None:
    rows.move_thread(tx, thread, ThreadStatus.DELETED, by)
    runs = "run_id IN (SELECT run_id FROM runs WHERE thread_id = ?)"
    for table, condition in (
        *(("approvals", runs), ("steps", runs), ("messages", "thread_id = ?")),
        *(("runs", "thread_id = ?"), ("threads", "thread_id = ?")),
    ):
        tx.execute(f"DELETE FROM {table} WHERE {condition}", thread)
