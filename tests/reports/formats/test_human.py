"""The terminal report says all in words, and shows foreign text as it is."""

from collections.abc import Callable, Sequence
from io import StringIO

import pytest
from attrs import evolve
from rich.console import Console

from hocket.reports.formats.human import HINTED_MAX, print_report
from hocket.reports.results import FailureReport, Row
from hocket.simulator.engine.outcome import Verdict
from hocket.simulator.engine.statistics import Sample

MakeRow = Callable[..., Row]


def printed(rows: Sequence[Row], *, interrupted: bool = False, colour: bool = False) -> str:
    out = StringIO()
    console = Console(
        file=out, width=100, force_terminal=colour, color_system="standard" if colour else None
    )
    print_report(console, rows, seconds=21.3, interrupted=interrupted)
    return out.getvalue()


def test_a_clean_run(row: MakeRow) -> None:
    """A table line for each row, what they are worth once, and one line for all."""
    drawn = Sample("random", 2_000, independent=True)
    told = printed([row(name="one[n=2]", samples=(drawn,)), row(name="two")])
    assert [line.split() for line in told.splitlines() if "0.80 s" in line] == [
        ["one[n=2]", "not-found", "2,000", "0.80", "s", "-"],
        ["two", "not-found", "2,000", "0.80", "s", "-"],
    ]
    assert "two: not found in 2,000 schedules\n" in told
    assert told.endswith("\n2 scenarios: 2 not-found; 4,000 schedules in 21.3 s\n")


def test_few_rows_have_their_hints(row: MakeRow) -> None:
    """What else is known stands below, unless so many rows had it that it would bury them."""
    counted = row(name="one", classes=12)
    assert "one: 12 happens-before classes met\n" in printed([counted] * HINTED_MAX)
    assert "happens-before" not in printed([counted] * (HINTED_MAX + 1))


def test_rows_of_equal_worth_are_told_once(row: MakeRow) -> None:
    """Twenty-eight equal sentences would bury the one that differs."""
    told = printed([row(), row(), row()])
    assert told.count("not found in") == 1
    assert "each of 3 scenarios: not found in 2,000 schedules" in told


def test_a_failure_is_told_after_the_table(row: MakeRow, report: FailureReport) -> None:
    """The failing row names the schedule that met it; its story follows with its command."""
    told = printed([row(Verdict.FAILED, schedules=17), row()])
    table, story = told.split("failed: approve[n=2] (catalogue/approve.hocket:3)")
    assert table.split("failed")[1].split()[:4] == ["17", "0.80", "s", "17"]
    assert report.sentence in story
    assert report.command in story
    assert "2 scenarios: 1 not-found, 1 failed; 2,017 schedules in 21.3 s" in story


def test_each_of_several_failures_is_told(row: MakeRow, report: FailureReport) -> None:
    """Two findings of one scenario are two stories."""
    other = evolve(report, sentence="Another thing.", failure=evolve(report.failure, token="t"))
    told = printed([row(Verdict.FAILED, failures=(report, other))])
    assert "approve[n=2], 1 of 2" in told
    assert "approve[n=2], 2 of 2" in told
    assert "Another thing." in told


def test_a_long_command_stays_on_one_line(row: MakeRow, report: FailureReport) -> None:
    """It can be copied, whatever the width of the terminal."""
    command = "hocket replay " + "x" * 400
    told = printed([row(Verdict.FAILED, failures=(evolve(report, command=command),))])
    assert f"  {command}\n" in told


def test_warnings_name_what_was_not_tested(row: MakeRow) -> None:
    """Vacuous and unmet properties and an interrupt are said before the summary."""
    told = printed([row(vacuous=("never x",), unmet=("sometimes y",))], interrupted=True)
    assert "warning: approve[n=2]: nothing to judge in any schedule: never x\n" in told
    assert "warning: approve[n=2]: never seen in any schedule: sometimes y\n" in told
    assert "warning: interrupted; " in told
    assert "1 scenario: 1 inconclusive; " in told
    assert "warning" not in printed([row()])


def test_nothing_selected_is_said() -> None:
    """An empty run is not silent."""
    assert printed([]).strip() == "nothing was selected"


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (Verdict.FAILED, "31"),
        (Verdict.INCONCLUSIVE, "33"),
        (Verdict.NOT_FOUND, "32"),
        (Verdict.VERIFIED, "32"),
    ],
)
def test_colour_repeats_the_word(row: MakeRow, verdict: Verdict, code: str) -> None:
    """Red, yellow and green stand at a verdict that is also written."""
    assert f"\x1b[{code}m{verdict}" in printed([row(verdict)], colour=True)


def test_foreign_text_is_not_markup(row: MakeRow) -> None:
    """What looks like rich's markup or an escape sequence is shown as it was written."""
    told = printed([row(name="race[red]", vacuous=("[/b]\x1b[31m :smile:",))])
    assert "race[red]" in told
    assert "[/b]\\x1b[31m :smile:" in told


def test_a_narrow_terminal_loses_nothing(row: MakeRow) -> None:
    """Columns are folded, and the name of the scenario stays."""
    out = StringIO()
    print_report(Console(file=out, width=50), [row(name="abc")], seconds=1.0)
    assert "\n abc " in out.getvalue()
    assert " not-found " in out.getvalue()
    assert "…" not in out.getvalue()
