"""Steps that would take for ever or block everything: spinning on a clock, and a real sleep."""

import inspect
import time
from collections.abc import Awaitable, Callable
from datetime import datetime as imported_datetime

import pytest
import trio
from tests.simulator.kernel_runs import run

from hocket.simulator import FailureKind, Verdict, explore
from hocket.simulator.clocks import READS_PER_STEP_MAX
from hocket.simulator.endings import Escape
from hocket.simulator.world import simulated_world


async def waits_for_a_clock() -> None:
    """Never gives the turn back, and the clock cannot move while it has it."""
    while time.monotonic() < 1:
        pass


async def sleeps_for_real() -> None:
    """Would block the whole simulation, and swallows the complaint."""
    try:
        time.sleep(60)
    except RuntimeError:
        await trio.sleep(1)


@pytest.mark.parametrize(
    ("target", "what", "line"),
    [
        (waits_for_a_clock, "spin on clock", 2),
        (sleeps_for_real, "a real sleep (time.sleep)", 3),
    ],
)
def test_a_step_that_would_take_for_ever_is_an_escape(
    target: Callable[[], Awaitable[object]], what: str, line: int
) -> None:
    """The execution stops, the verdict is unsupported, and the line is named."""
    result = explore(target, schedules=3)
    (failure,) = result.failures
    assert result.verdict is Verdict.UNSUPPORTED
    assert failure.kind is FailureKind.ESCAPE
    start = inspect.getsourcelines(target)[1]
    assert what in failure.message
    assert f"test_clock_escapes.py:{start + line}" in failure.message


def test_many_reads_are_no_spin_if_steps_lie_between() -> None:
    """The bound is for one step, and each step begins anew."""

    async def target() -> None:
        for _ in range(3):
            for _ in range(READS_PER_STEP_MAX):
                time.time()
            await trio.lowlevel.checkpoint()

    with simulated_world():
        end = run(target)
    assert end.error is None
    assert end.cause is None


def test_one_read_too_many_is_a_spin() -> None:
    """Even where the program goes on as if nothing were."""

    async def target() -> None:
        for _ in range(READS_PER_STEP_MAX):
            time.time()
        with pytest.raises(Escape):
            imported_datetime.now()

    with simulated_world():
        assert isinstance(run(target).cause, Escape)


def test_a_real_sleep_outside_is_slept() -> None:
    """Another thread may sleep as it likes."""
    with simulated_world():
        before = time.monotonic()
        time.sleep(0.001)
        assert time.monotonic() - before >= 0.001
