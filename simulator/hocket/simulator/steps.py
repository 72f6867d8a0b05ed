"""Which step is running on this thread, for what must behave otherwise inside of one.

A program's own code runs only in steps.  Between two of them the kernel and the strategies are at
work on the same thread, and they must not see what the program sees: a strategy that drew from the
stream of a task would change what that task draws.  Trio's run context still names the last task
then, so it is asked whether its coroutine runs.  A function on a worker thread belongs to the step
of the task that stands for it.
"""

from typing import NamedTuple

import trio

from hocket.simulator import trio_kernel
from hocket.simulator.trio_kernel import Kernel

__all__ = ["Step", "running"]


class Step(NamedTuple):
    """A step that is being taken: by which execution, and of which task."""

    kernel: Kernel
    task: trio.lowlevel.Task


def running() -> Step | None:
    """The step whose code calls this, or ``None`` outside of executions and between steps."""
    kernel = trio_kernel.current()
    if kernel is None:
        return None
    worker = trio_kernel.working()
    if worker is not None:
        return Step(kernel, worker.task)
    try:
        task = trio.lowlevel.current_task()
    except RuntimeError:
        return None
    # A coroutine of another make than Python's own does not tell; it is taken to run.
    return Step(kernel, task) if getattr(task.coro, "cr_running", True) else None
