"""Small programs whose schedules can be counted on paper."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial

import trio

from hocket.simulator.endings import Profile
from hocket.simulator.execution import Execution, Setting, Target, execute
from hocket.simulator.strategies import Strategy, watch

Body = Callable[[], Awaitable[object]]


def interleaved(*lengths: int, forbidden: Sequence[str] = ()) -> Body:
    """Tasks a, b, ... of so many steps each; fails if their order is one of ``forbidden``."""

    async def main() -> None:
        order: list[str] = []

        async def work(name: str, steps: int) -> None:
            order.append(name)
            for _ in range(steps - 1):
                await trio.lowlevel.checkpoint()
                order.append(name)

        async with trio.open_nursery() as nursery:
            for name, steps in zip("abcdefgh", lengths, strict=False):
                nursery.start_soon(work, name, steps)
        assert "".join(order) not in forbidden

    return main


async def lost_update() -> None:
    """Two increments that read, wait and write: 6 schedules, of which 4 lose one."""
    counter = {"value": 0}

    async def increment() -> None:
        seen = counter["value"]
        await trio.lowlevel.checkpoint()
        counter["value"] = seen + 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(increment)
        nursery.start_soon(increment)
    assert counter["value"] == 2


def executions(
    body: Body, strategy: Strategy, budget: int, profile: Profile = Profile.BENCH
) -> Iterator[Execution]:
    """What a strategy makes of a program, schedule by schedule."""
    target = Target("small", "", body)
    for _ in range(budget):
        if not strategy.begin():
            return
        setting = Setting(profile=profile)
        execution = execute(target, strategy, setting, prepare=partial(watch, strategy))
        strategy.end(execution.end.steps - execution.end.apart)
        yield execution


def failure_rate(body: Body, strategy: Strategy, budget: int) -> float:
    """The share of schedules that fail."""
    rejected = [e.rejection is not None for e in executions(body, strategy, budget)]
    return sum(rejected) / len(rejected)
