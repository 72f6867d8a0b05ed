"""Choices that are no tasks, under every strategy: drawn where they are enabled, and rarely."""

import pytest
import trio

from hocket.simulator import Verdict, explore, replay
from hocket.simulator.engine.choices import SLOW_STEP, ChoiceKind, ChoicePoint, Named
from hocket.simulator.strategies import PCT, Placed, RandomWalk, Rare, placing

SAMPLERS = ["random", "pct", "pos", "basic-pos", "surw", "surw-once", "urw", "guided", "portfolio"]


def _asked(kind: ChoiceKind, label: str = "", *, options: int = 2) -> ChoicePoint:
    named = [Named(str(number)) for number in range(options)]
    return ChoicePoint(kind, label, named, continues=False)


async def cleans_up_but_once() -> None:
    """What was taken is given back, unless the task is cancelled at the last of its waits."""
    taken: list[int] = []

    async def user() -> None:
        taken.append(1)
        try:
            for _ in range(6):
                await trio.lowlevel.checkpoint()
        except trio.Cancelled:
            taken.pop()
            raise
        await trio.lowlevel.checkpoint()
        taken.pop()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(user)
        nursery.start_soon(trio.lowlevel.checkpoint)
    assert not taken, "it was not given back"


@pytest.mark.parametrize("name", [*SAMPLERS, "exhaustive"])
def test_every_strategy_cancels_where_it_may(name: str) -> None:
    """The late point is met; the token replays; and nobody cancels unasked."""
    result = explore(cleans_up_but_once, strategy=name, cancel=["*user*"], schedules=2_000)
    (failure,) = result.failures
    assert sum(d.kind is ChoiceKind.CANCEL for d in failure.deviations) == 1
    assert replay(cleans_up_but_once, failure.token).reproduced
    assert not explore(cleans_up_but_once, strategy=name, schedules=50).failures


async def two_timers() -> None:
    """Two sleepers that wake at one instant, in the order in which they fell asleep."""
    woken: list[str] = []

    async def sleeper(name: str) -> None:
        await trio.sleep(1)
        woken.append(name)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(sleeper, "first")
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(sleeper, "second")
        await trio.testing.wait_all_tasks_blocked()
        await trio.sleep(1)
        await trio.testing.wait_all_tasks_blocked()
    assert woken == ["first", "second"]


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_strategy_orders_timers_where_it_may(name: str) -> None:
    """The deviation may be that of a timer or of a task; without timers only the latter."""
    found = explore(two_timers, strategy=name, schedules=300).failures
    assert found
    assert replay(two_timers, found[0].token).reproduced


def test_places_are_drawn_evenly_and_once_a_schedule() -> None:
    """Of ten places each is taken about as often, in half of the schedules."""
    placed = Placed(RandomWalk(0), 0, Rare.CANCELLATION)
    taken = [0] * 10
    for _ in range(2_000):
        assert placed.begin()
        answers = [placed.choose(_asked(ChoiceKind.CANCEL)) for _ in range(10)]
        placed.end(0)
        assert sum(answers) <= 1
        taken = [one + other for one, other in zip(taken, answers, strict=True)]
    assert 900 < sum(taken) < 1_100
    assert all(60 < count < 140 for count in taken)


def test_two_kinds_are_placed_apart() -> None:
    """A slow step is no cancellation, and a plain timer is neither."""
    both = placing(RandomWalk(0), 0, Rare.SLOW_STEP, Rare.CANCELLATION)
    assert both.begin()
    assert both.choose(_asked(ChoiceKind.CANCEL)) == 0
    assert both.choose(_asked(ChoiceKind.TIMER, f"{SLOW_STEP} of main")) == 0
    answers = {both.choose(_asked(ChoiceKind.TIMER, "first timer")) for _ in range(50)}
    assert answers == {0, 1}


def test_under_pct_each_deviation_counts_in_the_depth() -> None:
    """With depth d at most d - 1 of all choices are no default, evenly over their options."""
    pct = PCT(0, 3)
    taken = [0, 0, 0]
    for _ in range(3_000):
        pct.begin()
        answers = [pct.choose(_asked(ChoiceKind.FAULT, options=3)) for _ in range(8)]
        pct.end(4)
        assert sum(map(bool, answers)) <= 2
        for answer in answers:
            taken[answer] += 1
    assert pct.horizon == 4 + 8 * 2
    assert abs(taken[1] - taken[2]) < 0.1 * taken[1]
    assert taken[1] + taken[2] > 3_000


def test_with_the_profile_of_benchmarks_only_tasks_are_chosen() -> None:
    """The token says so, and replays."""
    (failure,) = explore(two_orders, profile="bench", strategy="exhaustive").failures
    assert replay(two_orders, failure.token).reproduced
    assert explore(two_orders, profile="bench", keep_going=True).verdict is Verdict.FAILED
    with pytest.raises(ValueError, match="choose full or bench"):
        explore(two_orders, profile="fast")


async def two_orders() -> None:
    """Two tasks, of which the second may go first."""
    order: list[int] = []

    async def work(number: int) -> None:
        await trio.lowlevel.checkpoint()
        order.append(number)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work, 0)
        nursery.start_soon(work, 1)
    assert order == [0, 1]
