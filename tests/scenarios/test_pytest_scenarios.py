"""pytest collects scenario files, runs them, and tells failures by their lanes."""

from pathlib import Path
from typing import Any

import pytest

from hocket.scenarios.pytest_scenarios import ScenarioFile

pytest_plugins = ["pytester"]

LOADED = ScenarioFile
"""Loaded once for all the sessions in this process, which would each load it again."""

SCENARIO = """\
scenario late_answer
  "The answer comes before the deadline, or after it."

  vary delay = 9s, 11s

  setup
    user ann
    thread T of ann
    model T: call read_file() id "c1", then say "ok"
    tool read_file: delegated, timeout 10s

  client laptop of ann
    connect
    start T as t
    on call read_file as c
    wait delay
    reply c "AAA"

  expect
    exactly one of result.accepted(turn: t), call.timed_out(turn: t)
"""
WRONG = "    never call.timed_out(turn: t)\n"
INI = "[pytest]\nhocket_schedules = 5\n"


@pytest.fixture
def folder(pytester: pytest.Pytester) -> Path:
    """A folder with a scenario file and settings that keep it short."""
    pytester.makefile(".ini", pytest=INI)
    pytester.makefile(".hocket", late=SCENARIO)
    return pytester.path


@pytest.mark.usefixtures("folder")
def test_there_is_an_item_for_each_parameter_set(pytester: pytest.Pytester) -> None:
    """And for each strategy, in the order of the text."""
    ran = pytester.runpytest_inprocess("--collect-only", "-q", "-p", "no:cacheprovider")
    assert ran.outlines[:2] == [
        "late.hocket::late_answer[delay=9s][mixed]",
        "late.hocket::late_answer[delay=11s][mixed]",
    ]
    settings = "hocket_scenario_strategies=pos random"
    ran = pytester.runpytest_inprocess("--collect-only", "-q", "-o", settings)
    assert [line.rpartition("[")[2] for line in ran.outlines[:2]] == ["pos]", "random]"]
    assert len([line for line in ran.outlines if "::" in line]) == 4


@pytest.mark.usefixtures("folder")
def test_scenarios_pass_and_select(pytester: pytest.Pytester) -> None:
    """They are tests as any others: selected by name, and green where nothing was found."""
    pytester.runpytest_inprocess().assert_outcomes(passed=2)
    pytester.runpytest_inprocess("-k", "9s").assert_outcomes(passed=1, deselected=1)


def test_a_failure_is_told_by_its_lanes(pytester: pytest.Pytester, folder: Path) -> None:
    """With the lane table, the command that replays it, and the property's line."""
    (folder / "late.hocket").write_text(SCENARIO + WRONG)
    ran = pytester.runpytest_inprocess("-rf")
    ran.assert_outcomes(passed=1, failed=1)
    told = ran.stdout.str()
    assert "laptop" in told
    assert "│ runtime" in told
    assert "never call.timed_out(turn: t)" in told
    assert "hocket replay hk1." in told
    session: Any = pytester
    reports = session.inline_run().getreports("pytest_runtest_logreport")
    (failed,) = [report for report in reports if report.failed]
    assert failed.location[:2] == ("late.hocket", SCENARIO.count("\n"))


def test_mistakes_are_errors_of_collection(pytester: pytest.Pytester, folder: Path) -> None:
    """All of them, with places and help."""
    (folder / "late.hocket").write_text(SCENARIO.replace("on call", "on cal"))
    ran = pytester.runpytest_inprocess()
    ran.assert_outcomes(errors=1)
    assert "error[E007]" in ran.stdout.str()
    assert "= help: " in ran.stdout.str()


def test_a_frozen_scenario_is_one_item(pytester: pytest.Pytester, folder: Path) -> None:
    """It is replayed, whatever the strategies."""
    text = SCENARIO.replace("9s, 11s", "9s")
    section = '\n  replay 1\n    fails "invariant: APPR-6"\n    model free\n'
    (folder / "late.hocket").write_text(text + section)
    ran = pytester.runpytest_inprocess("-v")
    ran.assert_outcomes(passed=1)
    assert "late_answer[delay=9s][replay]" in ran.stdout.str()


def test_workers_share_them(pytester: pytest.Pytester, folder: Path) -> None:
    """Under pytest-xdist each item runs once, on some worker, and fails as it does without."""
    (folder / "late.hocket").write_text(SCENARIO + WRONG)
    ran = pytester.runpytest_subprocess("-n", "2")
    ran.assert_outcomes(passed=1, failed=1)
    assert "│ runtime" in ran.stdout.str()


@pytest.mark.usefixtures("folder")
def test_an_unknown_strategy_is_refused(pytester: pytest.Pytester) -> None:
    """With the names that there are."""
    ran = pytester.runpytest_inprocess("-o", "hocket_scenario_strategies=lucky")
    assert "there is no strategy 'lucky'" in ran.stderr.str() + ran.stdout.str()
