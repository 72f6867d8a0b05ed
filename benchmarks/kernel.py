"""What a schedule costs, beside plain ``trio.run`` with an autojump clock in the same process.

Prints schedules per second and the ratio of our time to Trio's: the median over interleaved pairs,
so that whatever else the machine does falls on both.  Tracing is off, the strategy is a random walk
and its choices are recorded, as in a campaign.

Under plain Trio the scenario's worker threads are replaced by calls in place, which is in Trio's
favour: an autojump clock would jump while a real thread works.
"""

import gc
import statistics
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from unittest import mock

import trio
import trio.testing

from hocket.scenarios.selection import shipped
from hocket.simulator.execution import Setting, execute
from hocket.simulator.exploring import target_of
from hocket.simulator.memory import collecting
from hocket.simulator.strategies import RandomWalk
from hocket.simulator.world import simulated_world

PAIRS = 15
SECONDS_PER_MEASUREMENT = 0.05

Body = Callable[[], Awaitable[object]]


async def no_op() -> None:
    """Nothing at all: the cost of a run."""


async def checkpoints(tasks: int, steps: int) -> None:
    """So many tasks that pass so many bare checkpoints each."""

    async def work() -> None:
        for _ in range(steps):
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        for _ in range(tasks):
            nursery.start_soon(work)


async def sleeps(tasks: int, naps: int) -> None:
    """So many tasks that sleep so often, each by its own rhythm."""

    async def work(rhythm: float) -> None:
        for _ in range(naps):
            await trio.sleep(rhythm)

    async with trio.open_nursery() as nursery:
        for number in range(tasks):
            nursery.start_soon(work, 0.1 + number)


def bodies() -> dict[str, Body]:
    """What is measured, by the name that is printed."""
    return {
        "no-op": no_op,
        "4 tasks x 10 checkpoints": partial(checkpoints, 4, 10),
        "10 tasks x 100 checkpoints": partial(checkpoints, 10, 100),
        "4 tasks x 10 sleeps": partial(sleeps, 4, 10),
        "scenario duplicate_call_id": scenario("duplicate_call_id"),
    }


def scenario(name: str) -> Body:
    """The main function of a shipped scenario, which runs in the simulator and under Trio alike."""
    (prepared,) = (p for p in shipped() if p.name == name)
    return prepared.main


async def in_place(function: Callable[..., Any], *arguments: Any, **_options: Any) -> Any:
    """Stands for ``trio.to_thread.run_sync`` under plain Trio."""
    await trio.lowlevel.checkpoint()
    result = function(*arguments)
    await trio.lowlevel.cancel_shielded_checkpoint()
    return result


def per_run(once: Callable[[], object], runs: int) -> float:
    """Seconds that one run takes, over so many."""
    started = time.perf_counter()
    for _ in range(runs):
        once()
    return (time.perf_counter() - started) / runs


def measure(body: Body) -> tuple[float, float]:
    """Schedules per second, and the median ratio of our time to plain Trio's."""
    target, strategy, setting = target_of(body), RandomWalk(0), Setting()

    def ours() -> None:
        execute(target, strategy, setting)
        gc.collect(0)

    def plain() -> None:
        with mock.patch.object(trio.to_thread, "run_sync", in_place):
            trio.run(body, clock=trio.testing.MockClock(autojump_threshold=0))

    runs = max(3, int(SECONDS_PER_MEASUREMENT / per_run(plain, 5)))
    pairs: list[tuple[float, float]] = []
    for _ in range(PAIRS):
        with collecting(), simulated_world(body):
            mine = per_run(ours, runs)
        pairs.append((mine, per_run(plain, runs)))
    ratio = statistics.median(mine / theirs for mine, theirs in pairs)
    return 1 / statistics.median(mine for mine, _ in pairs), ratio


def main() -> None:
    """Print one line per body."""
    print(f"{'body':<30}{'schedules/s':>14}{'of trio.run':>14}")
    for name, body in bodies().items():
        rate, ratio = measure(body)
        print(f"{name:<30}{rate:>14,.0f}{ratio:>14.2f}")


if __name__ == "__main__":
    main()
