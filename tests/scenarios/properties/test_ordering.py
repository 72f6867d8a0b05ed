"""The messages of a thread are numbered as they were committed, turn by turn."""

from collections.abc import Callable

import pytest

from hocket.scenarios.properties import Property
from hocket.scenarios.properties.ordering import Ord1, Ord2

Holds = Callable[[Property, str], None]
Breaks = Callable[[Property, str, tuple[int, ...]], None]


def append(run: str, seq: int, role: str = "user") -> str:
    return f"\nmsg.append thread=A run={run} seq={seq} role={role}\n"


def lock(deed: str, run: str) -> str:
    return f"\nlock.{deed} thread=A run={run}\n"


def test_numbers_grow_and_may_have_gaps(holds: Holds) -> None:
    """ORD-1 counts each thread by itself and allows what an aborted segment left out."""
    other = "msg.append thread=B run=r2 seq=1 role=user"
    holds(Ord1(), append("r1", 1) + append("r1", 4) + other)


@pytest.mark.parametrize("seq", [3, 4])
def test_a_number_used_again_or_too_late_is_seen(breaks: Breaks, seq: int) -> None:
    """ORD-1 breaks on equal and on smaller numbers."""
    breaks(Ord1(), append("r1", 4) + append("r2", seq), (0, 1))


def test_another_turn_between_two_segments_is_legal(holds: Holds) -> None:
    """ORD-2 lets another run's turn stand between a pause and the resumed part."""
    pause = lock("acquire", "r1") + append("r1", 1) + append("r1", 2) + lock("release", "r1")
    between = lock("acquire", "r2") + append("r2", 3) + lock("release", "r2")
    resume = lock("acquire", "r1") + append("r1", 4, "tool") + append("r1", 5, "assistant")
    holds(Ord2(), pause + between + resume)


def test_a_summary_may_stand_anywhere(holds: Holds) -> None:
    """ORD-2 ignores summaries."""
    story = append("r1", 1) + append("r2", 2, "summary") + append("r1", 3)
    holds(Ord2(), append("r0", 0) + lock("acquire", "r1") + story)


def test_a_turn_inside_a_segment_is_seen(breaks: Breaks) -> None:
    """ORD-2 breaks when a run appends after another one appended within its segment."""
    story = lock("acquire", "r1") + append("r1", 1) + append("r2", 2) + append("r1", 3)
    breaks(Ord2(), story, (1, 2, 3))


def test_a_part_without_the_lock_inside_a_segment_is_seen(breaks: Breaks) -> None:
    """ORD-2 breaks for the holder of the lock, too, when a resumed run appends without it."""
    paused = lock("acquire", "r1") + append("r1", 1) + lock("release", "r1")
    story = lock("acquire", "r2") + append("r2", 2) + append("r1", 3, "tool") + append("r2", 4)
    breaks(Ord2(), paused + story, (4, 5, 6))
