"""What a runtime owes comes within a second of virtual time, or by the end."""

from collections.abc import Callable

import pytest

from hocket.scenarios.properties import Property
from hocket.scenarios.properties.liveness import Live1, Live3, Live4

Holds = Callable[[Property, str], None]
Breaks = Callable[[Property, str, tuple[int, ...]], None]

ASKED = "turn.request user=ann conn=c1 thread=A request=q1\n"
ACCEPTED = "run.status run=r1 thread=A user=ann conn=c1 new=accepted\n"


def status(new: str) -> str:
    return f"run.status run=r1 thread=A user=ann conn=c1 new={new}\n"


@pytest.mark.parametrize(
    "story",
    [
        "turn.reject conn=c1 request=q1 code=busy",
        ACCEPTED + status("failed"),
        ACCEPTED + status("awaiting_approval"),
        "conn.close conn=c1 user=ann",
    ],
    ids=["rejected", "ended", "paused", "closed"],
)
def test_a_request_is_met(holds: Holds, story: str) -> None:
    """LIVE-1 holds for each end of a request, and for a connection that closed before or after."""
    holds(Live1(), ASKED + story)


def test_a_request_read_after_its_connection_closed_needs_no_answer(holds: Holds) -> None:
    """LIVE-1 owes nothing to a closed connection, whatever was still in its buffer."""
    holds(Live1(), "conn.close conn=c1 user=ann\n" + ASKED)


@pytest.mark.parametrize(
    ("story", "indices"),
    [
        (ASKED, (0,)),
        (ASKED + ACCEPTED, (1,)),
        (ASKED + ACCEPTED + status("running") + "conn.close conn=c1", (2,)),
        (ASKED + ASKED.replace("q1", "q2") + ACCEPTED + status("completed"), (1,)),
    ],
    ids=["ignored", "queued for ever", "stuck", "one of two"],
)
def test_a_request_that_is_not_met_is_seen(
    breaks: Breaks, story: str, indices: tuple[int, ...]
) -> None:
    """LIVE-1 breaks at the end on an ignored request and on a run without a fate."""
    breaks(Live1(), story, indices)


ASK_CANCEL = "@5 cancel.request run=r1 conn=c1 user=ann\n"
ACK = "@5 cancel.ack run=r1 status=cancelled\n"
CANCELLED = "@5 " + status("cancelled")


def test_a_cancelled_run_is_over_and_acknowledged(holds: Holds) -> None:
    """LIVE-3 holds in either order, and without an answer to a connection that closed."""
    holds(Live3(), ACCEPTED + ASK_CANCEL + CANCELLED + ACK + "@9 conn.close conn=c1")
    holds(Live3(), ACCEPTED + ASK_CANCEL + ACK + CANCELLED + "@9 conn.close conn=c1")
    holds(Live3(), ACCEPTED + ASK_CANCEL + "conn.close conn=c1\n" + CANCELLED)


def test_a_request_that_cannot_take_effect_owes_nothing(vacuous: Holds) -> None:
    """LIVE-3 says nothing of strangers' requests, nor of runs that are over or unknown."""
    vacuous(Live3(), ACCEPTED + ASK_CANCEL.replace("ann", "ben"))
    vacuous(Live3(), ACCEPTED + CANCELLED + ASK_CANCEL)
    vacuous(Live3(), ASK_CANCEL)


@pytest.mark.parametrize(
    ("story", "indices"),
    [
        (ASK_CANCEL, (0, 1)),
        (ASK_CANCEL + ACK + CANCELLED.replace("@5", "@6.5"), (0, 1)),
        (ASK_CANCEL + CANCELLED, (1,)),
        (ASK_CANCEL + CANCELLED + ACK.replace("@5", "@6.5"), (1,)),
    ],
    ids=["ignored", "slow", "unanswered", "answered late"],
)
def test_a_cancellation_without_effect_is_seen(
    breaks: Breaks, story: str, indices: tuple[int, ...]
) -> None:
    """LIVE-3 breaks after its second, or at the end."""
    breaks(Live3(), ACCEPTED + story, indices)


CLOSED = "@5 conn.close conn=c1 user=ann\n"
ENDED = "conn.end conn=c1 user=ann\n"


def test_a_closed_connection_ends(holds: Holds) -> None:
    """LIVE-4 holds when the tasks end in time; by default the runs go on."""
    holds(Live4(), ACCEPTED + CLOSED + "@5.5 " + ENDED)


def test_a_lost_connection_takes_its_runs_along_where_it_cancels(holds: Holds) -> None:
    """LIVE-4 holds when they end in time; those of a resumed connection may go on."""
    holds(Live4(cancels=True), ACCEPTED + CLOSED + CANCELLED + ENDED)
    resumed = "conn.auth conn=c2 user=ann resumed=c1\n"
    holds(Live4(cancels=True), ACCEPTED + resumed + CLOSED + ENDED)


def test_tasks_that_outlive_their_connection_are_seen(breaks: Breaks) -> None:
    """LIVE-4 breaks after its second, or at the end."""
    breaks(Live4(), CLOSED, (0,))
    breaks(Live4(), CLOSED + "@6.5 " + ENDED, (0,))


def test_a_run_that_outlives_its_connection_is_seen_where_it_cancels(breaks: Breaks) -> None:
    """LIVE-4 breaks when the run of a lost connection is live after its second."""
    breaks(Live4(cancels=True), ACCEPTED + CLOSED + ENDED, (0, 1))
    breaks(
        Live4(cancels=True),
        ACCEPTED + CLOSED + ENDED + CANCELLED.replace("@5", "@6.5"),
        (0, 1),
    )
