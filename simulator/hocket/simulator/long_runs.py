"""A run that lives over several calls from outside, as the fixtures and the body of a test are.

:class:`LongRun` is one Trio run among the :class:`~hocket.simulator.hosted_runs.HostedRuns` of a
test.  Each call runs an async function in its main task and goes on until that is done; tasks that
it started stay, and take their steps during the next call.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import outcome
import trio

from hocket.simulator.endings import End, RunOptions
from hocket.simulator.execution import world_of
from hocket.simulator.hosted_runs import HostedRuns, Stuck, value_of
from hocket.simulator.trio_kernel import PhasedRun

__all__ = ["LongRun"]


class LongRun:
    """One run for several calls; it must be closed."""

    def __init__(self, runs: HostedRuns, options: RunOptions) -> None:
        self._runs = runs
        self._kernel = runs.kernel(options)
        self._phases = PhasedRun(self._kernel)
        self._call: Callable[[], Awaitable[Any]] | None = None
        self._answer: outcome.Outcome[Any] | None = None
        self._task: trio.lowlevel.Task | None = None
        self._end: End | None = None

    @property
    def over(self) -> bool:
        """Whether it has ended, of itself or because it was cut, so that nothing can be called."""
        return self._end is not None

    def call(self, async_fn: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        """Run an async function to its end; returns and raises as it does.

        Raises :class:`~hocket.simulator.hosted_runs.Stuck` if it comes to no end, and from then on.
        """
        __tracebackhide__ = True
        if self.over:
            raise Stuck("the run of this test is over already")
        self._call, self._answer = partial(async_fn, *args, **kwargs), None
        self._go_on()
        answer: outcome.Outcome[Any] | None = self._answer
        if answer is None or self._kernel.cause is not None:
            value_of(self._conclude())
            raise Stuck("the main task of the run has ended")
        return answer.unwrap()

    def close(self) -> None:
        """Let the main task end, and wait for all that is left; raises what the run raises."""
        __tracebackhide__ = True
        if self._end is None:
            self._call = None
            if self._task is not None:
                self._go_on()
            value_of(self._conclude())

    def _go_on(self) -> None:
        if self._task is None:
            self._phases.begin(self._serve, world_of(self._runs.setting))
        else:
            self._phases.go_on(self._task)

    def _conclude(self) -> End:
        self._end = self._phases.end()
        self._runs.keep(self._kernel, self._end)
        return self._end

    async def _serve(self) -> None:
        self._task = trio.lowlevel.current_task()
        while self._call is not None:
            call, self._call = self._call, None
            self._answer = await outcome.acapture(call)
            self._phases.pause()
            await trio.lowlevel.wait_task_rescheduled(_until_the_host_calls)


def _until_the_host_calls(_: object) -> trio.lowlevel.Abort:
    return trio.lowlevel.Abort.FAILED
