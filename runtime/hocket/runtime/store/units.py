"""Every unit of work of the runtime.

Each is a plain function of a transaction, committed whole or not at all by
:meth:`~hocket.runtime.store.database.Store.run`.  Those that move a run or an approval say whether
they won: at most one of several that race for the end of a run does, and only the winner may tell
anybody of it.
"""

from collections.abc import Iterable

from hocket.runtime.conversation import Message, Role
from hocket.runtime.policies import PendingApprovalPolicy, Policies, SecondTurnPolicy
from hocket.runtime.protocol.lifecycle import (
    ApprovalStatus,
    RunStatus,
    ThreadStatus,
)
from hocket.runtime.store import job_units, rows, thread_units
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.records import (
    Acceptance,
    Checkpoint,
    Decision,
    Ended,
    Ending,
    Job,
    JobKind,
    Opening,
    OpenWork,
    PauseOutcome,
    PendingApproval,
    Step,
    TurnRequest,
)

__all__ = [
    "accept",
    "compact",
    "decide",
    "end",
    "expire",
    "finish",
    "knows_approval",
    "open_work",
    "pause",
    "proceed",
    "save_step",
    "start",
]

_PENDING = (
    "SELECT 1 FROM runs AS own JOIN runs AS other USING (thread_id)"
    " JOIN approvals ON approvals.run_id = other.run_id"
    " WHERE own.run_id = ? AND approvals.status = ?"
)


def accept(tx: Transaction, request: TurnRequest, policies: Policies, turns_max: int) -> Acceptance:
    """Store the run as accepted, unless the thread or the policies stand against it."""
    found = thread_units.find_thread(tx, request.user, request.thread)
    if found is None and request.thread is None:
        thread_units.insert_thread(tx, request.user, request.fresh, request.now, "turn")
        found = request.fresh, ThreadStatus.OPEN
    if found is None:
        return Acceptance(code="not_found")
    thread, status = found
    busy, paused = thread_units.live_runs(tx, thread)
    if busy and policies.second_turn is not SecondTurnPolicy.ENQUEUE:
        yields = policies.second_turn is SecondTurnPolicy.INTERRUPT
        return Acceptance(code="busy", blockers=busy if yields else ())
    if paused and policies.pending_approval is not PendingApprovalPolicy.ALLOW:
        yields = policies.pending_approval is PendingApprovalPolicy.VOID_APPROVAL
        return Acceptance(code="approval_pending", blockers=paused if yields else ())
    if len(busy) >= turns_max:
        return Acceptance(code="limit")
    if status is not ThreadStatus.OPEN:
        rows.move_thread(tx, thread, ThreadStatus.OPEN, "turn")
    tx.execute("UPDATE threads SET used_at = ? WHERE thread_id = ?", request.now, thread)
    rows.insert_run(tx, request, thread)
    return Acceptance(thread)


def start(tx: Transaction, run: str, *, load: bool) -> Opening | None:
    """Set an accepted run running and store its user's message; ``None`` if it is over already.

    With ``load`` the opening has the thread's history.
    """
    if not rows.move_run(tx, run, RunStatus.RUNNING, "turn", {RunStatus.ACCEPTED}):
        return None
    thread, text = tx.execute("SELECT thread_id, text FROM runs WHERE run_id = ?", run).fetchone()
    past = rows.history(tx, thread) if load else None
    message = Message(Role.USER, text)
    rows.append(tx, run, (message,), in_context=True)
    return Opening(message, past)


def save_step(tx: Transaction, run: str, step: Step, messages: Iterable[Message]) -> bool:
    """Store a step with messages of it; whether the run was still running."""
    if rows.run_status(tx, run) is not RunStatus.RUNNING:
        return False
    rows.put_step(tx, run, step)
    rows.append(tx, run, messages, in_context=True)
    return True


def pause(
    tx: Transaction,
    run: str,
    step: Step,
    messages: Iterable[Message],
    approval: PendingApproval,
    *,
    alone: bool,
) -> PauseOutcome:
    """Store what the segment said, ask for the approval, and let the run wait for it.

    With ``alone`` only if no other approval is pending on the thread.
    """
    if alone and tx.execute(_PENDING, run, ApprovalStatus.PENDING).fetchone() is not None:
        return PauseOutcome.TAKEN
    if not rows.move_run(tx, run, RunStatus.AWAITING_APPROVAL, "turn"):
        return PauseOutcome.OVER
    rows.put_step(tx, run, step)
    rows.append(tx, run, messages, in_context=True)
    rows.insert_approval(tx, run, approval)
    return PauseOutcome.PAUSED


def finish(
    tx: Transaction,
    run: str,
    ending: Ending,
    messages: Iterable[Message],
    step: Step | None = None,
) -> tuple[Job, ...] | None:
    """End a run as completed or failed; a failed one leaves nothing in context.

    ``step`` is the one that it ends with.  The jobs that follow; ``None`` if it was over already.
    """
    if not rows.move_run(tx, run, ending.status, "turn"):
        return None
    completed = ending.status is RunStatus.COMPLETED
    last = rows.append(tx, run, messages, in_context=completed)
    if step is not None:
        rows.put_step(tx, run, step)
    if completed:
        rows.finish_steps(tx, run)
    else:
        rows.withdraw(tx, run)
    usage = ending.usage
    tx.execute(
        "UPDATE runs SET completed_seq = ?, stop_reason = ?, error = ?, tokens_in = ?,"
        " tokens_out = ? WHERE run_id = ?",
        *(last if completed else None, ending.reason, ending.error, usage.prompt, usage.reply, run),
    )
    if not completed or ending.job is None:
        return ()
    thread, user = rows.run_place(tx, run)
    tx.execute("UPDATE threads SET used_at = ? WHERE thread_id = ?", ending.now, thread)
    learn = job_units.schedule(tx, Job(ending.job, user, JobKind.EXTRACTION, thread, run))
    return (learn, *job_units.claim_episode(tx, user, thread, ending.episode_turns, run))


def compact(tx: Transaction, run: str, summary: str) -> bool:
    """Let a summary stand for all completed turns of the run's thread; whether it still runs."""
    if rows.run_status(tx, run) is not RunStatus.RUNNING:
        return False
    thread, _user = rows.run_place(tx, run)
    tx.execute(
        "UPDATE messages SET in_context = 0 WHERE thread_id = ?1 AND in_context AND (role = ?2"
        " OR run_id IN (SELECT run_id FROM runs WHERE thread_id = ?1 AND status = ?3))",
        *(thread, Role.SUMMARY, RunStatus.COMPLETED),
    )
    rows.append(tx, run, (Message(Role.SUMMARY, summary),), in_context=True)
    return True


def end(
    tx: Transaction,
    run: str,
    user: str,
    by: str,
    unsaved: Iterable[Message] = (),
    step: Step | None = None,
) -> Ended | None:
    """Cancel a run of ``user``, with an approval that pends; ``None`` if there is no such run.

    ``unsaved`` is what its turn had not stored yet, and ``step`` where it was.  They are kept as a
    record, whoever won.
    """
    row = tx.execute(
        "SELECT thread_id FROM runs WHERE run_id = ? AND user_id = ?", run, user
    ).fetchone()
    if row is None:
        return None
    won = rows.move_run(tx, run, RunStatus.CANCELLED, by)
    approval = _close_approval(tx, run, ApprovalStatus.CANCELLED) if won else None
    rows.append(tx, run, unsaved, in_context=False)
    if step is not None:
        rows.put_step(tx, run, step)
    if won:
        rows.withdraw(tx, run)
    return Ended(run, row[0], user, rows.run_status(tx, run), won, approval)


def decide(tx: Transaction, decision: Decision, *, load: bool) -> Checkpoint | None:
    """Decide a pending approval and let its run resume; ``None`` if it did not pend any more.

    With ``load`` the checkpoint has the thread's history.
    """
    approval = decision.approval
    if not rows.move_approval(tx, approval, decision.verdict):
        return None
    run, thread, index, call, tool, args_hash = tx.execute(
        "SELECT run_id, thread_id, step_index, call_id, tool, args_hash"
        " FROM approvals JOIN runs USING (run_id) WHERE approval_id = ?",
        approval,
    ).fetchone()
    tx.execute(
        "UPDATE approvals SET decided_by = ?, decided_at = ? WHERE approval_id = ?",
        *(decision.conn, decision.at, approval),
    )
    who = {"conn": decision.conn, "user": decision.user, "tool": tool}
    verdict = {"verdict": decision.verdict, "args_hash": args_hash}
    tx.happened("appr.decide", approval=approval, run=run, **who, **verdict)
    rows.move_run(tx, run, RunStatus.RESUMING, "decision")
    step = rows.load_step(tx, run, index)
    place = next(i for i, proposed in enumerate(step.calls) if proposed.id == call)
    past = rows.history(tx, thread) if load else None
    own = rows.own_messages(tx, run)
    return Checkpoint(step, step.calls[place], step.calls[place + 1 :], own, past)


def proceed(tx: Transaction, run: str, approval: str | None, execution: str | None) -> bool:
    """Set a resuming run running; an approval given is consumed by the one ``execution``."""
    if not rows.move_run(tx, run, RunStatus.RUNNING, "turn", {RunStatus.RESUMING}):
        return False
    return approval is None or _consume(tx, run, approval, execution)


def expire(tx: Transaction, approval: str) -> Ended | None:
    """End a run whose approval nobody decided; ``None`` if somebody did."""
    if not rows.move_approval(tx, approval, ApprovalStatus.EXPIRED):
        return None
    run, thread, user, tool = tx.execute(
        "SELECT run_id, thread_id, user_id, tool FROM approvals JOIN runs USING (run_id)"
        " WHERE approval_id = ?",
        approval,
    ).fetchone()
    rows.move_run(tx, run, RunStatus.EXPIRED, "timer")
    rows.withdraw(tx, run)
    tx.happened("appr.end", approval=approval, run=run, tool=tool, reason=ApprovalStatus.EXPIRED)
    return Ended(run, thread, user, RunStatus.EXPIRED, won=True, approval=approval)


def knows_approval(tx: Transaction, approval: str, user: str) -> bool:
    """Whether ``user`` was ever asked for this approval."""
    row = tx.execute(
        "SELECT 1 FROM approvals JOIN runs USING (run_id) WHERE approval_id = ? AND user_id = ?",
        *(approval, user),
    ).fetchone()
    return row is not None


def open_work(tx: Transaction) -> OpenWork:
    """The runs and approvals that are not over, by id."""
    runs = tx.execute(
        f"SELECT run_id, status FROM runs WHERE {rows.LIVE} ORDER BY run_id", *rows.FATES
    )
    approvals = tx.execute(
        "SELECT approval_id FROM approvals WHERE status = ? ORDER BY approval_id",
        ApprovalStatus.PENDING,
    )
    return OpenWork(tuple(runs.fetchall()), tuple(row[0] for row in approvals))


def _close_approval(tx: Transaction, run: str, status: ApprovalStatus) -> str | None:
    row = tx.execute(
        "SELECT approval_id, tool FROM approvals WHERE run_id = ? AND status = ?",
        *(run, ApprovalStatus.PENDING),
    ).fetchone()
    if row is None:
        return None
    approval, tool = row
    rows.move_approval(tx, approval, status)
    tx.happened("appr.end", approval=approval, run=run, tool=tool, reason=status)
    return str(approval)


def _consume(tx: Transaction, run: str, approval: str, execution: str | None) -> bool:
    consumed = rows.move_approval(tx, approval, ApprovalStatus.CONSUMED)
    if consumed:
        tx.happened("appr.consume", approval=approval, run=run, exec=execution)
    return consumed
