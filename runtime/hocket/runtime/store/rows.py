"""The moves that units of work are made of.

A status changes only by :func:`move_run` or :func:`move_approval`, which apply the transition
tables: a change that the table does not allow from the stored status is not made, and whoever
asked for it has lost the race.  Units run one at a time, so reading before writing is safe.
"""

import json
from collections.abc import Collection, Iterable

from hocket.runtime.conversation import Call, Message, Role, canonical
from hocket.runtime.protocol.lifecycle import (
    APPROVAL_TABLE,
    RUN_TABLE,
    ApprovalStatus,
    RunStatus,
    legal_sources,
)
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.records import PendingApproval, Step, TurnRequest

__all__ = [
    "append",
    "history",
    "insert_approval",
    "insert_run",
    "insert_step",
    "load_calls",
    "move_approval",
    "move_run",
    "own_messages",
    "run_status",
    "withdraw",
]


def insert_run(tx: Transaction, asked: TurnRequest, thread: str) -> None:
    """Store a run as accepted on ``thread``."""
    tx.execute(
        "INSERT INTO runs (run_id, thread_id, user_id, conn_id, request_id, text, status)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        *(asked.run, thread, asked.user, asked.conn),
        *(asked.request, asked.text, RunStatus.ACCEPTED),
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
    """The stored status of a run that exists."""
    return RunStatus(tx.execute("SELECT status FROM runs WHERE run_id = ?", run).fetchone()[0])


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
    status, thread, user, conn, request = tx.execute(
        "SELECT status, thread_id, user_id, conn_id, request_id FROM runs WHERE run_id = ?", run
    ).fetchone()
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


def insert_approval(tx: Transaction, run: str, approval: PendingApproval) -> None:
    """Store an approval as pending."""
    call = approval.call
    tx.execute(
        "INSERT INTO approvals (approval_id, run_id, step_index, call_id, tool, args_hash, status)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        *(approval.id, run, approval.step, call.id),
        *(call.tool, call.args_hash, ApprovalStatus.PENDING),
    )
    named = {"tool": call.tool, "args_hash": call.args_hash}
    tx.happened("appr.new", approval=approval.id, run=run, call=call.id, **named)


def move_approval(tx: Transaction, approval: str, new: ApprovalStatus) -> bool:
    """Compare-and-set the status of ``approval``; whether it was made."""
    sources = legal_sources(APPROVAL_TABLE, new)
    holes = ", ".join("?" * len(sources))
    moved = tx.execute(
        f"UPDATE approvals SET status = ? WHERE approval_id = ? AND status IN ({holes})",
        *(new, approval, *sources),
    )
    return moved.rowcount == 1


def insert_step(tx: Transaction, run: str, step: Step) -> None:
    """Store a step; raises :exc:`sqlite3.IntegrityError` if the run has one with that index."""
    calls = [(c.id, c.model_id, c.tool, c.arguments) for c in step.calls]
    tx.execute("INSERT INTO steps VALUES (?, ?, ?)", run, step.index, canonical(calls))


def load_calls(tx: Transaction, run: str, step: int) -> tuple[Call, ...]:
    """The calls that a stored step proposed."""
    (calls,) = tx.execute(
        "SELECT calls FROM steps WHERE run_id = ? AND step_index = ?", run, step
    ).fetchone()
    return tuple(Call(*fields) for fields in json.loads(calls))


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
        said = {"role": message.role, "call": message.call}
        tx.happened("msg.append", thread=thread, seq=seq, run=run, **said)
        seq += 1
    tx.execute("UPDATE threads SET next_seq = ? WHERE thread_id = ?", seq, thread)
    return seq - 1


def withdraw(tx: Transaction, run: str) -> None:
    """Take the messages of a run out of context; they stay as a record."""
    tx.execute("UPDATE messages SET in_context = 0 WHERE run_id = ?", run)


def history(tx: Transaction, thread: str) -> tuple[Message, ...]:
    """What later turns of the thread are shown: its completed turns, in order of completion.

    A paused turn is no part of it, and stands behind those that completed while it was paused, so
    that the messages of one turn are never torn apart.
    """
    rows = tx.execute(
        "SELECT role, content, call_id, tool FROM messages JOIN runs USING (run_id)"
        " WHERE runs.thread_id = ? AND status = ? AND in_context"
        " ORDER BY completed_seq, seq",
        *(thread, RunStatus.COMPLETED),
    )
    return tuple(Message(Role(role), *rest) for role, *rest in rows)


def own_messages(tx: Transaction, run: str) -> tuple[Message, ...]:
    """What the run itself has said so far."""
    rows = tx.execute(
        "SELECT role, content, call_id, tool FROM messages"
        " WHERE run_id = ? AND in_context ORDER BY seq",
        run,
    )
    return tuple(Message(Role(role), *rest) for role, *rest in rows)
