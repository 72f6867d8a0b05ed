"""Firing timers that are due at one instant: one scope at a time, in an order that is a choice.

After each, the schedule says whether the next fires at once or only when nothing can run; the
default is Trio's own expiry of all at once.
"""

# pyright: reportPrivateUsage=false

from collections.abc import Callable, Sequence
from typing import Final, Protocol

import trio

from hocket.simulator.endings import Model, RunOptions
from hocket.simulator.engine.choices import ChoiceKind
from hocket.simulator.trio_kernel.private import Task
from hocket.simulator.trio_kernel.runner import OrderedDeadlines, TaskEntry

__all__ = ["fire_all", "fire_by_choice", "firing"]

_NEXT: Final = ("at once", "when nothing can run")


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


Fire = Callable[[Host, OrderedDeadlines], None]


def firing(options: RunOptions, model: Model) -> Fire:
    """How an execution fires its timers.

    In lockstep equal deadlines stay together, and a clock of the program's own is obeyed.
    """
    by_choice = options.timers and options.clock is None and model is Model.FREE
    return fire_by_choice if by_choice else fire_all


def fire_all(kernel: Host, deadlines: OrderedDeadlines) -> None:
    """Fire all timers that are due, as Trio does."""
    deadlines.expire(kernel.now)


def fire_by_choice(kernel: Host, deadlines: OrderedDeadlines) -> None:
    """Fire at least one of the timers that are due, if there are any."""
    when = f"at {kernel.now:g} s"
    while due := deadlines.due(kernel.now):
        names = [f"{_inside(kernel, scope)} #{number}" for number, scope in enumerate(due)]
        first = kernel.decide(ChoiceKind.TIMER, f"first timer {when}", names)
        deadlines.expire_alone(kernel.now, due[first])
        if len(due) > 1 and kernel.decide(ChoiceKind.TIMER, f"next timer {when}", _NEXT):
            return


def _inside(kernel: Host, scope: trio.CancelScope) -> str:
    """The path of the first task inside of a scope."""
    status = scope._cancel_status
    tasks = [] if status is None else [kernel.entry_of(task) for task in status._tasks]
    return min(tasks, key=lambda entry: entry.path).identity if tasks else "no task"
