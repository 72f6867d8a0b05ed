"""anyio's pytest plugin on its Trio backend, with a kernel in the place of its guest run.

anyio keeps one Trio run over several tests, driven in guest mode.  Inside :func:`hosted_anyio` its
plugin is given another test runner, whose run begins with the first fixture of one execution of a
test and ends with the last, and is one of the execution's
:class:`~hocket.simulator.hosted_runs.HostedRuns`.  Other backends keep anyio's own runners.
"""

import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar, cast

import trio

from hocket.simulator.hosted_runs import HostedRuns
from hocket.simulator.long_runs import LongRun
from hocket.simulator.substitutes import substituted

__all__ = ["hosted_anyio"]

_T = TypeVar("_T")
_GetRunner = Callable[[str, dict[str, Any]], AbstractContextManager[Any]]


class KernelTestRunner:
    """What anyio's plugin asks of a test runner, done by one run of a kernel."""

    def __init__(self, runs: HostedRuns, options: dict[str, Any]) -> None:
        self._run = LongRun(runs, runs.options(**options))

    def run_asyncgen_fixture(
        self, fixture_func: Callable[..., AsyncGenerator[_T, Any]], kwargs: dict[str, Any]
    ) -> Iterator[_T]:
        """Run a fixture that yields, up to there; and to its end when this is asked again."""
        generator = fixture_func(**kwargs)
        yield self._run.call(generator.asend, None)
        if self._run.over:
            return  # it was cut short, and the generator closed with it
        try:
            self._run.call(generator.asend, None)
        except StopAsyncIteration:
            return
        self._run.call(generator.aclose)
        raise RuntimeError("Async generator fixture did not stop")

    def run_fixture(
        self, fixture_func: Callable[..., Coroutine[Any, Any, _T]], kwargs: dict[str, Any]
    ) -> _T:
        """Run a fixture that returns."""
        return cast("_T", self._run.call(fixture_func, **kwargs))

    def run_test(
        self, test_func: Callable[..., Coroutine[Any, Any, Any]], kwargs: dict[str, Any]
    ) -> None:
        """Run the test itself."""
        __tracebackhide__ = True
        self._run.call(test_func, **kwargs)

    def is_running(self) -> bool:
        """Whether one of its calls is what asks."""
        return trio.lowlevel.in_trio_task()

    def close(self) -> None:
        """The last who uses it has gone."""
        self._run.close()


class _Leases:
    """The runner of one execution, from the first who asks for it to the last who gives it back."""

    def __init__(self, runs: HostedRuns) -> None:
        self._runs = runs
        self._runner: KernelTestRunner | None = None
        self._held = 0

    @contextmanager
    def lease(self, options: dict[str, Any]) -> Generator[KernelTestRunner]:
        __tracebackhide__ = True
        if self._runner is None:
            self._runner = KernelTestRunner(self._runs, options)
        self._held += 1
        try:
            yield self._runner
        finally:
            self._held -= 1
            if not self._held:
                runner, self._runner = self._runner, None
                runner.close()


@contextmanager
def hosted_anyio(runs: HostedRuns) -> Generator[None]:
    """Inside, what anyio's plugin runs on Trio is part of ``runs``; enter it for each execution."""
    plugin = sys.modules.get("anyio.pytest_plugin")
    if plugin is None:
        yield
        return
    leases = _Leases(runs)

    def replaced(real: _GetRunner) -> _GetRunner:
        def get_runner(name: str, options: dict[str, Any]) -> AbstractContextManager[Any]:
            return leases.lease(options) if name == "trio" else real(name, options)

        return get_runner

    with substituted(plugin, {"get_runner": replaced}):
        yield
