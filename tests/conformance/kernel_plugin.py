"""A pytest plugin that replaces ``trio.run`` by the kernel, for suites that were written for Trio.

``-p tests.conformance.kernel_plugin``; the scheduling model comes from the environment variable
``HOCKET_CONFORMANCE_MODEL``.  An execution that a real run would hang in fails with the waits of
its tasks.  Tests that are not applicable are left out.  A line for each test, its name and what
became of it, is written to the file descriptor ``HOCKET_CONFORMANCE_REPORT``.
"""

import os
import sys
from collections.abc import Awaitable, Callable, Generator, Sequence
from types import ModuleType
from typing import Any, cast

import pytest
import trio
import trio._core
import trio._core._run
import trio._tests
import trio.testing
from tests.conformance.lists import NOT_APPLICABLE, entry_of
from trio._deprecate import warn_deprecated

from hocket.simulator.endings import Ending, Escape, Model, RunOptions
from hocket.simulator.engine.choices import DefaultSchedule
from hocket.simulator.trio_kernel import Kernel
from hocket.simulator.world import prepare, simulated_world

MODEL = Model(os.environ.get("HOCKET_CONFORMANCE_MODEL", "free"))
REPORT = int(os.environ.get("HOCKET_CONFORMANCE_REPORT", "2"))
STEPS_MAX = 200_000

# pytest-trio's suite still imports a module of Trio's by the name it had before Trio 0.23.
sys.modules.setdefault("trio.tests", trio._tests)

runs = [0]
"""How many runs the kernel has made in this process."""


class Stuck(AssertionError):
    """Under the kernel nothing can run any more, or no end is in sight."""


def run(
    async_fn: Callable[..., Awaitable[Any]],
    *args: Any,
    clock: trio.abc.Clock | None = None,
    instruments: Sequence[trio.abc.Instrument] = (),
    restrict_keyboard_interrupt_to_checkpoints: bool = False,
    strict_exception_groups: bool = True,
) -> Any:
    """What ``trio.run`` does, under the default schedule.

    Ctrl-C never reaches a simulated program, so there is nothing to restrict.
    """
    __tracebackhide__ = True
    runs[0] += 1
    if not strict_exception_groups:
        warn_deprecated(
            "trio.run(..., strict_exception_groups=False)",
            version="0.25.0",
            issue=2929,
            instead="strict groups",
            use_triodeprecationwarning=True,
        )
    if clock is not None and not isinstance(clock, trio.testing.MockClock):
        raise Escape(f"a clock of its own: {type(clock).__name__}")
    options = RunOptions(args, clock, tuple(instruments), strict_exception_groups)
    kernel = Kernel(DefaultSchedule(), model=MODEL, max_steps=STEPS_MAX, options=options)
    end = kernel.run(async_fn, prepare)
    if isinstance(end.cause, BaseException):
        raise end.cause
    if end.error is not None:
        raise end.error
    if end.ending is not Ending.FINISHED:
        raise Stuck("\n".join([str(end.ending), *map(str, end.waits)]))
    return end.value


@pytest.fixture(autouse=True)
def _under_the_kernel(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Generator[None]:
    """Put the kernel in the place of ``trio.run``, in the world that a program sees."""
    for module in (trio, trio._core, trio._core._run):
        monkeypatch.setattr(module, "run", run)
    on_real_thread = trio.to_thread.run_sync
    with simulated_world():
        suite = cast("ModuleType", cast("Any", request).module)
        for name in [name for name, value in vars(suite).items() if value is on_real_thread]:
            monkeypatch.setattr(suite, name, trio.to_thread.run_sync)
        yield


def tell(test: str, outcome: str) -> None:
    """Tell the runner what became of a test."""
    os.write(REPORT, f"{test}\t{outcome}\n".encode())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not applicable, and name each test as the lists do."""
    left_out = list[pytest.Item]()
    for item in items[:]:
        module = item.getparent(pytest.Module)
        assert module is not None
        name = f"{module.obj.__name__}::{item.nodeid.partition('::')[2]}"
        if entry_of(name, NOT_APPLICABLE):
            items.remove(item)
            left_out.append(item)
            tell(name, "not applicable")
        else:
            item.user_properties.append(("test", name))
    config.hook.pytest_deselected(items=left_out)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Tell what became of each phase; a test has passed if none of its phases failed."""
    for key, name in report.user_properties:
        if key == "test" and (report.when == "call" or report.outcome != "passed"):
            tell(str(name), report.outcome)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell how often the kernel ran, for the runner to see that it did."""
    if session.config.pluginmanager.has_plugin(__name__):
        tell("runs", str(runs[0]))
