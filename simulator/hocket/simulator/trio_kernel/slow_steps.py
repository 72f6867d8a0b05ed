"""A step that lasts: once in an execution a deadline may come while tasks can still run.

Time moves only when nothing can run, so no step ever takes any.  In the real world one may take
longer than a time-out: a long computation, a garbage collection, a machine that swaps.  To let
every deadline fire at any moment would make each watchdog a false alarm; so it is only done when
asked for, for deadlines that are near, and once.
"""

# pyright: reportPrivateUsage=false

from collections.abc import Sequence
from typing import Protocol

import trio
from attrs import define, field

from hocket.simulator.engine.choices import SLOW_STEP, ChoiceKind
from hocket.simulator.trio_kernel.private import Task
from hocket.simulator.trio_kernel.runner import KernelRunner, TaskEntry

__all__ = ["SlowStep"]

_IN_TIME = "in time"


class _Host(Protocol):
    @property
    def now(self) -> float: ...

    def runnable(self) -> int: ...

    def decide(self, kind: ChoiceKind, label: str, options: Sequence[str]) -> int: ...

    def entry_of(self, task: Task) -> TaskEntry: ...

    def lasts(self, seconds: float) -> None: ...


@define(eq=False)
class SlowStep(trio.abc.Instrument):
    """Offers to let a step last until the next deadline, at most ``seconds_max`` virtual seconds
    away, as long as none has.
    """

    seconds_max: float
    kernel: _Host = field(init=False)
    _lasted: bool = field(default=False, init=False)

    def after_task_step(self, task: Task) -> None:
        """A step is over that could have taken longer."""
        goes_on = task._next_send_fn is not None
        if self._lasted or not (goes_on or self.kernel.runnable()):
            return
        runner = task._runner
        assert isinstance(runner, KernelRunner)
        wait = runner.deadlines.next_deadline() - self.kernel.now
        if not 0 < wait <= self.seconds_max:
            return
        label = f"{SLOW_STEP} before {self.kernel.entry_of(task).anchor}"
        options = (_IN_TIME, f"lasts {wait:g} s")
        if self.kernel.decide(ChoiceKind.TIMER, label, options):
            self._lasted = True
            self.kernel.lasts(wait)
