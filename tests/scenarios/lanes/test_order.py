"""A schedule that fixes an order of two steps leaves the others out."""

from hocket.scenarios.adapters.reference import reference
from hocket.scenarios.prepared import prepare
from hocket.simulator import Budget, Campaign
from hocket.simulator.execution import Execution
from hocket.simulator.strategies import make_strategy

RACE = """\
scenario race
  setup
    user ann
    thread T of ann
    model T: call deploy() id "d1", then say "ok"
    tool deploy: local, approval required

  client laptop of ann
    connect
    start T as t
    on approval deploy as p
    approve p

  client phone of ann
    connect
    on approval deploy as q else skip
    cancel t

  schedule
    {fix}
"""
NO_ORDER = "hold phone up to 1 for 1s"


def orders(text: str) -> set[tuple[str, ...]]:
    """The orders in which a small campaign does the two steps, and what fails in it."""
    (subject,) = prepare(text, file="x", adapter=reference, runtime="reference")
    seen: set[tuple[str, ...]] = set()

    def watch(execution: Execution) -> None:
        told = [str(o["text"]) for o in execution.observations if o.kind == "lane.step"]
        seen.add(tuple(step for step in told if step in ("approve p", "cancel t", "wait 1 s")))
        if execution.rejection is not None:
            seen.add((execution.rejection.origin.name,))

    campaign = Campaign(
        subject.target(),
        make_strategy("mixed", 0),
        budget=Budget(40, None, 0, 0, 0),
        on_execution=watch,
    )
    campaign.run()
    return seen


def test_both_orders_are_there_without_one() -> None:
    """The race can go either way."""
    seen = orders(RACE.format(fix=NO_ORDER))
    assert {("approve p", "cancel t"), ("cancel t", "approve p")} <= seen


def test_a_fixed_order_leaves_the_other_out() -> None:
    """Of the two orders, only the fixed one is seen; either can be."""
    assert orders(RACE.format(fix="fix laptop.approve before phone.cancel")) <= {
        ("approve p", "cancel t"),
        ("approve p",),
    }
    assert ("approve p", "cancel t") not in orders(
        RACE.format(fix="fix phone.cancel before laptop.approve p")
    )


def test_a_skipped_step_holds_nobody_up() -> None:
    """What follows a skipped wait is over, so whoever was to wait for it goes on."""
    text = RACE.replace("cancel t", "wait 1s").format(fix="fix phone.wait before laptop.start")
    assert orders(text) == {("approve p",)}


def test_an_order_that_waits_for_ever_is_a_stuck_lane() -> None:
    """A step that never comes is told of by the one that waits for it."""
    text = RACE.replace("cancel t", "wait 1s").replace(" else skip", "")
    assert ("lane stuck",) in orders(text.format(fix="fix phone.wait before laptop.start"))
