"""Every device of a user hears once of each pause and of the fate of a run."""

from collections.abc import Callable

import pytest

from hocket.scenarios.properties import Property
from hocket.scenarios.properties.terminal_frames import Term3

Holds = Callable[[Property, str], None]
Breaks = Callable[[Property, str, tuple[int, ...]], None]

RUNNING = """
    conn.auth conn=c1 user=ann
    conn.auth conn=c2 user=ann
    conn.auth conn=c9 user=ben
    run.status run=r1 thread=A user=ann conn=c1 new=running
"""


def told(conn: str, frame: str) -> str:
    return f"\nframe.out conn={conn} user=ann run=r1 type=turn_{frame} terminal=True\n"


def status(new: str) -> str:
    return f"\nrun.status run=r1 new={new}\n"


PAUSED, RESUMED = status("awaiting_approval"), status("resuming")
COMPLETED, CANCELLED = status("completed"), status("cancelled")
DELTA = "\nframe.out conn=c1 user=ann run=r1 type=message_delta terminal=False\n"


def test_each_device_is_told_once(holds: Holds) -> None:
    """Progress, then one terminal frame to each of the user's devices, and to nobody else."""
    holds(Term3(), RUNNING + DELTA + COMPLETED + told("c1", "completed") + told("c2", "completed"))


def test_a_slow_device_may_be_told_of_a_pause_after_the_run_went_on(holds: Holds) -> None:
    """Each connection is compared with the ends in its own order."""
    ends = PAUSED + told("c1", "paused") + RESUMED + DELTA + COMPLETED + told("c1", "completed")
    holds(Term3(), RUNNING + ends + told("c2", "paused") + told("c2", "completed"))


@pytest.mark.parametrize("frame", ["run_queued", "approval_closed", "tool_cancel"])
def test_some_frames_may_follow_the_end(holds: Holds, frame: str) -> None:
    """Frames that are no progress of the turn may come after its end."""
    late = f"frame.out conn=c1 user=ann run=r1 type={frame} terminal=False"
    holds(Term3(), RUNNING + COMPLETED + told("c1", "completed") + told("c2", "completed") + late)


def test_a_pause_overtaken_by_a_cancellation_may_go_unsaid(holds: Holds) -> None:
    """One device is told of both, the other only of the cancellation."""
    first = told("c1", "paused") + told("c1", "cancelled")
    holds(Term3(), RUNNING + PAUSED + CANCELLED + first + told("c2", "cancelled"))


def test_a_connection_that_closed_may_miss_the_end(holds: Holds) -> None:
    """Nothing is owed to a connection that closed, before the end or after it."""
    gone = "conn.close conn=c2 user=ann"
    holds(Term3(), RUNNING + COMPLETED + told("c1", "completed") + gone)
    holds(Term3(), RUNNING + gone + COMPLETED + told("c1", "completed"))


@pytest.mark.parametrize("late", ["", told("c3", "paused")])
def test_a_connection_that_joins_after_an_end_may_or_may_not_hear_of_it(
    holds: Holds, late: str
) -> None:
    """A pause from before the authentication is optional, those after it are not."""
    joins = "conn.auth conn=c3 user=ann"
    again = RESUMED + PAUSED + "".join(told(conn, "paused") for conn in ("c1", "c2", "c3"))
    story = PAUSED + told("c1", "paused") + told("c2", "paused") + joins + late + again
    holds(Term3(), RUNNING + story)


def test_a_device_that_is_never_told_is_seen_at_the_end(breaks: Breaks) -> None:
    """A missing frame is judged when nothing can happen any more."""
    breaks(Term3(), RUNNING + COMPLETED + told("c1", "completed"), (4,))
    leaves = "conn.end conn=c1 user=ann\nconn.end conn=c2 user=ann"
    breaks(Term3(), RUNNING + COMPLETED + told("c1", "completed") + "quiesce\n" + leaves, (4,))


def test_a_pause_that_was_resumed_must_have_been_told(breaks: Breaks) -> None:
    """Only a cancellation excuses silence about a pause."""
    story = PAUSED + RESUMED + CANCELLED + told("c1", "cancelled")
    breaks(Term3(), RUNNING + story, (4, 7))


@pytest.mark.parametrize(
    ("story", "indices"),
    [
        (CANCELLED + told("c1", "completed"), (4, 5)),
        (COMPLETED + told("c1", "completed") + told("c1", "completed"), (5, 6)),
        (CANCELLED + told("c1", "cancelled") + told("c1", "completed"), (5, 6)),
        (PAUSED + told("c1", "paused") + told("c1", "paused"), (5, 6)),
        (PAUSED + CANCELLED + told("c1", "cancelled") + told("c1", "paused"), (6, 7)),
        (told("c1", "completed") + COMPLETED, (4,)),
        (COMPLETED + told("c1", "completed") + DELTA, (5, 6)),
        (PAUSED + told("c1", "paused") + DELTA, (5, 6)),
    ],
    ids=[
        "wrong kind",
        "twice",
        "two fates",
        "paused twice",
        "paused after its end",
        "before the end",
        "progress after the end",
        "progress while paused",
    ],
)
def test_a_wrong_frame_is_seen_at_once(
    breaks: Breaks, story: str, indices: tuple[int, ...]
) -> None:
    """Wrong kinds, duplicates and frames after the terminal one break the property at once."""
    breaks(Term3(), RUNNING + story, indices)


def test_a_pause_that_its_thread_did_not_outlive_may_go_unsaid(
    holds: Holds, breaks: Breaks
) -> None:
    """Closed in the instant of the pause, a thread ends the run first; later, it was owed."""
    expired = "run.status run=r1 old=awaiting_approval new=expired\n"
    both = told("c1", "expired") + told("c2", "expired")
    holds(Term3(), RUNNING + PAUSED + expired + both)
    breaks(Term3(), RUNNING + PAUSED + f"@9 {expired}" + both, (4, 6))
