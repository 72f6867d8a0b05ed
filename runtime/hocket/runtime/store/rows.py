"""The moves that units of work are made of.

A status changes only by :func:`move_run` or :func:`move_approval`, which apply the transition
tables: a change that the table does not allow from the stored status is not made, and whoever
asked for it has lost the race.  Units run one at a time, so reading before writing is safe.
"""

import json
from collections.abc import Collection, Iterable

from hocket.runtime.conversation import Call, Message, Role, canonical
from hocket.runtime.models.contract import Usage
from hocket.runtime.protocol.lifecycle import (
    APPROVAL_TABLE,
    RUN_TABLE,
    STEP_TABLE,
    THREAD_TABLE,
    ApprovalStatus,
    RunStatus,
    StepProgress,
    ThreadStatus,
    check,
    is_terminal,
    legal_sources,
)
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.records import PendingApproval, Step, TurnRequest

__all__ = [
    "FATES",
    "LIVE",
    "append",
    "finish_steps",
    "history",
    "insert_approval",
    "insert_run",
    "load_approval",
    "load_step",
    "move_approval",
    "move_run",
    "move_thread",
    "own_messages",
    "put_step",
    "run_place",
    "run_status",
    "withdraw",
]

FATES = tuple(status for status in RunStatus if is_terminal(RUN_TABLE, status))
"""The statuses in which a run is over."""

LIVE = f"status NOT IN ({', '.join('?' * len(FATES))})"
"""The condition that a run is not over; its values are :data:`FATES`."""


def insert_run(tx: Transaction, asked: TurnRequest, thread: str) -> None:
    """Store a run as accepted on ``thread``."""
    tx.execute(
        "INSERT INTO runs (run_id, thread_id, user_id, conn_id, request_id, text, tools, status)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(asked.run, thread, asked.user, asked.conn),
        *(asked.request, asked.text, asked.tools, RunStatus.ACCEPTED),
    )
    tx.happened(
        "run.status",
        run=asked.run,
        thread=thread,
        user=asked.user,
        conn=asked.conn,
        request=asked.request,
        old=None,
        new=RunStatus.ACCEPTED,
        by="request",
    )


def run_status(tx: Transaction, run: str) -> RunStatus:
    """The stored status of a run; of one that was deleted, that it was cancelled."""
    row = tx.execute("SELECT status FROM runs WHERE run_id = ?", run).fetchone()
    return RunStatus(row[0]) if row is not None else RunStatus.CANCELLED


def move_run(
    tx: Transaction,
    run: str,
    new: RunStatus,
    by: str,
    sources: Collection[RunStatus] | None = None,
) -> bool:
    """Compare-and-set the status of ``run``; whether it was made.

    ``by`` says what moves it; ``sources`` narrows what the table allows, for one who expects a
    certain status.
    """
    row = tx.execute(
        "SELECT status, thread_id, user_id, conn_id, request_id FROM runs WHERE run_id = ?", run
    ).fetchone()
    if row is None:  # deleted, and so ended before
        return False
    status, thread, user, conn, request = row
    old = RunStatus(status)
    if old not in legal_sources(RUN_TABLE, new) or (sources is not None and old not in sources):
        return False
    tx.execute("UPDATE runs SET status = ? WHERE run_id = ?", new, run)
    tx.happened(
        "run.status",
        run=run,
        thread=thread,
        user=user,
        conn=conn,
        request=request,
        old=old,
        new=new,
        by=by,
    )
    return True


def run_place(tx: Transaction, run: str) -> tuple[str, str]:
    """The thread and the user of a run that exists."""
    row: tuple[str, str] = tx.execute(
        "SELECT thread_id, user_id FROM runs WHERE run_id = ?", run
    ).fetchone()
    return row


def move_thread(tx: Transaction, thread: str, new: ThreadStatus, by: str) -> bool:
    """Compare-and-set the status of a thread; whether it was made.  An archived one is not main.

    The row of a deleted thread is the caller's to delete.
    """
    status, user, main = tx.execute(
        "SELECT status, user_id, is_main FROM threads WHERE thread_id = ?", thread
    ).fetchone()
    old = ThreadStatus(status)
    if old not in legal_sources(THREAD_TABLE, new):
        return False
    main = bool(main) and new in (ThreadStatus.OPEN, ThreadStatus.CLOSED)
    epoch = int(new is ThreadStatus.CLOSED)
    tx.execute(
        "UPDATE threads SET status = ?, is_main = ?, close_epoch = close_epoch + ?"
        " WHERE thread_id = ?",
        *(new if new is not ThreadStatus.DELETED else old, main, epoch, thread),
    )
    tx.happened("thread.status", thread=thread, user=user, old=old, new=new, main=main, by=by)
    return True


def insert_approval(tx: Transaction, run: str, approval: PendingApproval) -> None:
    """Store an approval as pending."""
    call = approval.call
    tx.execute(
        "INSERT INTO approvals (approval_id, run_id, step_index, call_id, tool, args_hash, status,"
        " expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(approval.id, run, approval.step, call.id),
        *(call.tool, call.args_hash, ApprovalStatus.PENDING, approval.expires_at),
    )
    named = {"tool": call.tool, "args_hash": call.args_hash}
    tx.happened("appr.new", approval=approval.id, run=run, call=call.id, **named)


def load_approval(tx: Transaction, approval: str) -> PendingApproval:
    """What an approval that exists was asked for."""
    run, step, wanted, expires_at = tx.execute(
        "SELECT run_id, step_index, call_id, expires_at FROM approvals WHERE approval_id = ?",
        approval,
    ).fetchone()
    call = next(call for call in load_step(tx, run, step).calls if call.id == wanted)
    return PendingApproval(approval, step, call, expires_at)


def move_approval(tx: Transaction, approval: str, new: ApprovalStatus) -> bool:
    """Compare-and-set the status of ``approval``; whether it was made."""
    sources = legal_sources(APPROVAL_TABLE, new)
    holes = ", ".join("?" * len(sources))
    moved = tx.execute(
        f"UPDATE approvals SET status = ? WHERE approval_id = ? AND status IN ({holes})",
        *(new, approval, *sources),
    )
    return moved.rowcount == 1


def put_step(tx: Transaction, run: str, step: Step) -> None:
    """Store a new step, or how far a stored one came.

    Raises :exc:`sqlite3.IntegrityError` if it is new and the run has one with that index.
    """
    if not step.new:
        tx.execute(
            "UPDATE steps SET progress = ? WHERE run_id = ? AND step_index = ?",
            *(step.progress, run, step.index),
        )
        return
    calls = [(c.id, c.model_id, c.tool, c.arguments, c.error) for c in step.calls]
    tx.execute(
        "INSERT INTO steps (run_id, step_index, calls, progress, request, reply, tokens_in,"
        " tokens_out) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(run, step.index, canonical(calls), step.progress, step.request, step.reply),
        *(step.usage.prompt, step.usage.reply),
    )


def load_step(tx: Transaction, run: str, index: int) -> Step:
    """A step that is stored."""
    calls, progress, request, reply, *tokens = tx.execute(
        "SELECT calls, progress, request, reply, tokens_in, tokens_out FROM steps"
        " WHERE run_id = ? AND step_index = ?",
        *(run, index),
    ).fetchone()
    proposed = tuple(Call(*fields) for fields in json.loads(calls))
    reached = StepProgress(progress)
    return Step(index, proposed, reached, request, reply, Usage(*tokens), new=False)


def finish_steps(tx: Transaction, run: str) -> None:
    """All steps of a run that completed are finished."""
    check(STEP_TABLE, StepProgress.PERSISTED, StepProgress.FINISHED)
    tx.execute("UPDATE steps SET progress = ? WHERE run_id = ?", StepProgress.FINISHED, run)


def append(tx: Transaction, run: str, messages: Iterable[Message], *, in_context: bool) -> int:
    """Number and store messages at the end of the run's thread; the last number given so far."""
    thread: str
    seq: int
    thread, seq = tx.execute(
        "SELECT thread_id, next_seq FROM runs JOIN threads USING (thread_id) WHERE run_id = ?", run
    ).fetchone()
    for message in messages:
        tx.execute(
            "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            *(thread, seq, run, message.role, message.content),
            *(message.call, message.tool, in_context),
        )
        said = {"role": message.role, "call": message.call, "in_context": in_context}
        tx.happened("msg.append", thread=thread, seq=seq, run=run, **said)
        seq += 1
    tx.execute("UPDATE threads SET next_seq = ? WHERE thread_id = ?", seq, thread)
    return seq - 1


def withdraw(tx: Transaction, run: str) -> None:
    """Take the messages of a run out of context; they stay as a record.

    A summary that it made stays in context: what it stands for is out.
    """
    tx.execute(
        "UPDATE messages SET in_context = 0 WHERE run_id = ? AND role != ?", run, Role.SUMMARY
    )
    thread = tx.execute("SELECT thread_id FROM runs WHERE run_id = ?", run).fetchone()
    tx.happened("msg.withdraw", thread=thread[0], run=run)


def history(tx: Transaction, thread: str) -> tuple[Message, ...]:
    """What later turns of the thread are shown: its completed turns, in order of completion, and
    a summary before them of those that came even before.

    A paused turn is no part of it, and stands behind those that completed while it was paused, so
    that the messages of one turn are never torn apart.
    """
    rows = tx.execute(
        "SELECT role, content, call_id, tool FROM messages JOIN runs USING (run_id)"
        " WHERE runs.thread_id = ?1 AND (status = ?2 OR role = ?3) AND in_context"
        " ORDER BY role != ?3, completed_seq, seq",
        *(thread, RunStatus.COMPLETED, Role.SUMMARY),
    )
    return tuple(Message(Role(role), *rest) for role, *rest in rows)


def own_messages(tx: Transaction, run: str) -> tuple[Message, ...]:
    """What the run itself has said so far."""
    rows = tx.execute(
        "SELECT role, content, call_id, tool FROM messages"
        " WHERE run_id = ? AND in_context AND role != ? ORDER BY seq",
        *(run, Role.SUMMARY),
    )
    return tuple(Message(Role(role), *rest) for role, *rest in rows)
