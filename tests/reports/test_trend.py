"""The trend over several runs: what changed from one to the next, and how the measures went."""

from collections.abc import Callable

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from hocket.reports.results import FailureReport, Row
from hocket.reports.trend import BOTTOM, LEFT, RIGHT, TOP, Run, trend_of
from hocket.simulator.engine.outcome import Origin, Verdict

Rows = Callable[..., Row]


def test_each_run_is_counted_by_verdict(row: Rows) -> None:
    """Worst first, with a bar whose parts add up to the whole."""
    one = Run("v1", (row(), row(Verdict.FAILED, name="b")), "abc")
    two = Run("v2", (row(Verdict.VERIFIED), row(name="b")))
    trend = trend_of([one, two])
    assert [v.verdict for v in trend.verdicts] == ["failed", "not-found", "verified"]
    assert [run.numbers for run in trend.runs] == [(1, 1, 0), (0, 1, 1)]
    assert [(p.verdict, p.start, p.width) for p in trend.runs[0].parts] == [
        ("failed", 0.0, 50.0),
        ("not-found", 50.0, 50.0),
    ]


def test_what_changed_is_said_in_the_run_that_changed_it(row: Rows, report: FailureReport) -> None:
    """A verdict, a scenario that came or went, a failure of another origin, less that is judged."""
    origin = Origin(report.failure.kind, "another", "")
    other = evolve(report, failure=evolve(report.failure, origin=origin))
    before = Run(
        "v1",
        (
            row(name="steady"),
            row(name="fixed", verdict=Verdict.FAILED),
            row(name="gone"),
            row(name="elsewhere", verdict=Verdict.FAILED),
            row(name="idle"),
        ),
    )
    after = Run(
        "v2",
        (
            row(name="steady"),
            row(name="fixed"),
            row(name="elsewhere", verdict=Verdict.FAILED, failures=(other,)),
            row(name="idle", vacuous=("ISO-4",)),
            row(name="fresh"),
        ),
    )
    trend = trend_of([before, after])
    assert {line.name: line.cells[1].change for line in trend.lines} == {
        "steady": "",
        "fixed": "was failed",
        "gone": "removed",
        "elsewhere": "fails otherwise",
        "idle": "less is judged",
        "fresh": "new",
    }
    assert not [line for line in trend.lines if line.cells[0].change]
    assert trend.changed == 5
    assert trend.headline == "2 runs, 6 scenarios, 5 of them changed"


def test_a_scenario_that_is_gone_for_long_is_said_once(row: Rows) -> None:
    """It is no news that it is still not there; that it came back is."""
    here, gone = Run("a", (row(),)), Run("b", ())
    (line,) = trend_of([here, gone, gone, here]).lines
    assert [cell.change for cell in line.cells] == ["", "removed", "", "new"]
    assert [cell.verdict for cell in line.cells] == ["not-found", "", "", "not-found"]


def test_schedules_to_kill_are_a_median(row: Rows, report: FailureReport) -> None:
    """Of the scenarios that fail; a run without a failure has none."""
    slow = evolve(report, failure=evolve(report.failure, schedule=101))
    run = Run("v1", (row(Verdict.FAILED), row(Verdict.FAILED, name="b", failures=(slow,)), row()))
    measures = {m.name: m for m in trend_of([run, Run("v2", (row(),)), run]).measures}
    kill = measures["schedules to kill"]
    assert kill.told == "v1 59, v1 59"
    assert [len(curve) for curve in kill.curves] == [1, 1]
    assert [len(curve) for curve in measures["schedules explored"].curves] == [3]
    assert "coverage" not in measures


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=12))
def test_charts_stay_in_their_frame(numbers: list[int]) -> None:
    """From left to right, the greatest at the top, zero at the bottom."""
    runs = [Run(f"r{n}", (), "", frozenset(map(str, range(n % 50)))) for n in numbers]
    for measure in trend_of(runs).measures:
        xs = [point.x for point in measure.points]
        assert xs == sorted(xs)
        assert all(LEFT <= x <= RIGHT for x in xs)
        assert min(point.y for point in measure.points) == TOP
        assert all(TOP <= point.y <= BOTTOM for point in measure.points)


def test_no_run_has_no_trend() -> None:
    """An empty page would say that nothing changed."""
    with pytest.raises(ValueError, match="at least one run"):
        trend_of([])
