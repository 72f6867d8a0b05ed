"""What a campaign counts of its schedules."""

import pytest
import trio
from attrs import evolve

from hocket.simulator import Budget, Campaign, CampaignResult, explore
from hocket.simulator.engine.statistics import Guarantee
from hocket.simulator.exploring import target_of
from hocket.simulator.strategies import PCT, Strategy, make_strategy


async def two_updates() -> None:
    """Two tasks read, wait and write: four classes in twenty schedules of their six steps."""
    state = {"value": 0}

    async def increment() -> None:
        await trio.lowlevel.checkpoint()
        seen = state["value"]
        await trio.lowlevel.checkpoint()
        state["value"] = seen + 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(increment)
        nursery.start_soon(increment)


async def two_strangers() -> None:
    """Two tasks without anything in common."""
    async with trio.open_nursery() as nursery:
        for _ in range(2):
            nursery.start_soon(trio.lowlevel.checkpoint)


def _explored(strategy: Strategy, schedules: int = 300) -> CampaignResult:
    budget = Budget(schedules=schedules)
    return Campaign(target_of(two_updates), strategy, budget=budget, by_class=True).run()


@pytest.mark.parametrize("name", ["surw", "pos", "guided"])
def test_a_strategy_that_knows_what_steps_touch_counts_their_orders(name: str) -> None:
    """The classes are Mazurkiewicz's traces, whatever the strategy."""
    result = _explored(make_strategy(name, 0))
    (sample,) = result.samples
    assert result.classes == sample.classes == 4


def test_one_that_does_not_counts_wake_ups() -> None:
    """Which child ends last, and so wakes the nursery, is all that is seen."""
    assert _explored(make_strategy("random", 0)).classes == 2


def test_members_are_counted_apart() -> None:
    """Each with its own schedules, which are all there are together."""
    result = _explored(make_strategy("portfolio", 0))
    drawn = {sample.strategy: sample.schedules for sample in result.samples}
    assert sum(drawn.values()) == result.schedules == 300
    assert drawn["surw-once"] > drawn["random"] > 0
    assert [s.strategy for s in result.samples if s.independent] == ["random"]


def test_pct_says_what_it_measured() -> None:
    """n and k are those of the first schedules, which are not among the N."""
    (sample,) = _explored(PCT(0, 2)).samples
    assert sample.guarantee == Guarantee(tasks=2, steps=8, depth=2, schedules=297, held=True)


def test_pct_withdraws_what_a_larger_schedule_exceeds() -> None:
    """A program that takes more steps in some orders than in those it was measured in."""

    async def grows() -> None:
        order: list[int] = []

        async def work(number: int) -> None:
            for _ in range(3):
                order.append(number)
                await trio.lowlevel.checkpoint()
            if order[:3] == [1, 0, 1]:
                for _ in range(9):
                    await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(work, 0)
            nursery.start_soon(work, 1)

    result = Campaign(target_of(grows), PCT(0, 3), budget=Budget(schedules=400)).run()
    (sample,) = result.samples
    assert sample.guarantee is not None
    assert not sample.guarantee.held
    assert sample.guarantee.chance is None
    assert evolve(sample.guarantee, held=True).chance is not None


def test_nobody_counts_classes_unasked() -> None:
    """They take time, and a loop of tests has none to spare."""
    result = explore(two_strangers, schedules=20)
    assert result.classes is None
    assert all(sample.classes is None for sample in result.samples)
    assert explore(two_strangers, schedules=20, by_class=True).classes is not None


def test_counting_changes_no_schedule() -> None:
    """The same failure is met in the same schedule, with and without."""

    async def fails() -> None:
        state: list[int] = []

        async def work(number: int) -> None:
            await trio.lowlevel.checkpoint()
            state.append(number)

        async with trio.open_nursery() as nursery:
            for number in range(4):
                nursery.start_soon(work, number)
        assert state != [2, 0, 3, 1]

    for seed in range(3):
        one, other = (explore(fails, seed=seed, by_class=counted) for counted in (False, True))
        assert [f.token for f in one.failures] == [f.token for f in other.failures]
        assert one.schedules == other.schedules
