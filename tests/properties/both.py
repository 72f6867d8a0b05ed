"""One program performed twice: by stock Trio in a forced order, and by our kernel in lockstep.

Both follow one order: each step of each task has a priority, made from a seed, the name that the
task has from who spawned it as which, and the number of its step.  Stock Trio is made to follow it
by the same hook that pytest-trio uses for Hypothesis: the tasks of a pass are "shuffled".
"""

# pyright: reportPrivateUsage=false

from collections.abc import Generator
from contextlib import contextmanager
from hashlib import blake2s
from typing import Any, cast

import pytest
import trio
import trio.testing
from attrs import frozen
from tests.properties.interpreter import Stage, shape
from tests.properties.programs import Program
from trio._core import _run

from hocket.simulator.endings import Model
from hocket.simulator.engine.choices import ChoiceKind, ChoicePoint
from hocket.simulator.trio_kernel import Kernel, TaskEntry
from hocket.simulator.world import prepare

__all__ = ["Account", "by_hocket", "by_trio"]

STEPS_MAX = 5_000  # many times what the longest program takes


@frozen
class Account:
    """What a performance came to: what the main task raised, if it did, and the log."""

    ending: object
    log: tuple[tuple[object, ...], ...]


class _Order:
    """Which task of a pass goes first; the same wherever the program is performed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def priority(self, task: trio.lowlevel.Task) -> bytes:
        """The lowest goes first; Trio's own tasks, in angle brackets, before the program's."""
        if task.name.startswith("<"):
            return b""
        return blake2s(f"{self._seed} {task.name} {task._schedule_points}".encode()).digest()

    def shuffle(self, batch: list[trio.lowlevel.Task]) -> None:
        """Put a pass of stock Trio, which takes the last task first, into the order."""
        batch.sort(key=self.priority, reverse=True)

    def choose(self, point: ChoicePoint) -> int:
        """Answer our kernel, which asks for one task after the other."""
        if point.kind is not ChoiceKind.TASK:
            return 0
        tasks = [cast("TaskEntry", option).task for option in point.options]
        return tasks.index(min(tasks, key=self.priority))


def by_trio(program: Program, seed: int) -> Account:
    """Perform it under ``trio.run``, on a clock that jumps when nothing can run."""
    stage = Stage(program)
    ending: object = "done"
    with _forced(_Order(seed)):
        try:
            trio.run(stage.perform, clock=trio.testing.MockClock(autojump_threshold=0))
        except BaseException as error:
            ending = shape(error)
    return Account(ending, tuple(stage.log))


def by_hocket(program: Program, seed: int) -> Account:
    """Perform it under our kernel."""
    stage = Stage(program)
    kernel = Kernel(_Order(seed), model=Model.LOCKSTEP, max_steps=STEPS_MAX)
    end = kernel.run(stage.perform, prepare)
    done: object = "done" if end.ending == "finished" else str(end.ending)
    return Account(shape(end.error) if end.error else done, tuple(stage.log))


@contextmanager
def _forced(order: _Order) -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_run, "_ALLOW_DETERMINISTIC_SCHEDULING", True)
        patch.setattr(_run, "_r", cast("Any", order))
        yield
