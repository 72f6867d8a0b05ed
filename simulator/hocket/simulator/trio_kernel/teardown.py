"""Ending what would not end: the tasks of an execution that was cut short."""

# pyright: reportPrivateUsage=false

from collections.abc import AsyncGenerator, Iterable
from typing import Any, Final

from hocket.simulator.trio_kernel.private import Task

__all__ = ["UNWIND_STEPS_MAX", "close_generators", "close_tasks", "forget_tasks"]

UNWIND_STEPS_MAX: Final = 10_000
"""Steps granted to the clean-up code of an execution that was cut short."""

CLOSE_ATTEMPTS_MAX: Final = 100
"""How often a coroutine that awaits while it is being closed is closed again."""


def close_tasks(tasks: Iterable[Task]) -> None:
    """Close the coroutines of tasks, the innermost first."""
    for task in tasks:
        _close(task)


def close_generators(generators: Iterable[AsyncGenerator[Any, Any]]) -> None:
    """Close async generators that nobody will end any more, whatever they await meanwhile."""
    for generator in generators:
        for _ in range(CLOSE_ATTEMPTS_MAX):
            try:
                generator.aclose().send(None)
            except RuntimeError:
                continue
            except BaseException:  # as in _close; StopIteration is the usual end
                break


def forget_tasks(tasks: Iterable[Task]) -> None:
    """Break the references between tasks and nurseries, so that nothing lingers."""
    for task in tasks:
        task._parent_nursery = None
        task._child_nurseries.clear()


def _close(task: Task) -> None:
    """Close the coroutine of a task that would not end; what it raises then is of no interest.

    Each attempt ends one more ``finally`` block or ``async with`` that awaits.
    """
    for nursery in task._child_nurseries:
        nursery._children.clear()
    for _ in range(CLOSE_ATTEMPTS_MAX):
        try:
            task.coro.close()
        except RuntimeError:
            continue
        except BaseException:  # the verdict is frozen: this is only clean-up
            break
        break
