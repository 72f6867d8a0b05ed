"""The unit of work with which a process begins: what an earlier one left is made sense of."""

from collections.abc import Iterable

from hocket.runtime.protocol.lifecycle import ApprovalStatus, RunStatus
from hocket.runtime.store import job_units, rows
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.records import Recovery, StopReason, Survivor

__all__ = ["recover"]


def recover(tx: Transaction, users: Iterable[str]) -> Recovery:
    """Make the store fit for a new process: what nobody works for any more has failed.

    ``users`` are added if they are new.
    """
    for user in users:
        tx.execute("INSERT INTO users VALUES (?) ON CONFLICT DO NOTHING", user)
    lost = tx.execute(
        f"SELECT run_id FROM runs WHERE {rows.LIVE} AND status != ? ORDER BY run_id",
        *(*rows.FATES, RunStatus.AWAITING_APPROVAL),
    ).fetchall()
    for (run,) in lost:
        rows.move_run(tx, run, RunStatus.FAILED, "restart")
        rows.withdraw(tx, run)
        tx.execute(
            "UPDATE runs SET stop_reason = ?, error = 'restart' WHERE run_id = ?",
            *(StopReason.ERROR, run),
        )
    waiting = tx.execute(
        "SELECT approval_id, run_id, user_id, thread_id, conn_id, request_id, tools"
        " FROM runs JOIN approvals USING (run_id) WHERE approvals.status = ? ORDER BY run_id",
        ApprovalStatus.PENDING,
    ).fetchall()
    survivors = (Survivor(rows.load_approval(tx, approval), *run) for approval, *run in waiting)
    return Recovery(tuple(survivors), job_units.unfinished(tx))
