"""POS, SURW and PCT against probabilities that can be worked out on paper."""

import pytest
import trio
from tests.simulator.strategies.small_programs import (
    executions,
    failure_rate,
    interleaved,
    lost_update,
)

from hocket.simulator.footprints import Footprints
from hocket.simulator.strategies import PCT, POS, SURW, RandomWalk, make_strategy

SAMPLE = 600


async def late_window() -> None:
    """The short task must run in the last of nineteen gaps of the long one."""
    state = {"phase": 0}

    async def long() -> None:
        for phase in range(1, 21):
            state["phase"] = phase
            await trio.lowlevel.checkpoint()

    async def short() -> None:
        assert state["phase"] != 19

    async with trio.open_nursery() as nursery:
        nursery.start_soon(long)
        nursery.start_soon(short)


async def beside_strangers() -> None:
    """A lost update among three tasks that touch nothing shared."""
    state = {"value": 0}

    async def increment() -> None:
        await trio.lowlevel.checkpoint()
        seen = state["value"]
        await trio.lowlevel.checkpoint()
        state["value"] = seen + 1

    async def stranger() -> None:
        for _ in range(4):
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(increment)
        for _ in range(3):
            nursery.start_soon(stranger)
        nursery.start_soon(increment)
    assert state["value"] == 2


async def three_constraints() -> None:
    """Fails only if b runs between two steps of a, and a between two of b: depth 3."""
    order: list[str] = []

    async def work(name: str) -> None:
        for _ in range(2):
            order.append(name)
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work, "a")
        nursery.start_soon(work, "b")
    assert order not in (list("abab"), list("baba"))


def test_surw_reaches_the_end_of_a_long_task() -> None:
    """One merge in 21 is in the window; a random walk is there once in half a million."""
    surw = failure_rate(late_window, make_strategy("surw", 0), SAMPLE)
    assert 0.02 < surw < 0.10
    assert failure_rate(late_window, RandomWalk(0), SAMPLE) == 0


def test_surw_is_not_distracted_by_strangers() -> None:
    """Four of the six orders of reads and writes lose an update, whatever else runs."""
    assert failure_rate(beside_strangers, make_strategy("surw", 0), SAMPLE) > 0.55
    assert failure_rate(beside_strangers, RandomWalk(0), SAMPLE) < 0.5


def test_surw_lets_a_task_go_on_once_no_selected_step_is_left() -> None:
    """Of two tasks that write once and then work alone, none is interrupted after both writes."""
    state = {"value": 0}

    async def write_then_work() -> None:
        state["value"] += 1
        for _ in range(6):
            await trio.lowlevel.checkpoint()

    async def both() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(write_then_work)
            nursery.start_soon(write_then_work)

    learnt = list(executions(both, SURW(0, Footprints()), 60))[10:]
    assert max(sum(map(bool, execution.choices)) for execution in learnt) == 2


def test_without_footprints_surw_is_still_a_walk() -> None:
    """Nothing is known in the first schedule, and every schedule is drawn all the same."""
    rate = failure_rate(lost_update, SURW(3, Footprints()), SAMPLE)
    assert 0.4 < rate < 0.9


def test_surw_once_goes_through_the_orders() -> None:
    """Each of the 20 orders of two writers is met much sooner than by draws that may repeat."""

    def needed(name: str, seed: int) -> int:
        met: set[str] = set()

        async def main() -> None:
            order = [""]

            async def work(name: str) -> None:
                for _ in range(3):
                    await trio.lowlevel.checkpoint()
                    order[0] += name

            async with trio.open_nursery() as nursery:
                nursery.start_soon(work, "a")
                nursery.start_soon(work, "b")
            met.add(order[0])

        for number, _ in enumerate(executions(main, make_strategy(name, seed), 1_000), 1):
            if len(met) == 20:
                return number
        return 1_000

    once, drawn = (sum(needed(name, n) for n in range(5)) for name in ("surw-once", "surw"))
    assert 5 * 20 <= once < 0.7 * drawn


def test_urw_meets_what_needs_two_things_at_once() -> None:
    """A circle of locks is one order of all takings; a walk over those of one lock draws fewer."""

    async def circle() -> None:
        locks = [trio.Lock() for _ in range(3)]

        async def dine(first: trio.Lock, second: trio.Lock) -> None:
            async with first, second:
                await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            for number in range(3):
                nursery.start_soon(dine, locks[number], locks[(number + 1) % 3])

    all_three = failure_rate(circle, make_strategy("urw", 0), SAMPLE)
    assert all_three > 1.5 * failure_rate(circle, make_strategy("surw", 0), SAMPLE)


def test_pos_orders_a_raced_step_afresh_and_basic_pos_does_not() -> None:
    """Two tasks that alternate strictly are out of reach for priorities that are never redrawn."""

    async def alternating() -> None:
        last, same = [""], [0]

        async def work(name: str) -> None:
            for _ in range(4):
                await trio.lowlevel.checkpoint()
                same[0] += last[0] == name
                last[0] = name

        async with trio.open_nursery() as nursery:
            nursery.start_soon(work, "a")
            nursery.start_soon(work, "b")
        assert same[0]

    real = failure_rate(alternating, make_strategy("pos", 0), SAMPLE)
    assert real > 2 * failure_rate(alternating, make_strategy("basic-pos", 0), SAMPLE)


def test_pct_at_depth_2_never_meets_a_bug_of_depth_3() -> None:
    """One change of priorities cannot switch twice in the middle of tasks; two can."""
    assert failure_rate(three_constraints, PCT(0, 2), SAMPLE) == 0
    assert failure_rate(three_constraints, PCT(0, 3), SAMPLE) > 0


@pytest.mark.parametrize(
    "name", ["surw", "surw-once", "urw", "pos", "basic-pos", "guided", "portfolio"]
)
def test_one_seed_is_one_sequence_of_schedules(name: str) -> None:
    """Two strategies made alike answer alike, and another seed answers otherwise."""

    def choices(seed: int) -> list[object]:
        return [e.choices for e in executions(beside_strangers, make_strategy(name, seed), 30)]

    assert choices(1) == choices(1) != choices(2)


@pytest.mark.parametrize(
    "name", ["surw", "surw-once", "pos", "guided", "portfolio", "random", "pct"]
)
def test_a_sound_program_never_fails(name: str) -> None:
    """Whatever the order."""
    assert failure_rate(interleaved(4, 4), make_strategy(name, 0), 200) == 0


def test_basic_pos_watches_nobody() -> None:
    """What needs no footprints pays for none."""
    basic = POS(0, None)
    list(executions(lost_update, basic, 3))
    assert basic.watcher is None
