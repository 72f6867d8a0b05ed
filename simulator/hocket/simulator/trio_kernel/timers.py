"""Firing timers that are due at one instant: one scope at a time, in an order that is a choice.

After each, the schedule says whether the next fires at once, after some steps, or only when nothing
can run; the default is Trio's own expiry of all at once.  What goes wrong between two timers is
mostly that one has woken a task which the other cancels before it has run.
"""

# pyright: reportPrivateUsage=false

from collections.abc import Callable, Sequence
from typing import Final, Protocol

import trio
from attrs import define

from hocket.simulator.endings import Model, RunOptions
from hocket.simulator.engine.choices import ChoiceKind
from hocket.simulator.trio_kernel.private import Task
from hocket.simulator.trio_kernel.runner import OrderedDeadlines, TaskEntry

__all__ = ["fire_all", "fire_by_choice", "firing"]

_STEPS: Final = (1, 2, 3, 5)
_NEXT: Final = (
    "at once",
    *(f"after {steps} step{'s' * (steps > 1)}" for steps in _STEPS),
    "when nothing can run",
)
_AGAIN: Final = ("at once", "after one more step")


class Host(Protocol):
    """What is asked of the kernel."""

    @property
    def now(self) -> float:
        """Virtual time, in seconds."""
        ...

    def decide(self, kind: ChoiceKind, label: str, options: Sequence[str]) -> int:
        """Ask the source of choices."""
        ...

    def entry_of(self, task: Task) -> TaskEntry:
        """The entry of a task."""
        ...


class Waking(Host, Protocol):
    """What is asked of it where timers may wait for steps to be taken."""

    def overdue(self) -> None:
        """Let what is due fire before the next step."""
        ...

    def watch(self, instrument: trio.abc.Instrument, /) -> None:
        """Let an instrument see the steps to come."""
        ...


Fire = Callable[[Waking, OrderedDeadlines], None]


def firing(options: RunOptions, model: Model) -> Fire:
    """How an execution fires its timers.

    In lockstep equal deadlines stay together, and a clock of the program's own is obeyed.
    """
    by_choice = options.timers and options.clock is None and model is Model.FREE
    return fire_by_choice if by_choice else fire_all


def fire_all(kernel: Waking, deadlines: OrderedDeadlines) -> None:
    """Fire all timers that are due, as Trio does."""
    deadlines.expire(kernel.now)


def fire_by_choice(kernel: Waking, deadlines: OrderedDeadlines) -> None:
    """Fire at least one of the timers that are due, if there are any."""
    now = kernel.now
    while len(due := deadlines.due(now)) > 1:
        names = [f"{_inside(kernel, scope)} #{number}" for number, scope in enumerate(due)]
        first = kernel.decide(ChoiceKind.TIMER, f"first timer at {now:g} s", names)
        deadlines.expire_alone(now, due[first])
        if wait := kernel.decide(ChoiceKind.TIMER, f"next timer at {now:g} s", _NEXT):
            if wait <= len(_STEPS):
                kernel.watch(_Countdown(kernel, deadlines, _STEPS[wait - 1]))
            return
    deadlines.expire(now)


@define(eq=False)
class _Countdown(trio.abc.Instrument):
    """Fires what is due once so many steps have been taken, or asks for more of them."""

    _kernel: Waking
    _deadlines: OrderedDeadlines
    _left: int

    def after_task_step(self, task: Task) -> None:
        """A step was taken."""
        self._left -= 1
        if self._left:
            return
        now = self._kernel.now
        label = f"next timer at {now:g} s"
        if self._deadlines.due(now) and self._kernel.decide(ChoiceKind.TIMER, label, _AGAIN):
            self._left = 1
        else:
            self._kernel.overdue()
            task._runner.instruments.remove_instrument(self)


def _inside(kernel: Host, scope: trio.CancelScope) -> str:
    """The path of the first task inside of a scope."""
    status = scope._cancel_status
    tasks = [] if status is None else [kernel.entry_of(task) for task in status._tasks]
    return min(tasks, key=lambda entry: entry.path).identity if tasks else "no task"
