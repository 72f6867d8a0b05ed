"""A server that is killed under load loses nothing that it told; ``make crash-test`` is longer."""

import sqlite3
from pathlib import Path

import pytest
from tests.crash.ledger import Ledger, unsettled, violations
from tests.crash.run_crashes import Campaign

from hocket.runtime.protocol.frames import (
    ApprovalRequest,
    RunStarted,
    TurnCompleted,
    TurnPaused,
)
from hocket.runtime.store.schema import create_schema

KILLS = 3


@pytest.mark.xdist_group("crash")
def test_nothing_is_lost_when_a_server_is_killed(tmp_path: Path) -> None:
    """And nothing is done twice; each run is over, or waits for an approval that can be given."""
    campaign = Campaign(tmp_path, seed=3)
    campaign.run(KILLS)
    assert campaign.problems == []
    assert campaign.kills == KILLS
    assert campaign.ledger.heard > KILLS


def _stored(path: Path) -> sqlite3.Connection:
    """A store with a run that was answered, and one that waits for an approval."""
    rows = sqlite3.connect(path)
    create_schema(rows)
    rows.executescript(
        """
        INSERT INTO users VALUES ('ann');
        INSERT INTO threads (thread_id, user_id, is_main) VALUES ('A', 'ann', 1);
        INSERT INTO runs (run_id, thread_id, user_id, conn_id, request_id, text, status) VALUES
            ('r1', 'A', 'ann', 'c', 'q1', 'hello', 'completed'),
            ('r2', 'A', 'ann', 'c', 'q2', 'pay', 'awaiting_approval');
        INSERT INTO messages (thread_id, seq, run_id, role, content, in_context) VALUES
            ('A', 1, 'r1', 'user', 'hello', 1), ('A', 2, 'r1', 'assistant', 'good day', 1);
        INSERT INTO approvals (approval_id, run_id, step_index, call_id, tool, args_hash, status)
            VALUES ('a1', 'r2', 0, 'c1', 'pay', 'h', 'pending');
        """
    )
    return rows


def _told() -> Ledger:
    """A ledger of what this store's clients were told."""
    ledger = Ledger(asked={"q1": "hello", "q2": "pay"})
    approval = ApprovalRequest("a1", "c1", "pay", {}, 60.0)
    for frame in (
        RunStarted("r1", "A", "q1"),
        TurnCompleted("r1", "A", "good day"),
        RunStarted("r2", "A", "q2"),
        TurnPaused("r2", "A", approval),
    ):
        ledger.told(frame)
    return ledger


def test_a_store_that_knows_what_was_told_is_well(tmp_path: Path) -> None:
    """Nothing is wrong with it."""
    _stored(tmp_path / "db").close()
    assert violations(_told(), tmp_path / "db", ["x", "y"]) == []
    assert unsettled(tmp_path / "db") == []


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        ("DELETE FROM messages; DELETE FROM runs WHERE run_id = 'r1'", "was accepted"),
        ("UPDATE runs SET status = 'failed' WHERE run_id = 'r1'", "told to be completed"),
        ("DELETE FROM messages WHERE role = 'assistant'", "the reply of r1"),
        ("DELETE FROM messages WHERE role = 'user'", "what the user said in r1"),
        ("DELETE FROM approvals", "a1 of r2 was asked for"),
    ],
)
def test_what_is_lost_is_told(tmp_path: Path, damage: str, why: str) -> None:
    """Each kind of loss, planted."""
    with _stored(tmp_path / "db") as rows:
        rows.executescript(damage)
    rows.close()
    assert any(why in problem for problem in violations(_told(), tmp_path / "db", []))


def test_an_effect_that_came_twice_is_told(tmp_path: Path) -> None:
    """Once at the server and once at a client counts as twice."""
    _stored(tmp_path / "db").close()
    ledger = _told()
    ledger.effects.append("pay of c1 in r2")
    (problem,) = violations(ledger, tmp_path / "db", ["pay of c1 in r2"])
    assert problem == "pay of c1 in r2 was done 2 times"


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE runs SET status = 'running' WHERE run_id = 'r1'",
        "UPDATE approvals SET status = 'denied'",
        "UPDATE runs SET status = 'failed' WHERE run_id = 'r2'",
    ],
)
def test_a_run_that_nobody_can_end_is_told(tmp_path: Path, damage: str) -> None:
    """One that nobody works for, one that waits for nothing, one over whose approval pends."""
    with _stored(tmp_path / "db") as rows:
        rows.executescript(damage)
    rows.close()
    assert len(unsettled(tmp_path / "db")) == 1
