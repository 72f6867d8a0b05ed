"""Watches whether an executed order keeps to Trio's passes, and who is overtaken if not."""

# pyright: reportPrivateUsage=false

import os
import sys
from types import FrameType
from typing import cast

import trio
from attrs import define, field

from hocket.simulator import places
from hocket.simulator.engine.lockstep import Overtaking
from hocket.simulator.trio_kernel.private import GLOBAL_RUN_CONTEXT, Task
from hocket.simulator.trio_kernel.runner import KernelRunner, TaskEntry

__all__ = ["PassRule", "from_outside"]

_HERE = os.path.dirname(places.__file__)
_WORLD = tuple(
    os.path.join(_HERE, name) for name in ("network" + os.sep, "connections", "worker_threads.py")
)
"""Where code stands for the outside: what a real program would wait for in the kernel or a peer."""


@define(eq=False)
class PassRule(trio.abc.Instrument):
    """Keeps the passes that Trio would have made of an execution of the free model.

    ``overtakings`` are the steps that were taken out of turn, each overtaken wake-up once.
    """

    overtakings: list[Overtaking] = field(factory=list[Overtaking], init=False)
    _pass: dict[int, tuple[Task, bool]] = field(factory=dict[int, tuple[Task, bool]], init=False)
    _next: dict[int, tuple[Task, bool]] = field(factory=dict[int, tuple[Task, bool]], init=False)
    _told: set[tuple[int, int]] = field(factory=set[tuple[int, int]], init=False)

    def task_scheduled(self, task: Task) -> None:
        """A task will be in the next pass."""
        if not _entry(task).urgent:
            self._next[task._counter] = (task, from_outside(task))

    def before_task_step(self, task: Task) -> None:
        """Whoever is left of the pass is overtaken by a task that is not in it."""
        if _entry(task).urgent:
            return
        if not self._pass:
            self._pass, self._next = self._next, {}
        if self._pass.pop(task._counter, None) is None:
            self._next.pop(task._counter, None)
            for overtaken, outside in self._pass.values():
                self._note(overtaken, outside=outside)

    def _note(self, task: Task, *, outside: bool) -> None:
        wake = (task._counter, task._schedule_points)
        if wake not in self._told:
            self._told.add(wake)
            self.overtakings.append(Overtaking(places.for_person(places.of_task(task)), outside))


def _entry(task: Task) -> TaskEntry:
    return cast("KernelRunner", task._runner).kernel.entry_of(task)


def from_outside(task: Task) -> bool:
    """Whether the world is waking the task: the clock, a frame, a callback or a worker."""
    waker = getattr(GLOBAL_RUN_CONTEXT, "task", None)
    if waker is None or _entry(waker).system or _entry(task).system:
        return True
    waits = any(f.f_code.co_filename.startswith(_WORLD) for f, _ in task.iter_await_frames())
    return waits or _woken_by_world(sys._getframe())


def _woken_by_world(frame: FrameType | None) -> bool:
    while frame is not None and not places.is_program(frame.f_code):
        if frame.f_code.co_filename.startswith(_WORLD):
            return True
        frame = frame.f_back
    return False
