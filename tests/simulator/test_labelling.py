"""The lockstep label: which orders Trio's passes have, and what the others need."""

import trio

from hocket.simulator import Budget, Campaign, Failure, explore
from hocket.simulator.exploring import AsyncFunction, target_of
from hocket.simulator.strategies import RandomWalk


def found(target: AsyncFunction) -> Failure:
    """The one failure of a default campaign."""
    (failure,) = explore(target).failures
    return failure


async def lost_in_one_pass() -> None:
    """Both read in one pass, and both write in the next."""
    value = 0

    async def increment() -> None:
        nonlocal value
        seen = value
        await trio.lowlevel.checkpoint()
        value = seen + 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(increment)
        nursery.start_soon(increment)
    assert value == 2


async def held_over_passes() -> None:
    """One task takes three steps while another, which could run, takes none."""
    seen: list[str] = []

    async def slow() -> None:
        await trio.lowlevel.checkpoint()
        seen.append("slow")

    async def quick() -> None:
        for _ in range(3):
            await trio.lowlevel.checkpoint()
        seen.append("quick")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(slow)
        nursery.start_soon(quick)
    assert seen[0] == "slow"


async def woken_late() -> None:
    """A timer wakes one task, and another overtakes it by two steps."""
    seen: list[str] = []

    async def sleeper() -> None:
        await trio.sleep(1)
        seen.append("sleeper")

    async def walker() -> None:
        await trio.sleep(1)
        await trio.lowlevel.checkpoint()
        await trio.lowlevel.checkpoint()
        seen.append("walker")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(sleeper)
        nursery.start_soon(walker)
    assert seen[0] == "sleeper"


def test_what_trio_does_itself_also_fails_in_lockstep() -> None:
    """The lost update needs no order but that of a pass."""
    label = found(lost_in_one_pass).lockstep
    assert label is not None
    assert label.fails
    assert str(label) == "also fails in lockstep"


def test_a_task_held_over_passes_needs_what_trio_does_not_promise() -> None:
    """Its own checkpoint made the overtaken task runnable."""
    label = found(held_over_passes).lockstep
    assert label is not None
    assert not label.fails
    assert label.slow_waits == ()
    expected = "not found in 50 lockstep schedules; needs an order that Trio does not promise"
    assert str(label) == expected


def test_a_task_woken_by_the_clock_needs_a_slow_wait_at_its_line() -> None:
    """The line is where the sleeper sleeps."""
    label = found(woken_late).lockstep
    assert label is not None
    assert not label.fails
    (place, *_) = label.slow_waits
    assert "sleeper" in place
    assert "a slow wait at" in str(label)


def test_in_lockstep_and_without_a_budget_there_is_no_label() -> None:
    """There is nothing to compare, or nobody asked."""
    (failure,) = explore(lost_in_one_pass, model="lockstep").failures
    assert failure.lockstep is None
    budget = Budget(lockstep_schedules=0)
    campaign = Campaign(target_of(lost_in_one_pass), RandomWalk(0), budget=budget)
    assert campaign.run().failures[0].lockstep is None


def test_the_label_changes_neither_the_token_nor_the_digest() -> None:
    """Labelling only looks."""
    budget = Budget(lockstep_schedules=0)
    campaign = Campaign(target_of(held_over_passes), RandomWalk(0), budget=budget)
    (plain,) = campaign.run().failures
    (labelled,) = explore(held_over_passes, strategy="random").failures
    assert (plain.token, plain.digest) == (labelled.token, labelled.digest)
