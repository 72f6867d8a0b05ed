"""A pytest plugin that replaces ``trio.run`` by the kernel, for suites that were written for Trio.

``-p tests.conformance.kernel_plugin``; the scheduling model comes from the environment variable
``HOCKET_CONFORMANCE_MODEL``.  An execution that a real run would hang in fails with the waits of
its tasks.
"""

import os
from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import Any

import pytest
import trio
import trio._core
import trio._core._run
import trio.testing

from hocket.simulator.endings import Ending, Escape, Model, RunOptions
from hocket.simulator.engine.choices import DefaultSchedule
from hocket.simulator.trio_kernel import Kernel
from hocket.simulator.worker_threads import virtual_worker_threads

MODEL = Model(os.environ.get("HOCKET_CONFORMANCE_MODEL", "free"))
STEPS_MAX = 200_000


class Stuck(AssertionError):
    """Under the kernel nothing can run any more, or no end is in sight."""


def _bare(_kernel: Kernel) -> None:
    """These suites are about Trio alone: no network, no clocks but Trio's."""


def run(
    async_fn: Callable[..., Awaitable[Any]],
    *args: Any,
    clock: trio.abc.Clock | None = None,
    instruments: Sequence[trio.abc.Instrument] = (),
    restrict_keyboard_interrupt_to_checkpoints: bool = False,
    strict_exception_groups: bool = True,
) -> Any:
    """What ``trio.run`` does, under the default schedule."""
    __tracebackhide__ = True
    if clock is not None and not isinstance(clock, trio.testing.MockClock):
        raise Escape(f"a clock of its own: {type(clock).__name__}")
    options = RunOptions(args, clock, tuple(instruments), strict_exception_groups)
    kernel = Kernel(DefaultSchedule(), model=MODEL, max_steps=STEPS_MAX, options=options)
    end = kernel.run(async_fn, _bare)
    if isinstance(end.cause, BaseException):
        raise end.cause
    if end.error is not None:
        raise end.error
    if end.ending is not Ending.FINISHED:
        raise Stuck("\n".join([str(end.ending), *map(str, end.waits)]))
    return end.value


@pytest.fixture(autouse=True)
def _under_the_kernel(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    for module in (trio, trio._core, trio._core._run):
        monkeypatch.setattr(module, "run", run)
    with virtual_worker_threads():
        yield
