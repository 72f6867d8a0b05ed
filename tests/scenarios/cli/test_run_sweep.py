"""``hocket run --sweep cancel``: coverage for what is sound, a failure for what is not."""

import json

import pytest
from tests.scenarios.cli.conftest import Hocket

DELEGATED = "catalogue/cancel_a_delegated_call.hocket"


def test_the_reference_is_covered_without_a_failure(hocket: Hocket) -> None:
    """Every cancellation point of the delegated call, in the report and for machines."""
    done = hocket("run", DELEGATED, "--sweep", "cancel", "--schedules", "60")
    assert done.code == 0
    assert "(100%)" in done.out
    assert "delegation.py" in done.out
    done = hocket("run", DELEGATED, "--sweep", "cancel", "--schedules", "60", "--format", "json")
    (row,) = json.loads(done.out)["rows"]
    coverage = row["coverage"]
    assert coverage["hit"] == coverage["cancellation_points"] >= 5
    assert coverage["moved"] > 0


@pytest.mark.parametrize(
    ("mutant", "scenario"),
    [
        ("M14", "cancel_at_once"),
        ("M16", "cancel_a_delegated_call"),
        ("H11", "approve_races_cancel"),
    ],
)
def test_a_defect_of_cancellation_is_found_and_replayed(
    hocket: Hocket, mutant: str, scenario: str
) -> None:
    """Each of the planted ones, within the points of one scenario."""
    words = (f"catalogue/{scenario}.hocket", "--sweep", "cancel", "--mutant", mutant)
    done = hocket("run", *words, "--format", "json")
    assert done.code == 1
    (row,) = json.loads(done.out)["rows"]
    assert hocket("replay", row["failures"][0]["token"]).code == 1


def test_tasks_without_a_sweep_are_refused(hocket: Hocket) -> None:
    """They would be of no effect."""
    done = hocket("run", DELEGATED, "--sweep-tasks", "serve")
    assert done.code == 2
    assert "--sweep cancel" in done.err
