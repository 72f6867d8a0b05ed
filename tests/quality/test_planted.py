"""Defects of the kinds that libraries have had: found by default, and absent from the mended form.

Each program has one line that is right or wrong, as ``mended`` says.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
import trio

from hocket.simulator import Verdict, explore


class Permits:
    """A semaphore of one; a permit that is handed to somebody who gives up must go on."""

    def __init__(self, mended: bool) -> None:
        self.mended = mended
        self.free = True
        self.waiting: deque[trio.Event] = deque()

    async def acquire(self) -> None:
        """Take the permit, or wait for it."""
        if self.free:
            self.free = False
            return
        handed = trio.Event()
        self.waiting.append(handed)
        try:
            await handed.wait()
        except trio.Cancelled:
            if handed in self.waiting:
                self.waiting.remove(handed)
            elif self.mended:
                self.release()
            raise

    def release(self) -> None:
        """Hand the permit on."""
        if self.waiting:
            self.waiting.popleft().set()
        else:
            self.free = True


async def time_out_meets_release(mended: bool) -> None:
    """Patience ends in the instant in which the permit is handed over."""
    permits = Permits(mended)

    async def hold() -> None:
        await permits.acquire()
        await trio.sleep(1)
        permits.release()

    async def impatient() -> None:
        await trio.lowlevel.checkpoint()
        with trio.move_on_after(1):
            await permits.acquire()
            permits.release()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(hold)
        nursery.start_soon(impatient)
    with trio.fail_after(1):
        await permits.acquire()


async def cancel_meets_release(mended: bool) -> None:
    """One of two who wait is cancelled after it was handed the permit, and before it has run."""
    permits, scope = Permits(mended), trio.CancelScope()

    async def use(steps: int) -> None:
        await permits.acquire()
        try:
            for _ in range(steps):
                await trio.lowlevel.checkpoint()
        finally:
            permits.release()

    async def victim() -> None:
        with scope:
            await use(1)

    async def give_up() -> None:
        for _ in range(8):
            await trio.lowlevel.checkpoint()
        scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(use, 6)
        nursery.start_soon(victim)
        nursery.start_soon(use, 1)
        nursery.start_soon(give_up)


async def cancel_meets_start(mended: bool) -> None:
    """A service is cancelled between its first effect and the word that it has started."""
    running: set[str] = set()
    scope = trio.CancelScope()

    async def service(task_status: trio.TaskStatus[None]) -> None:
        running.add("service")
        try:
            await trio.lowlevel.checkpoint()
            task_status.started()
        except trio.Cancelled:
            if mended:
                running.clear()
            raise
        try:
            await trio.sleep_forever()
        finally:
            running.clear()

    async def boss() -> None:
        with scope:
            async with trio.open_nursery() as nursery:
                await nursery.start(service)

    async def give_up() -> None:
        for _ in range(10):
            await trio.lowlevel.checkpoint()
        scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(boss)
        nursery.start_soon(give_up)
    assert not running


PROGRAMS: tuple[Callable[[bool], Awaitable[None]], ...] = (
    time_out_meets_release,
    cancel_meets_release,
    cancel_meets_start,
)


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_defect_is_found_by_default_and_the_mended_form_passes(
    program: Callable[[bool], Awaitable[None]],
) -> None:
    """From each of three seeds within 500 schedules."""
    for seed in range(3):
        found = explore(partial(program, False), schedules=500, seed=seed)
        assert found.verdict is Verdict.FAILED
    assert explore(partial(program, True), schedules=300).verdict is Verdict.NOT_FOUND
