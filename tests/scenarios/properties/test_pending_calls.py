"""No delegated call outlives what it was made for."""

from collections.abc import Callable

import pytest

from hocket.scenarios.properties import Property
from hocket.scenarios.properties.pending_calls import Deliv8

Holds = Callable[[Property, str], None]
Breaks = Callable[[Property, str, tuple[int, ...]], None]

SENT = "wire.execute conn=c1 wire=w1 exec=x1 run=r1 tool=t\n"
CLOSED = "@5 conn.close conn=c1 user=ann\n"
OVER = "@5 run.status run=r1 new=cancelled\n"
QUIET = "@30 quiesce calls=\n"


@pytest.mark.parametrize("cause", [CLOSED, OVER])
def test_a_call_ends_with_its_connection_and_its_run(holds: Holds, cause: str) -> None:
    """It has a second of virtual time."""
    holds(Deliv8(), SENT + cause + "@6 tool.end exec=x1 outcome=lost\n" + QUIET)


@pytest.mark.parametrize("cause", [CLOSED, OVER])
def test_a_call_that_outlives_its_connection_or_run_is_seen(breaks: Breaks, cause: str) -> None:
    """The first event after that second tells."""
    breaks(Deliv8(), SENT + cause + "@6.1 tool.end exec=x1 outcome=timed_out", (0, 1))


def test_a_call_sent_after_the_loss_has_its_own_second(holds: Holds, breaks: Breaks) -> None:
    """A call sent on a connection just closed is judged from its own beginning."""
    holds(Deliv8(), CLOSED + "@5.9 " + SENT + "@6.5 tool.end exec=x1 outcome=lost")
    breaks(Deliv8(), CLOSED + "@5.9 " + SENT + "@7 tool.end exec=x1 outcome=lost", (1,))


def test_a_lost_call_may_wait_for_its_client(holds: Holds, breaks: Breaks) -> None:
    """Under that policy the loss ends nothing, while the end of the run still does."""
    late = "@30 tool.end exec=x1 outcome=timed_out"
    holds(Deliv8(waits_for_resume=True), SENT + CLOSED + late)
    breaks(Deliv8(waits_for_resume=True), SENT + OVER + late, (0, 1))


def test_a_resumed_connection_takes_its_calls_along(holds: Holds) -> None:
    """The loss of a connection that was resumed before does not concern the call any more."""
    resumed = "conn.auth conn=c2 user=ann resumed=c1\n" + SENT.replace("c1", "c2")
    holds(Deliv8(), SENT + resumed + CLOSED + "@30 tool.end exec=x1 outcome=timed_out")


def test_a_call_pending_at_the_end_is_seen(breaks: Breaks) -> None:
    """By the runtime's own table, or by a call that never ended."""
    breaks(Deliv8(), "quiesce calls=c1/w1", (0,))
    breaks(Deliv8(waits_for_resume=True), SENT + CLOSED + QUIET, (0,))
