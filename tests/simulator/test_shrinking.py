"""Shrinking: simpler, and the same failure."""

from collections.abc import Awaitable, Callable

import trio

from hocket.simulator import explore
from hocket.simulator.endings import Model
from hocket.simulator.engine.choices import ChoiceSource, cost
from hocket.simulator.execution import Execution, Setting, execute
from hocket.simulator.exploring import target_of
from hocket.simulator.shrinking import shrink
from hocket.simulator.strategies import RandomWalk


async def lost_update() -> None:
    """Needs one preemption, whichever of the two tasks is interrupted."""
    value = 0

    async def increment() -> None:
        nonlocal value
        for _ in range(4):
            await trio.lowlevel.checkpoint()
        seen = value
        await trio.lowlevel.checkpoint()
        value = seen + 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(increment)
        nursery.start_soon(increment)
    assert value == 2


async def two_ways_to_fail() -> None:
    """A simple failure stands beside a complicated one."""
    order: list[str] = []

    async def add(name: str) -> None:
        await trio.lowlevel.checkpoint()
        order.append(name)
        await trio.lowlevel.checkpoint()
        order.append(name)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(add, "a")
        nursery.start_soon(add, "b")
    if order == ["a", "b", "b", "a"]:
        raise ValueError("nested")
    if order[0] == "b":
        raise KeyError("b was first")


def failing(target: Callable[[], Awaitable[None]], wanted: str) -> Execution:
    """A traced execution of ``target`` that fails with the exception of that name."""
    walk = RandomWalk(5)
    for _ in range(1_000):
        execution = execute(target_of(target), walk, Setting(), traced=True)
        if execution.rejection is not None and execution.rejection.origin.name == wanted:
            return execution
    raise AssertionError("no failure was drawn")


def test_a_symmetric_failure_shrinks_to_its_one_preemption() -> None:
    """Whatever the schedule that found it, the report shows one preemption and nothing else."""
    for seed in range(10):
        (failure,) = explore(lost_update, seed=seed).failures
        assert cost(failure.deviations) == (1, 0, 0)


def test_shrinking_never_slips_into_another_failure() -> None:
    """The simpler failure beside it is not the answer."""
    found = failing(two_ways_to_fail, "ValueError")
    target, setting = target_of(two_ways_to_fail), Setting(model=Model.FREE)
    best = shrink(found, lambda s: execute(target, s, setting, traced=True), executions_max=300)
    assert best.rejection is not None
    assert best.rejection.origin.name == "ValueError"
    assert cost(best.deviations) <= cost(found.deviations)


def test_the_budget_of_executions_is_kept() -> None:
    """No more candidates are executed than allowed."""
    found = failing(lost_update, "AssertionError")
    spent = 0

    def run(source: ChoiceSource) -> Execution:
        nonlocal spent
        spent += 1
        return execute(target_of(lost_update), source, Setting(), traced=True)

    shrink(found, run, executions_max=7)
    assert spent <= 7
