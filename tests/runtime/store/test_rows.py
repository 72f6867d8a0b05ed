"""Statuses in the store change by the tables, and one of two that race wins."""

import sqlite3
from collections.abc import Generator

import pytest
from attrs import evolve

from hocket.runtime.conversation import Call, Message, Role
from hocket.runtime.models.contract import Usage
from hocket.runtime.policies import Policies
from hocket.runtime.protocol.lifecycle import (
    RUN_TABLE,
    ApprovalStatus,
    RunStatus,
    StepProgress,
    legal_sources,
)
from hocket.runtime.store import rows, units
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.records import (
    Decision,
    Ending,
    PauseOutcome,
    PendingApproval,
    Step,
    StopReason,
    TurnRequest,
)
from hocket.runtime.store.schema import add_thread, add_user, create_schema


@pytest.fixture
def tx() -> Generator[Transaction]:
    """A store with one user, one thread and one accepted run."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    create_schema(connection)
    add_user(connection, "ann")
    add_thread(connection, "ann", "A")
    transaction = Transaction(connection)
    request = TurnRequest("run-1", "q1", "ann", "conn-1", None, "hello")
    units.accept(transaction, request, Policies(), 9)
    yield transaction
    connection.close()


@pytest.mark.parametrize("old", RunStatus)
@pytest.mark.parametrize("new", RunStatus)
def test_a_run_moves_along_the_table_only(tx: Transaction, old: RunStatus, new: RunStatus) -> None:
    """From every status to every other: the move is made if the table has it, and told."""
    tx.execute("UPDATE runs SET status = ?", old)
    tx.events.clear()
    legal = old in legal_sources(RUN_TABLE, new)
    assert rows.move_run(tx, "run-1", new, "test") is legal
    assert rows.run_status(tx, "run-1") is (new if legal else old)
    assert [(e["old"], e["new"], e["by"]) for e in tx.events] == ([(old, new, "test")] * legal)


@pytest.mark.parametrize("old", ApprovalStatus)
def test_only_a_pending_approval_is_decided(tx: Transaction, old: ApprovalStatus) -> None:
    """A decision on any other approval finds nothing and changes nothing."""
    _pause(tx)
    tx.execute("UPDATE approvals SET status = ?", old)
    decided = units.decide(tx, _decision(ApprovalStatus.DENIED), load=True)
    assert (decided is not None) is (old is ApprovalStatus.PENDING)
    status = rows.run_status(tx, "run-1")
    assert (status is RunStatus.RESUMING) is (old is ApprovalStatus.PENDING)


def test_a_checkpoint_is_what_the_pause_stored(tx: Transaction) -> None:
    """The decision gives back the call, what comes behind it, and the turn so far."""
    call, later = _pause(tx)
    checkpoint = units.decide(tx, _decision(ApprovalStatus.APPROVED), load=True)
    assert checkpoint is not None
    assert (checkpoint.step.index, checkpoint.call, checkpoint.deferred) == (0, call, (later,))
    assert checkpoint.own == (Message(Role.USER, "hello"), call.proposed())
    assert checkpoint.history == ()


def test_an_approval_is_consumed_once(tx: Transaction) -> None:
    """A run that is set running has used its approval up."""
    _pause(tx)
    units.decide(tx, _decision(ApprovalStatus.APPROVED), load=False)
    assert units.proceed(tx, "run-1", "a1", "exec-1")
    assert not units.proceed(tx, "run-1", "a1", "exec-2")
    assert [e["exec"] for e in tx.events if e.kind == "appr.consume"] == ["exec-1"]


def test_a_step_is_stored_once(tx: Transaction) -> None:
    """Step numbers are unique in a run."""
    _pause(tx)
    with pytest.raises(sqlite3.IntegrityError):
        rows.put_step(tx, "run-1", Step(0))


def test_the_end_of_a_run_is_made_once(tx: Transaction) -> None:
    """The first to end the run wins; the second learns the status that stands."""
    units.start(tx, "run-1", load=False)
    bye = [Message(Role.ASSISTANT, "bye")]
    completed = Ending(RunStatus.COMPLETED, StopReason.END_TURN)
    assert units.finish(tx, "run-1", completed, bye) == ()
    ended = units.end(tx, "run-1", "ann", "cancel")
    assert ended is not None
    assert (ended.won, ended.status) == (False, RunStatus.COMPLETED)
    failed = Ending(RunStatus.FAILED, StopReason.ERROR, "late")
    assert units.finish(tx, "run-1", failed, []) is None
    assert [m.content for m in rows.history(tx, "A")] == ["hello", "bye"]
    assert units.end(tx, "run-1", "ben", "cancel") is None


def test_a_step_tells_how_far_it_came(tx: Transaction) -> None:
    """What was asked, answered and used is stored once, and its progress moves on."""
    units.start(tx, "run-1", load=False)
    call = Call("c1", "x", "pay", {"sum": 3})
    reached = StepProgress.TOOLS_STARTED
    step = Step(0, (call,), reached, "a digest", "let me pay", Usage(7, 3))
    rows.put_step(tx, "run-1", step)
    stored = rows.load_step(tx, "run-1", 0)
    assert stored == evolve(step, new=False)
    rows.put_step(tx, "run-1", evolve(stored, progress=StepProgress.PERSISTED))
    completed = Ending(RunStatus.COMPLETED, StopReason.END_TURN)
    last = Step(1, progress=StepProgress.ANSWERED, reply="bye")
    assert units.finish(tx, "run-1", completed, [], last) == ()
    progress = [rows.load_step(tx, "run-1", index).progress for index in (0, 1)]
    assert progress == [StepProgress.FINISHED] * 2


def test_a_decision_is_kept_with_who_and_when(tx: Transaction) -> None:
    """For whoever asks later why a tool ran."""
    _pause(tx)
    units.decide(tx, _decision(ApprovalStatus.APPROVED), load=False)
    (row,) = tx.execute("SELECT status, decided_by, decided_at FROM approvals").fetchall()
    assert row == ("approved", "conn-2", 12.5)


def _decision(verdict: ApprovalStatus) -> Decision:
    return Decision("a1", "conn-2", "ann", verdict, 12.5)


def _pause(tx: Transaction) -> tuple[Call, Call]:
    call, later = Call("c1", "x", "pay", {"sum": 3}), Call("c2", None, "note", {})
    units.start(tx, "run-1", load=False)
    approval = PendingApproval("a1", 0, call)
    step = Step(0, (call, later))
    outcome = units.pause(tx, "run-1", step, [call.proposed()], approval, alone=True)
    assert outcome is PauseOutcome.PAUSED
    return call, later
