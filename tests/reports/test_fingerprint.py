"""A tracker sees one defect as one, and two as two."""

from collections.abc import Callable

from attrs import evolve

from hocket.reports.fingerprint import fingerprint, place_of
from hocket.reports.results import FailureReport, Row
from hocket.simulator.engine.choices import ChoiceKind, Deviation
from hocket.simulator.engine.outcome import FailureKind, Origin, Verdict

MakeRow = Callable[..., Row]


def test_a_seed_opens_no_second_alert(row: MakeRow, report: FailureReport) -> None:
    """Nor do another schedule, another trace, or the same overtaking some steps later."""
    one = row(Verdict.FAILED)
    (deviation,) = report.failure.deviations
    later = evolve(deviation, position=9, index=2, taken="main/2@99", default="main/1@55")
    again = evolve(report.failure, deviations=(later,), digest="e" * 32, schedule=3, token="other")
    assert fingerprint(one, report) == fingerprint(one, evolve(report, failure=again))
    assert len(fingerprint(one, report)) == 32


def test_another_defect_opens_one(row: MakeRow, report: FailureReport) -> None:
    """Another scenario, another property, or another kind of schedule."""
    origin = Origin(FailureKind.INVARIANT, "other", "")
    fault = Deviation(1, ChoiceKind.FAULT, "link", 1, 2, "deliver", "drop", preemption=False)
    others = [
        (row(Verdict.FAILED, name="other"), report),
        (row(Verdict.FAILED), evolve(report, failure=evolve(report.failure, origin=origin))),
        (row(Verdict.FAILED), evolve(report, failure=evolve(report.failure, deviations=(fault,)))),
    ]
    prints = {fingerprint(*other) for other in [(row(Verdict.FAILED), report), *others]}
    assert len(prints) == 4


def test_a_place_is_a_file_and_a_line(report: FailureReport) -> None:
    """Line 1 where none is known: trackers refuse 0."""
    assert place_of(report) == ("catalogue/approve.hocket", 12)
    assert place_of(evolve(report, place="somewhere")) == ("somewhere", 1)
    assert place_of(evolve(report, place="a.py:0")) == ("a.py", 1)
