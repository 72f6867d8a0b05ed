"""What schedules reached: protocol pairs with names, and histories that are unlike."""

from hocket.scenarios.exploration import Plan, Progress, explore_all
from hocket.scenarios.selection import select
from hocket.simulator import Model

PLAN = Plan(20, None, 0, None, None, Model.FREE)


def test_a_race_of_approval_and_cancellation_is_named() -> None:
    """A release that never cancels a waiting turn any more has lost a pair with a name."""
    selected = enumerate(select(["catalogue/approve_races_cancel.hocket"]))
    (explored,) = explore_all(list(selected), PLAN, Progress())
    row = explored.row
    assert "run awaiting_approval: cancel.request" in row.pairs
    assert "approval pending: appr.decide" in row.pairs
    assert row.pairs == tuple(sorted(row.pairs))
    histories = len(explored.hashes) - len(row.pairs)
    assert 1 < histories <= row.result.schedules


def test_the_same_search_reaches_the_same() -> None:
    """Hashes can be compared between runs, and tell subjects apart."""
    names = ["catalogue/deny.hocket", "catalogue/approve_twice.hocket"]
    one, other = (
        [e.hashes for e in explore_all(list(enumerate(select(names))), PLAN, Progress())]
        for _ in range(2)
    )
    assert one == other
    assert not one[0] & one[1]
