"""A run has one fate, and nothing happens on its behalf afterwards."""

from collections.abc import Callable

import pytest

from hocket.scenarios.properties import Property
from hocket.scenarios.properties.terminal import Term1, Term2, Term4, Term7

Holds = Callable[[Property, str], None]
Breaks = Callable[[Property, str, tuple[int, ...]], None]

APPROVED = """
    run.status run=r1 new=accepted
    run.status run=r1 old=accepted new=running
    run.status run=r1 old=running new=awaiting_approval
    run.status run=r1 old=awaiting_approval new=resuming
    run.status run=r1 old=resuming new=running
    run.status run=r1 old=running new=completed
"""


def test_a_run_through_its_approval_has_one_fate(holds: Holds) -> None:
    """TERM-1 and TERM-2 hold for a run that pauses and resumes."""
    holds(Term1(), APPROVED)
    holds(Term2(), APPROVED)


def test_a_change_after_the_fate_is_seen(breaks: Breaks) -> None:
    """TERM-1 breaks on any later status, the same one included."""
    breaks(Term1(), APPROVED + "run.status run=r1 old=completed new=cancelled", (5, 6))
    breaks(Term1(), APPROVED + "run.status run=r1 old=completed new=completed", (5, 6))


@pytest.mark.parametrize(
    ("story", "indices"),
    [
        ("run.status run=r1 new=running", (0,)),
        ("run.status run=r1 old=accepted new=running", (0,)),
        ("run.status run=r1 new=accepted\nrun.status run=r1 old=running new=completed", (0, 1)),
        ("run.status run=r1 new=accepted\nrun.status run=r1 old=accepted new=completed", (0, 1)),
    ],
)
def test_a_change_off_the_table_is_seen(
    breaks: Breaks, story: str, indices: tuple[int, ...]
) -> None:
    """TERM-2 breaks on a wrong beginning, a wrong old status and an edge that does not exist."""
    breaks(Term2(), story, indices)


def test_tools_before_the_end_may_start(holds: Holds) -> None:
    """TERM-4 holds for tools that start before, and have their effect before they end."""
    holds(
        Term4(),
        """
        tool.start exec=x1 run=r1 tool=t
        cancel.seen run=r1
        tool.effect exec=x1 run=r1 tool=t
        tool.end exec=x1 run=r1 tool=t
        run.status run=r1 new=cancelled
        tool.start exec=x2 run=r2 tool=t
        """,
    )


@pytest.mark.parametrize("end", ["cancel.seen run=r1", "run.status run=r1 new=failed"])
def test_a_tool_that_starts_after_the_end_is_seen(breaks: Breaks, end: str) -> None:
    """TERM-4 breaks on a start after the cancellation was seen, or after the fate."""
    breaks(Term4(), f"{end}\ntool.start exec=x1 run=r1 tool=t", (0, 1))


def test_an_effect_after_the_tool_ended_is_seen(breaks: Breaks) -> None:
    """TERM-4 breaks on an effect of a tool that had ended."""
    story = """tool.start exec=x1 run=r1 tool=t
        tool.end exec=x1 run=r1 tool=t outcome=timed_out
        tool.effect exec=x1 run=r1 tool=t"""
    breaks(Term4(), story, (1, 2))


def test_an_acknowledged_cancellation_holds(holds: Holds, vacuous: Holds) -> None:
    """TERM-7 holds when the run is or becomes cancelled; other answers promise nothing."""
    ends = "run.status run=r1 new=cancelled"
    holds(Term7(), f"{ends}\ncancel.ack run=r1 status=cancelled")
    holds(Term7(), f"cancel.ack run=r1 status=cancelled\n{ends}")
    vacuous(Term7(), "run.status run=r1 new=completed\ncancel.ack run=r1 status=completed")


@pytest.mark.parametrize(
    ("story", "indices"),
    [
        ("run.status run=r1 new=completed\ncancel.ack run=r1 status=cancelled", (0, 1)),
        ("cancel.ack run=r1 status=cancelled\nrun.status run=r1 new=failed", (0, 1)),
        ("run.status run=r1 new=running\ncancel.ack run=r1 status=cancelled", (0, 1)),
    ],
)
def test_a_broken_promise_is_seen(breaks: Breaks, story: str, indices: tuple[int, ...]) -> None:
    """TERM-7 breaks when the run met another fate, before or after, or none at all."""
    breaks(Term7(), story, indices)
