"""A space-time diagram: what a window keeps, and where two diagrams part."""

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from hocket.reports.diagram import (
    Change,
    Diagram,
    Event,
    Lane,
    Mark,
    Message,
    Span,
    Stretch,
    parting,
    window,
)


def _diagram(events: int) -> Diagram:
    """Each event is caused by the one before; every third one receives a message of the second."""
    return Diagram(
        lanes=(Lane("a"), Lane("b")),
        events=tuple(
            Event(n % 2, Mark.STEP, 0.0, f"event {n}", parents=(n - 1,) if n else ())
            for n in range(events)
        ),
        messages=tuple(Message(n, n + 2, "m") for n in range(0, events - 2, 3)),
        spans=(Span(0, Stretch.WAITS, 1, events - 2, "w"), Span(1, Stretch.HOLDS, 2, None, "h")),
        changes=tuple(Change(n, "run", f"run-{n % 3}", f"state {n}") for n in range(events)),
    )


@settings(deadline=None)
@given(st.integers(3, 60), st.integers(0, 59), st.integers(1, 70))
def test_a_window_is_whole_in_itself(total: int, around: int, size: int) -> None:
    """It shows the event asked for, and whatever it points at is in it."""
    around %= total
    whole = _diagram(total)
    seen = window(whole, around, size)
    count = len(seen.events)
    assert count == min(total, size)
    assert seen.first <= around < seen.first + count
    assert seen.first + count + seen.left_out == total
    assert seen.events[around - seen.first].text == f"event {around}"
    assert all(0 <= parent < count for event in seen.events for parent in event.parents)
    assert all(0 <= message.sent < count for message in seen.messages)
    assert all(0 <= span.since < count for span in seen.spans)
    assert all(0 <= change.at < count for change in seen.changes)
    ends = [m.received for m in seen.messages] + [span.until for span in seen.spans]
    assert all(end is None or 0 <= end < count for end in ends)


def test_what_stood_before_a_window_stands_in_it() -> None:
    """The last state of each thing is told at its first event, unless the thing was over."""
    whole = _diagram(12)
    over = evolve(whole.changes[3], over=True)
    seen = window(evolve(whole, changes=(*whole.changes[:3], over)), 11, 4)
    assert seen.changes == (
        Change(0, "run", "run-1", "state 1"),
        Change(0, "run", "run-2", "state 2"),
    )


def test_a_window_needs_room() -> None:
    """An empty one shows nothing, and is a mistake of the caller's."""
    with pytest.raises(ValueError, match="at least one event"):
        window(_diagram(3), 0, 0)


def test_two_diagrams_part_at_the_first_other_event() -> None:
    """A number that both may end before."""
    one = _diagram(5)
    changed = evolve(one.events[3], text="another")
    other = evolve(one, events=(*one.events[:3], changed, one.events[4]))
    assert parting(one, other) == 3
    assert parting(one, _diagram(4)) == 4
    assert parting(one, one) == 5
