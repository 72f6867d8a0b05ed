"""What a person was asked about happens only as they decided, and once."""

from collections.abc import Callable

import pytest

from hocket.scenarios.properties import Property
from hocket.scenarios.properties.approvals import Appr1, Appr2, Appr3, Appr6

Holds = Callable[[Property, str], None]
Breaks = Callable[[Property, str, tuple[int, ...]], None]

ASKED = """
    run.status run=r1 thread=A user=ann conn=c1 new=running
    appr.new approval=a1 run=r1 call=k1 tool=deploy args_hash=h1
"""
APPROVED = "\nappr.decide approval=a1 run=r1 user=ann verdict=approved args_hash=h1\n"
DENIED = "\nappr.decide approval=a1 run=r1 user=ann verdict=denied args_hash=h1\n"
CONSUMED = "\nappr.consume approval=a1 run=r1 exec=x1\n"
STARTED = "\ntool.start exec=x1 run=r1 call=k1 tool=deploy approval=a1 args_hash=h1 site=server\n"


def test_an_approved_call_starts_once(holds: Holds) -> None:
    """APPR-1 and APPR-2 hold for asked, approved, consumed, started."""
    holds(Appr1(), ASKED + APPROVED + CONSUMED + STARTED)
    holds(Appr2(), ASKED + APPROVED + CONSUMED + STARTED)


def test_an_approval_consumed_twice_is_seen(breaks: Breaks) -> None:
    """APPR-1 breaks on the second consumption, and on the second start of the call."""
    breaks(Appr1(), ASKED + CONSUMED + CONSUMED, (2, 3))
    breaks(Appr1(), ASKED + CONSUMED + STARTED + STARTED, (3, 4))


def test_a_start_before_its_approval_is_consumed_is_seen(breaks: Breaks) -> None:
    """APPR-1 breaks where the approval that a start names is consumed later, or never."""
    breaks(Appr1(), ASKED + APPROVED + STARTED + CONSUMED, (3,))


def test_calls_that_need_no_approval_may_start_again(vacuous: Holds) -> None:
    """APPR-1 and APPR-2 say nothing of calls that nobody was asked about."""
    free = "tool.start exec=x1 run=r1 call=k2 tool=read_file args_hash=h2 site=server"
    vacuous(Appr1(), f"{free}\n{free}")
    vacuous(Appr2(gated_tools=frozenset({"deploy"})), free)


def test_a_gated_tool_needs_an_approval_at_either_site(breaks: Breaks) -> None:
    """APPR-2 breaks for a tool under a rule that starts without anybody being asked."""
    story = "tool.start exec=x1 run=r1 call=k1 tool=deploy args_hash=h1 site=client"
    breaks(Appr2(gated_tools=frozenset({"deploy"})), story, (0,))


@pytest.mark.parametrize(
    ("decision", "indices"),
    [
        ("", (2,)),
        (DENIED, (3,)),
        ("appr.decide approval=a1 run=r1 user=ben verdict=approved args_hash=h1\n", (2, 3)),
        ("appr.decide approval=a1 run=r2 user=ann verdict=approved args_hash=h1\n", (2, 3)),
        ("appr.decide approval=a1 run=r1 user=ann verdict=approved args_hash=h9\n", (2, 3)),
    ],
    ids=["undecided", "denied", "another user", "another run", "other arguments"],
)
def test_a_start_without_its_approval_is_seen(
    breaks: Breaks, decision: str, indices: tuple[int, ...]
) -> None:
    """APPR-2 breaks unless the run's user approved this call with these arguments."""
    breaks(Appr2(), ASKED + decision + STARTED, indices)


@pytest.mark.parametrize(
    "end",
    [DENIED, "appr.end approval=a1 run=r1 reason=cancelled", "appr.end approval=a1 reason=expired"],
)
def test_a_barred_call_never_starts(holds: Holds, breaks: Breaks, end: str) -> None:
    """APPR-3 holds while the barred call rests, others may start, and breaks when it starts."""
    other = "tool.start exec=x2 run=r1 call=k2 tool=read_file"
    holds(Appr3(), f"{ASKED}{end}\n{other}")
    breaks(Appr3(), f"{ASKED}{end}\n{STARTED}", (2, 3))


def test_one_decision_takes_effect(holds: Holds) -> None:
    """APPR-6 holds for one decision, refusals and the end after it."""
    refused = "appr.refuse approval=a1 user=ann reason=closed"
    holds(Appr6(), f"{ASKED}{APPROVED}{refused}\nappr.end approval=a1 run=r1 reason=cancelled")


@pytest.mark.parametrize(
    ("story", "indices"),
    [
        (ASKED + APPROVED + DENIED, (2, 3)),
        (ASKED + "appr.end approval=a1 run=r1 reason=expired" + APPROVED, (2, 3)),
        (APPROVED, (0,)),
    ],
    ids=["decided twice", "expired", "never asked"],
)
def test_a_decision_on_what_is_not_pending_is_seen(
    breaks: Breaks, story: str, indices: tuple[int, ...]
) -> None:
    """APPR-6 breaks on a second decision, one after the end, and one on nothing."""
    breaks(Appr6(), story, indices)
