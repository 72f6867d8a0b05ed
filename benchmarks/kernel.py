"""What a schedule costs, beside plain ``trio.run`` with an autojump clock in the same process.

Prints schedules per second and the ratio of our time to Trio's: the median over interleaved pairs,
so that whatever else the machine does falls on both.  Tracing is off, the strategy is a random walk
and its choices are recorded, as in a campaign.  The last column is the cost of light tracing: the
median ratio of a traced execution to an untraced one beside it.

Then one campaign of many schedules, and by how much its process has grown since it was warm.

Under plain Trio worker threads are Trio's own; the autojump clock is held while one works, or it
would jump over the time-outs of whoever waits for it.
"""

import gc
import statistics
import time
from collections.abc import Awaitable, Callable
from functools import partial
from math import inf
from typing import Any
from unittest import mock

import trio
import trio.testing

from hocket.scenarios.selection import shipped
from hocket.simulator.campaign import Budget, Campaign
from hocket.simulator.engine.trace import Tracing
from hocket.simulator.execution import Setting, execute
from hocket.simulator.exploring import target_of
from hocket.simulator.memory import collecting, resident_bytes
from hocket.simulator.strategies import RandomWalk
from hocket.simulator.world import simulated_world

PAIRS = 15
SECONDS_PER_MEASUREMENT = 0.05
SCHEDULES = 100_000
WARM = 10_000

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


def plainly(body: Body) -> None:
    """Run a body under plain Trio, with an autojump clock that stands while a thread works."""
    clock = trio.testing.MockClock(autojump_threshold=0)
    real, working = trio.to_thread.run_sync, 0

    async def run_sync(function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        nonlocal working
        working += 1
        clock.autojump_threshold = inf
        try:
            return await real(function, *arguments, **options)
        finally:
            working -= 1
            if not working:
                clock.autojump_threshold = 0

    with mock.patch.object(trio.to_thread, "run_sync", run_sync):
        trio.run(body, clock=clock)


def per_run(once: Callable[[], object], runs: int) -> float:
    """Seconds that one run takes, over so many."""
    started = time.perf_counter()
    for _ in range(runs):
        once()
    return (time.perf_counter() - started) / runs


def measure(body: Body) -> tuple[float, float, float]:
    """Schedules per second, the median ratio of our time to plain Trio's, and of light tracing."""
    target, strategy = target_of(body), RandomWalk(0)

    def ours(setting: Setting) -> None:
        execute(target, strategy, setting)
        gc.collect(0)

    untraced = partial(ours, Setting())
    traced = partial(ours, Setting(tracing=Tracing.LIGHT))

    plain = partial(plainly, body)
    runs = max(3, int(SECONDS_PER_MEASUREMENT / per_run(plain, 5)))
    rounds: list[tuple[float, float, float]] = []
    for _ in range(PAIRS):
        with collecting(), simulated_world(body):
            mine = per_run(untraced, runs)
            light = per_run(traced, runs)
        rounds.append((mine, per_run(plain, runs), light))
    ratio = statistics.median(mine / theirs for mine, theirs, _ in rounds)
    tracing = statistics.median(light / mine for mine, _, light in rounds)
    return 1 / statistics.median(mine for mine, _, _ in rounds), ratio, tracing


def growth(schedules: int, warm: int) -> int:
    """The bytes by which resident memory grows in a campaign, after so many schedules."""
    resident: list[int] = []

    def look(done: int) -> None:
        if done in {warm, schedules}:
            resident.append(resident_bytes())

    Campaign(
        target=target_of(partial(checkpoints, 4, 10)),
        strategy=RandomWalk(0),
        budget=Budget(schedules=schedules),
        on_schedule=look,
    ).run()
    return resident[-1] - resident[0]


def main() -> None:
    """Print one line per body, then the growth of memory."""
    print(f"{'body':<30}{'schedules/s':>14}{'of trio.run':>14}{'light tracing':>16}")
    for name, body in bodies().items():
        rate, ratio, tracing = measure(body)
        print(f"{name:<30}{rate:>14,.0f}{ratio:>14.2f}{tracing:>16.2f}")
    grown = growth(SCHEDULES, WARM) / 2**20
    print(f"resident memory after {SCHEDULES:,} schedules: {grown:+.1f} MB since {WARM:,}")


if __name__ == "__main__":
    main()
