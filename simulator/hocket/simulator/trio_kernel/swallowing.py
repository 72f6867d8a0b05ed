"""Finds cancellations that a task was told of and that reached no cancel scope.

Trio tells a task by raising ``Cancelled`` at its checkpoint, and ends the matter where the scope
that was cancelled catches it.  A task that catches it itself goes on; the next checkpoint raises it
again, so nothing is lost as long as there is one.  So a cancellation counts as swallowed when the
scope is left, or the task returns, as if it had not been.  A scope or a task that ends with another
exception is not judged: clean-up may fail, and that is told by itself.
"""

# pyright: reportPrivateUsage=false

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

import outcome
import trio
from attrs import define, evolve, field

from hocket.simulator.endings import is_failure
from hocket.simulator.substitutes import substituted
from hocket.simulator.trio_kernel.kernel import Kernel
from hocket.simulator.trio_kernel.private import CancelStatus, Task

__all__ = ["errors_of_scopes", "watch_cancellations"]

Hear = Callable[[trio.Cancelled, str], None]


_failed: WeakSet[trio.CancelScope] = WeakSet()
"""Scopes that an error has left which is no cancellation."""


@contextmanager
def errors_of_scopes() -> Generator[None]:
    """Inside, it is noted which scopes an error leaves."""
    with substituted(trio.CancelScope, {"_close": _noting}):
        yield


def _noting(real: Callable[[trio.CancelScope, BaseException | None], BaseException | None]) -> Any:
    def close(scope: trio.CancelScope, error: BaseException | None) -> BaseException | None:
        if error is not None and is_failure(error):
            _failed.add(scope)
        return real(scope, error)

    return close


def watch_cancellations(kernel: Kernel, hear: Hear) -> None:
    """Tell ``hear`` of each that is swallowed in the run that ``kernel`` is about to begin.

    It gets the exception, whose traceback ends where it was caught, and the name of the task.
    """
    swallowed = _Swallowed(hear)
    kernel.watch(swallowed)
    kernel._runner.on_exit.append(swallowed.exited)


@define
class _Delivery:
    """``Cancelled`` on its way through a task: the scopes it may pass, the outermost last."""

    error: trio.Cancelled
    scopes: tuple[trio.CancelScope, ...]
    cancelled: trio.CancelScope | None

    @property
    def caught(self) -> bool:
        """Whether a scope caught it, as it should, or saw it give way to an error."""
        return self.cancelled in _failed or any(scope.cancelled_caught for scope in self.scopes)

    @property
    def left(self) -> bool:
        """Whether the scope that was cancelled, one of the task's own, has been left."""
        return self.cancelled is not None and self.cancelled._cancel_status is None


@define(eq=False)
class _Swallowed(trio.abc.Instrument):
    """Follows each ``Cancelled`` from its delivery to its end."""

    hear: Hear
    _under_way: dict[int, _Delivery] = field(factory=dict[int, _Delivery], init=False)

    def task_scheduled(self, task: Task) -> None:
        """A task may be about to be told."""
        sent: Any = task._next_send
        if isinstance(sent, outcome.Error) and isinstance(sent.error, trio.Cancelled):
            scopes = tuple(status._scope for status in _inside(task))
            self._under_way[task._counter] = _Delivery(sent.error, scopes, _cancelled(task))

    def after_task_step(self, task: Task) -> None:
        """What a task was told of may have ended."""
        told = self._under_way.get(task._counter)
        if told is None or not (told.caught or told.left):
            return
        if not told.caught and task._cancel_status.effectively_cancelled:
            # One around it was cancelled before the task ran, and is to catch it instead.
            self._under_way[task._counter] = evolve(told, cancelled=_cancelled(task))
            return
        del self._under_way[task._counter]
        if not told.caught:
            self.hear(told.error, task.name.rpartition(".")[2])

    def exited(self, task: Task, result: outcome.Outcome[object]) -> None:
        """A task ended, before it was noticed as ended."""
        told = self._under_way.pop(task._counter, None)
        if told is None or told.caught or isinstance(result, outcome.Error):
            return
        self.hear(told.error, task.name.rpartition(".")[2])


def _cancelled(task: Task) -> trio.CancelScope | None:
    """The outermost scope that the task is cancelled by; ``None`` if that is not its own."""
    nursery = task._parent_nursery
    if nursery is not None and nursery._cancel_status.effectively_cancelled:
        return None
    own = [status._scope for status in _inside(task) if status.effectively_cancelled]
    return own[-1] if own else None


def _inside(task: Task) -> Iterator[CancelStatus]:
    """The cancel statuses that the task itself has entered, the innermost first."""
    nursery = task._parent_nursery
    outer = nursery._cancel_status if nursery is not None else None
    status: CancelStatus | None = task._cancel_status
    while status is not None and status is not outer:
        yield status
        status = status._parent
