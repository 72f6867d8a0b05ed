"""The lane table shows the right moments, and never more than fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from hocket.reports.results import Moment
from hocket.reports.timeline import (
    ROWS_MAX,
    WIDTH_MIN,
    LaneTable,
    LeftOut,
    Shown,
    lane_table,
    render,
)

LANES = st.lists(st.text(max_size=30), min_size=1, max_size=9, unique=True)


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[str], list[Moment], set[int]]:
    lanes = draw(LANES)
    texts = draw(st.lists(st.tuples(st.sampled_from(lanes), st.text(max_size=200)), max_size=60))
    moments = [Moment(lane, text, index) for index, (lane, text) in enumerate(texts)]
    return lanes, moments, draw(st.sets(st.integers(0, 60), max_size=30))


def numbered(count: int) -> list[Moment]:
    return [Moment("ab"[i % 2], f"event {i}", i) for i in range(count)]


@given(stories(), st.integers(WIDTH_MIN, 160))
def test_a_drawn_table_is_never_too_wide(
    story: tuple[list[str], list[Moment], set[int]], width: int
) -> None:
    """Whatever the texts, lanes and width, no line is wider than asked for."""
    drawn = render(lane_table(*story), width)
    assert all(cell_len(line) <= width for line in drawn.splitlines())
    assert all(line.isprintable() for line in drawn.split("\n"))


@given(stories())
def test_every_moment_is_shown_or_counted(
    story: tuple[list[str], list[Moment], set[int]],
) -> None:
    """At most twenty rows, in order, and the gaps say exactly how much they hide."""
    lanes, moments, clashing = story
    table = lane_table(lanes, moments, clashing)
    assert len(table.rows) <= ROWS_MAX
    told = 0
    for row in table.rows:
        if isinstance(row, Shown):
            assert row.moment is moments[told]
            assert row.clashing == (row.moment.index in clashing)
            assert row.moment.lane in table.lanes
        told += row.count if isinstance(row, LeftOut) else 1
    assert told == len(moments)


@given(st.sets(st.integers(0, 59), max_size=9))
def test_clashing_moments_are_kept(clashing: set[int]) -> None:
    """A few clashing moments always find room, however long the story is."""
    rows = lane_table("ab", numbered(60), clashing).rows
    assert {r.moment.index for r in rows if isinstance(r, Shown) and r.clashing} == clashing


def test_after_the_clashing_moments_the_latest_are_kept() -> None:
    """A long story keeps what clashes, then its end, and says what is left out where."""
    rows = lane_table("ab", numbered(40), {3}).rows
    assert [r.count if isinstance(r, LeftOut) else f"{r.moment.index}" for r in rows] == [
        3,
        "3",
        19,
        *(str(i) for i in range(23, 40)),
    ]


def test_a_gap_of_one_moment_is_shown_instead() -> None:
    """A row that says "1 not shown" would take the room of the moment itself."""
    rows = lane_table("ab", numbered(20 + 1), {1}).rows
    assert [r.count for r in rows if isinstance(r, LeftOut)] == [2]
    assert isinstance(rows[0], Shown)


def test_lanes_keep_their_order_and_idle_ones_are_left_away() -> None:
    """The columns are those of the caller that have something to show, then any other."""
    moments = [Moment("z", "one"), Moment("b", "two"), Moment("a", "three")]
    assert lane_table(("a", "idle", "b"), moments).lanes == ("a", "b", "z")


def test_a_moment_without_an_observation_never_clashes() -> None:
    """There is nothing that a property could have named."""
    assert not any(
        row.clashing
        for row in lane_table("a", [Moment("a", "one")], {0}).rows
        if isinstance(row, Shown)
    )


def test_the_drawn_form() -> None:
    """A column for each lane, a row for each moment, marks at those that clash."""
    moments = [
        Moment("alice", "sends approve", 0),
        Moment("server", "tool starts", 1),
        Moment("alice", "sends cancel and waits for the answer to it", 2),
    ]
    assert render(lane_table(("alice", "server"), moments, {1, 2}), 44) == (
        " alice                      │ server\n"
        "────────────────────────────┼───────────────\n"
        "   sends approve            │\n"
        "                            │ ► tool starts\n"
        " ► sends cancel and waits   │\n"
        "   for the answer to it     │"
    )


def test_lanes_that_do_not_fit_become_a_column() -> None:
    """Many lanes on a narrow terminal are named in each row instead."""
    moments = [Moment(f"client {i}", "connects", i) for i in range(4)]
    drawn = render(lane_table([m.lane for m in moments], moments, {2}), 40)
    assert drawn.splitlines()[0].split("│") == [" lane     ", " what happened"]
    assert " client 2 │ ► connects" in drawn.splitlines()


def test_a_gap_is_drawn_with_its_count() -> None:
    """The reader sees where something is missing and how much."""
    assert "⋮ 19 rows not shown" in render(lane_table("ab", numbered(40), {3}), 60)
    many = [Moment(f"lane {i % 9}", "x", i) for i in range(40)]
    assert "⋮      │   21 rows not shown" in render(lane_table((), many), 40)


def test_nothing_happened() -> None:
    """Without a moment there is nothing to draw."""
    assert lane_table(("a",), ()) == LaneTable((), ())


def test_too_narrow_a_table_is_refused() -> None:
    """Below the least width there is no honest way to draw."""
    with pytest.raises(ValueError, match="needs a width"):
        render(LaneTable((), ()), WIDTH_MIN - 1)


def test_a_long_text_is_shortened() -> None:
    """One moment with a long argument does not push the others off the screen."""
    drawn = render(lane_table("ab", [Moment("a", "x" * 5_000), Moment("b", "y")]), 60)
    assert "…" in drawn
    assert len(drawn.splitlines()) < 10
