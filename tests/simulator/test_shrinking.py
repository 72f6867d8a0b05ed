"""Shrinking: simpler, and the same failure."""

from collections.abc import Awaitable, Callable, Iterator

import pytest
import trio
from attrs import define, field

from hocket.simulator import explore, replay
from hocket.simulator.endings import Model
from hocket.simulator.engine.choices import ChoiceKind, ChoicePoint, ChoiceSource, cost
from hocket.simulator.execution import Execution, Setting, Target, execute
from hocket.simulator.exploring import target_of
from hocket.simulator.shrinking import shrink
from hocket.simulator.simulation import choose
from hocket.simulator.strategies import RandomWalk

AsyncFunction = Callable[[], Awaitable[None]]


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


async def three_exact_switches() -> None:
    """Each task must look exactly when the other one has raised its flag for one step."""
    raised = [False, False, False]
    seen = 0

    async def first() -> None:
        nonlocal seen
        for step in range(8):
            raised[0] = step == 2
            if step == 5 and seen == 1 and raised[1]:
                seen = 2
            raised[2] = step == 6
            await trio.lowlevel.checkpoint()

    async def second() -> None:
        nonlocal seen
        for step in range(8):
            if step == 3 and raised[0]:
                seen = 1
            raised[1] = step == 4
            if step == 7 and seen == 2 and raised[2]:
                raise RuntimeError("three switches")
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(first)
        nursery.start_soon(second)


async def late_start() -> None:
    """Fails if the second task runs to its end first, which needs no preemption."""
    done: list[str] = []

    async def work(name: str) -> None:
        for _ in range(6):
            await trio.lowlevel.checkpoint()
        done.append(name)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work, "a")
        nursery.start_soon(work, "b")
    assert done == ["a", "b"]


@define
class Bounded:
    """A prefix of choices and the default after it, noting where more could be chosen."""

    prefix: list[int]
    taken: list[int] = field(factory=list[int], init=False)
    spent: list[int] = field(factory=list[int], init=False)
    arities: list[int] = field(factory=list[int], init=False)

    def choose(self, point: ChoicePoint) -> int:
        """The choice of the prefix; ``spent`` is one where another choice is a preemption."""
        position = len(self.taken)
        index = self.prefix[position] if position < len(self.prefix) else 0
        self.taken.append(index)
        self.arities.append(len(point.options))
        self.spent.append(int(point.continues and point.kind is ChoiceKind.TASK))
        return index

    def further(self, preemptions: int) -> Iterator[list[int]]:
        """The prefixes that differ first behind this one, with at most so many preemptions."""
        used = sum(c for c, index in zip(self.spent, self.prefix, strict=False) if index)
        for position in range(len(self.prefix), len(self.taken)):
            if used + self.spent[position] <= preemptions:
                for index in range(1, self.arities[position]):
                    yield [*self.taken[:position], index]


def fails_within(target: Target, preemptions: int, origin: str) -> bool:
    """Whether any schedule with at most so many preemptions fails so: all of them are tried."""
    waiting: list[list[int]] = [[]]
    while waiting:
        prefix = waiting.pop()
        source = Bounded(prefix)
        rejection = execute(target, source, Setting()).rejection
        if rejection is not None and str(rejection.origin) == origin:
            return True
        waiting.extend(source.further(preemptions))
    return False


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


@pytest.mark.parametrize("seed", range(3))
def test_three_exact_switches_are_three_preemptions(seed: int) -> None:
    """A failing schedule with many switches is consolidated to those that matter."""
    (failure,) = explore(three_exact_switches, schedules=5_000, seed=seed).failures
    assert cost(failure.deviations) == (3, 0, 0)
    assert replay(three_exact_switches, failure.token).reproduced


def test_what_needs_no_preemption_is_told_without_one() -> None:
    """A task that starts first is simpler than one that interrupts another again and again."""
    for seed in range(5):
        (failure,) = explore(late_start, seed=seed).failures
        assert cost(failure.deviations) == (0, 1, 0)


@pytest.mark.parametrize("program", [lost_update, late_start, three_exact_switches])
def test_no_schedule_with_fewer_preemptions_fails(program: AsyncFunction) -> None:
    """The fewest, as an exhaustive search up to that bound says."""
    (failure,) = explore(program, schedules=5_000).failures
    target, origin = target_of(program), str(failure.origin)
    assert fails_within(target, failure.preemptions, origin)
    assert not fails_within(target, failure.preemptions - 1, origin)


def test_a_value_comes_as_near_to_the_first_as_it_can() -> None:
    """The third value fails like the fifth, and is the one that is told."""

    async def picky() -> None:
        await trio.lowlevel.checkpoint()
        value = choose(ChoiceKind.DATA, "size", ["0", "1", "2", "3", "4"])
        assert value < 2, "too large"

    for seed in range(4):
        (failure,) = explore(picky, seed=seed).failures
        assert [d.taken for d in failure.deviations] == ["2"]


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
