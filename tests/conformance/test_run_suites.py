"""How the outcomes of a suite under both models are counted."""

import pytest
from tests.conformance import lists
from tests.conformance.run_suites import FREE, LOCKSTEP, classify


@pytest.fixture(autouse=True)
def _excuses(monkeypatch: pytest.MonkeyPatch) -> None:
    excuses = {"suite::excused*": "for a reason"}

    def patterns(_file: str) -> dict[str, str]:
        return excuses

    monkeypatch.setattr(lists, "patterns", patterns)


def test_a_test_that_passes_under_either_model_has_passed() -> None:
    """A test of an order within a pass passes in lockstep, and is named as such."""
    counts = classify(
        {
            FREE: {"suite::both": "passed", "suite::order": "failed", "suite::free": "passed"},
            LOCKSTEP: {"suite::both": "passed", "suite::order": "passed", "suite::free": "failed"},
        }
    )
    assert counts.passed == 3
    assert counts.in_lockstep == ("suite::order",)
    assert counts.good


def test_a_test_that_passes_nowhere_has_to_be_excused() -> None:
    """One without an excuse makes the command fail; one that never reported counts as failed."""
    unexcused = classify({FREE: {"suite::bad": "failed"}, LOCKSTEP: {}})
    assert unexcused.unexcused == ("suite::bad",)
    assert not unexcused.good
    passed = {f"suite::{n}": "passed" for n in range(19)}
    excused = classify({FREE: {**passed, "suite::excused": "failed"}, LOCKSTEP: {}})
    assert excused.excused == ("suite::excused",)
    assert excused.good


def test_more_than_one_in_twenty_may_not_be_excused() -> None:
    """Excuses are for exceptions."""
    passed = {f"suite::{n}": "passed" for n in range(18)}
    assert not classify({FREE: {**passed, "suite::excused": "failed"}, LOCKSTEP: {}}).good


def test_an_excused_test_that_passes_must_leave_the_list() -> None:
    """A stale excuse makes the command fail."""
    counts = classify({FREE: {"suite::excused": "passed"}, LOCKSTEP: {}})
    assert counts.recovered == ("suite::excused",)
    assert not counts.good


def test_what_does_not_apply_or_is_skipped_is_counted_apart() -> None:
    """Neither is a pass nor needs an excuse."""
    outcomes = {"suite::sockets": "not applicable", "suite::windows": "skipped"}
    counts = classify({FREE: outcomes, LOCKSTEP: outcomes})
    assert (counts.passed, counts.inapplicable, counts.skipped) == (0, 1, 1)
    assert counts.good
