"""Workflow commands: one line each, at most ten of a level, the new ones first."""

import re
from collections.abc import Callable

from attrs import evolve

from hocket.reports.baseline import finding
from hocket.reports.bundle import Bundle
from hocket.reports.compare import Change, ChangeKind
from hocket.reports.formats.annotations import COUNT_MAX, annotations
from hocket.reports.results import FailureReport, Row
from hocket.simulator.engine.outcome import Verdict

MakeRow = Callable[..., Row]


def test_a_command_is_one_line_that_nothing_breaks(every: Bundle) -> None:
    """Foreign text is escaped: it can neither end a command nor begin one."""
    lines = annotations(every).split("\n")[:-1]
    for line in lines:
        assert re.fullmatch(r"::(error|warning) file=[^:,]+,line=\d+,title=[^:,]*::.*", line)
        assert "\r" not in line
    assert sum("%0Ahocket replay hkt1.abc" in line for line in lines) == 4


def test_levels_tell_failures_from_doubt(every: Bundle) -> None:
    """What was never seen in an exhausted search is a failure; what nothing triggers is not."""
    lines = annotations(every).splitlines()
    errors = [line for line in lines if line.startswith("::error")]
    assert len(errors) == 4
    assert any("title=unmet%3A never seen" in line for line in errors)
    warnings = " ".join(line for line in lines if line.startswith("::warning"))
    for name in ("shaky", "inconclusive", "error", "idle"):
        assert f"title={name}%3A" in warnings


def test_more_than_ten_are_counted(row: MakeRow) -> None:
    """GitHub drops the eleventh without a word."""
    rows = tuple(row(Verdict.FAILED, name=f"s{n}") for n in range(15))
    lines = annotations(Bundle((), rows)).splitlines()
    assert len(lines) == COUNT_MAX
    assert "and 5 more" in lines[-1]
    ten = annotations(Bundle((), rows[:COUNT_MAX]))
    assert "more" not in ten


def test_new_failures_come_first(row: MakeRow, report: FailureReport) -> None:
    """They are what the change of the day did."""
    rows = tuple(row(Verdict.FAILED, name=f"s{n:02}") for n in range(12))
    new = evolve(rows[-1])
    name = finding(report.failure.origin)
    change = Change(ChangeKind.NEW_FAILURE, new.file, new.name, name, name)
    first, *_ = annotations(Bundle((), rows), [change]).splitlines()
    assert "title=s11%3A" in first
