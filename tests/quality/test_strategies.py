"""What each strategy is worth: this defect within so many schedules, and shrunk to exactly that."""

from collections.abc import Awaitable, Callable, Mapping

import pytest
import trio
from attrs import frozen

from hocket.simulator import Failure, Verdict, explore

Program = Callable[[], Awaitable[None]]


async def lost_update() -> None:
    """Two tasks read, wait and write."""
    state = {"value": 0}

    async def increment() -> None:
        await trio.lowlevel.checkpoint()
        seen = state["value"]
        await trio.lowlevel.checkpoint()
        state["value"] = seen + 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(increment)
        nursery.start_soon(increment)
    assert state["value"] == 2


async def crossed_locks() -> None:
    """Two locks, taken in opposite orders."""
    one, other = trio.Lock(), trio.Lock()

    async def take(first: trio.Lock, second: trio.Lock) -> None:
        async with first, second:
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(take, one, other)
        nursery.start_soon(take, other, one)


async def late_window() -> None:
    """A short task must run in the last gap but one of a task of sixteen steps."""
    state = {"phase": 0}

    async def long() -> None:
        for phase in range(1, 17):
            await trio.lowlevel.checkpoint()
            state["phase"] = phase

    async def short() -> None:
        await trio.lowlevel.checkpoint()
        assert state["phase"] != 15

    async with trio.open_nursery() as nursery:
        nursery.start_soon(long)
        nursery.start_soon(short)


async def strict_alternation() -> None:
    """Two tasks of three steps fail only if they alternate strictly."""
    state = {"turn": 0}

    async def work(me: int) -> None:
        for step in range(3):
            await trio.lowlevel.checkpoint()
            state["turn"] = state["turn"] + 1 if state["turn"] == 2 * step + me else -99
            assert state["turn"] < 6

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work, 0)
        nursery.start_soon(work, 1)


@frozen
class Worth:
    """A program, its preemptions and reorderings at the least, and schedules for each strategy."""

    program: Program
    fewest: tuple[int, int]
    within: Mapping[str, int]


WORTH = (
    Worth(
        lost_update,
        (1, 0),
        {"random": 20, "pct": 30, "pos": 30, "surw": 15, "guided": 20, "portfolio": 20},
    ),
    Worth(
        crossed_locks,
        (1, 0),
        {"random": 20, "pct": 40, "pos": 30, "surw": 20, "urw": 15, "portfolio": 20},
    ),
    Worth(late_window, (1, 0), {"surw": 150, "surw-once": 80, "urw": 150, "portfolio": 80}),
    Worth(strict_alternation, (4, 0), {"random": 250, "surw": 120, "surw-once": 60}),
)
SEEDS = 3


@pytest.mark.parametrize("worth", WORTH, ids=lambda worth: worth.program.__name__)
def test_a_strategy_finds_the_defect_and_it_shrinks_to_this(worth: Worth) -> None:
    """From every seed, and no counterexample has more preemptions than it needs."""
    for strategy, within in worth.within.items():
        for seed in range(SEEDS):
            result = explore(worth.program, strategy=strategy, seed=seed, schedules=within)
            assert result.failures, (strategy, seed)
            assert _cost(result.failures[0]) == worth.fewest, (strategy, seed)


@pytest.mark.parametrize("worth", WORTH, ids=lambda worth: worth.program.__name__)
def test_there_is_no_smaller_counterexample(worth: Worth) -> None:
    """With one preemption less every schedule passes, which a systematic search has shown."""
    bound = f"preemptions={worth.fewest[0] - 1}"
    assert explore(worth.program, bound=bound, schedules=50_000).verdict is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("program", "strategy"),
    [(late_window, "random"), (strict_alternation, "pct")],
)
def test_what_a_strategy_is_blind_to(program: Program, strategy: str) -> None:
    """The unflattering numbers: none of three seeds meets it where others do."""
    for seed in range(SEEDS):
        assert not explore(program, strategy=strategy, seed=seed, schedules=100).failures


def _cost(failure: Failure) -> tuple[int, int]:
    return failure.preemptions, failure.reorderings
