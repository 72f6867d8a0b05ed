"""A row concludes from its campaign and from what the campaign should have shown."""

from collections.abc import Callable

import pytest
from attrs import evolve

from hocket.reports.results import FailureReport, Row
from hocket.simulator.engine.outcome import Verdict

MakeRow = Callable[..., Row]


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_row_has_the_verdict_of_its_campaign(row: MakeRow, verdict: Verdict) -> None:
    """Without anything unmet, nothing is added to the campaign's conclusion."""
    assert row(verdict).verdict is verdict


@pytest.mark.parametrize(
    ("campaign", "expected"),
    [
        (Verdict.NOT_FOUND, Verdict.INCONCLUSIVE),
        (Verdict.VERIFIED, Verdict.FAILED),
        (Verdict.FAILED, Verdict.FAILED),
        (Verdict.ERROR, Verdict.ERROR),
    ],
)
def test_an_unmet_sometimes_weakens_a_good_verdict(
    row: MakeRow, campaign: Verdict, expected: Verdict
) -> None:
    """What was never seen is inconclusive after a search, and a failure after all schedules."""
    assert row(campaign, unmet=("sometimes run.cancelled",)).verdict is expected


def test_a_search_without_a_schedule_is_inconclusive(row: MakeRow) -> None:
    """Time that ran out before the first schedule is no clean result."""
    assert row(schedules=0).verdict is Verdict.INCONCLUSIVE


def test_a_row_cannot_lose_or_swap_a_failure(row: MakeRow, report: FailureReport) -> None:
    """Each failure of the campaign has its report, or the row is refused."""
    failed = row(Verdict.FAILED)
    other = evolve(report, failure=evolve(report.failure, token="another"))
    for wrong in ((), (other,), (report, other)):
        with pytest.raises(ValueError, match="not those of the campaign"):
            evolve(failed, failures=wrong)
