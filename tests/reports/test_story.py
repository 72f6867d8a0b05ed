"""A failure is told in the order in which a person asks."""

import pytest
from attrs import evolve

from hocket.reports.results import FailureReport
from hocket.reports.story import DEVIATIONS_MAX, describe_failure
from hocket.simulator.engine.choices import ChoiceKind, Deviation
from hocket.simulator.engine.explanation import Explanation, OrderFact
from hocket.simulator.engine.outcome import FailureKind, Origin


def test_the_whole_story(report: FailureReport) -> None:
    """Sentence, lanes, deviations, waits, property, command: nothing twice, nothing missing."""
    assert describe_failure(report, 60) == (
        "A tool ran twice, once for alice and once for bob.\n"
        "\n"
        " alice           │ bob\n"
        "─────────────────┼───────────────\n"
        "   sends approve │\n"
        " ► tool starts   │\n"
        "                 │ ► tool starts\n"
        "\n"
        "1 preemption:\n"
        "  main/2@7 preempts main/1@5\n"
        "\n"
        "waiting:\n"
        "  main/1 serve waits for a lock (held by main/2) at\n"
        "    server.py:4 (serve)\n"
        "\n"
        "violated:\n"
        "  at most once: tool.start\n"
        "  No tool call starts more than once.\n"
        "  the tool ran twice\n"
        "  at catalogue/approve.hocket:12\n"
        "\n"
        "replay (found in schedule 17 by pct(3), free model):\n"
        "  hocket replay hkt1.abc --runtime  mine:adapter"
    )


def test_a_circle_of_waits_is_told_after_them(report: FailureReport) -> None:
    """Who waits for whom, around once."""
    (wait,) = report.failure.waits
    back = evolve(wait, task="main/2", held_by=("main/1",), which="`lock`")
    told = describe_failure(evolve(report, failure=evolve(report.failure, waits=(wait, back))), 90)
    assert (
        "  main/2 serve waits for a lock `lock` (held by main/1) at server.py:4 (serve)\n" in told
    )
    assert "  in a circle: main/1 waits for main/2, main/2 waits for main/1\n" in told


def test_what_is_absent_takes_no_room(report: FailureReport) -> None:
    """No empty table, no heading without a line."""
    failure = evolve(report.failure, deviations=(), waits=())
    bare = evolve(report, failure=failure, moments=(), statement="", place="")
    told = describe_failure(bare, 80)
    assert "\n\n\n" not in told
    assert "It fails in the default schedule." in told
    for absent in ("│", "waiting:", "  at \n"):
        assert absent not in told


def test_an_exception_tells_its_place_once(report: FailureReport) -> None:
    """The message of an exception names its place already."""
    failure = evolve(
        report.failure,
        kind=FailureKind.EXCEPTION,
        origin=Origin(FailureKind.EXCEPTION, "AssertionError", "target:9"),
        message="AssertionError: lost at app.py:9 (target)",
    )
    told = describe_failure(evolve(report, failure=failure, statement="", place="app.py:9"), 80)
    assert "raised:\n  AssertionError: lost at app.py:9 (target)\n\n" in told


@pytest.mark.parametrize("kind", list(FailureKind))
def test_every_kind_has_a_heading(report: FailureReport, kind: FailureKind) -> None:
    """A story can be told of each kind of failure."""
    told = describe_failure(evolve(report, failure=evolve(report.failure, kind=kind)), 80)
    assert "the tool ran twice" in told


@pytest.mark.parametrize("extra", [0, 1, 30])
def test_many_deviations_are_cut_with_a_count(report: FailureReport, extra: int) -> None:
    """The first twelve are told, and how many there are besides."""
    deviations = tuple(
        Deviation(i, ChoiceKind.FAULT, f"link {i}", 1, 2, "pass", "drop", preemption=False)
        for i in range(DEVIATIONS_MAX + extra)
    )
    failure = evolve(report.failure, deviations=deviations)
    told = describe_failure(evolve(report, failure=failure), 80)
    assert told.count("drop instead of pass") == DEVIATIONS_MAX
    assert (f"  and {extra} more" in told) == (extra > 0)


def test_the_command_is_never_broken(report: FailureReport) -> None:
    """It can be copied from the narrowest terminal."""
    command = "hocket replay " + "x" * 300
    assert f"\n  {command}" in describe_failure(evolve(report, command=command), 10)


def test_hostile_text_cannot_reach_the_terminal(report: FailureReport) -> None:
    """Escape sequences of the program under test are shown, not obeyed."""
    failure = evolve(report.failure, message="\x1b[2Jgone\r\nfor good")
    told = describe_failure(evolve(report, failure=failure, sentence="a\x1b]0;b\x07"), 80)
    assert all(line.isprintable() for line in told.split("\n"))
    assert "\\x1b[2Jgone  for good" in told


def test_a_long_path_is_never_broken(report: FailureReport) -> None:
    """A place can be clicked or copied, even where it is wider than the terminal."""
    place = "catalogue/" + "x" * 90 + ".hocket:12"
    assert f" {place}\n" in describe_failure(evolve(report, place=place), 60)


def test_the_cause_is_told_after_the_deviations(report: FailureReport) -> None:
    """The shape, who came before whom, and what passes; at most six lines."""
    why = Explanation(
        facts=(OrderFact("`pay` read `x` at a.py:1", "`pay` wrote `x` at a.py:3"),),
        events=("tool.start by `run` at a.py:7",) * 5,
        passing=(),
        parting="they part at step 4: main/1 starts in the failing one, main/0 starts in the other",
        anomaly="lost update of `x`",
        executions=3,
    )
    told = describe_failure(evolve(report, failure=evolve(report.failure, explanation=why)), 200)
    block = next(part for part in told.split("\n\n") if part.startswith("why"))
    assert block.splitlines()[:2] == [
        "why (lost update of `x`):",
        "  `pay` read `x` at a.py:1 before `pay` wrote `x` at a.py:3",
    ]
    assert block.splitlines()[-1].startswith("  passes: the default schedule; they part at step 4")
    assert len(block.splitlines()) <= 6
    nothing = evolve(why, facts=(), events=(), passing=None, parting="", anomaly="")
    failure = evolve(report.failure, explanation=nothing)
    told = describe_failure(evolve(report, failure=failure), 200)
    assert "no order makes the difference: all of 3 schedules near it fail" in told
