"""Ctrl-C during a campaign: the schedule is cut between two steps, and what there is is kept.

The first interrupt sets a mark that the kernel sees after the step that is running, so it is never
an outcome of the program; a second one raises ``KeyboardInterrupt`` at once, for a step that does
not end.  Only the main thread may handle signals; elsewhere nothing is changed.
"""

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from weakref import ref

from attrs import define

from hocket.simulator.execution import Interruption
from hocket.simulator.trio_kernel import Kernel

__all__ = ["Interrupts", "interruptible"]


@define
class Interrupts:
    """Whether a person asked to stop, and the kernel that must hear of it.

    That one is not kept alive: what an execution leaves is collected right after it, while it is
    young, or a full collection would have to find it.
    """

    asked: bool = False
    _kernel: Callable[[], Kernel | None] = lambda: None

    def watch(self, kernel: Kernel) -> None:
        """This kernel is about to run."""
        self._kernel = ref(kernel)
        if self.asked:
            kernel.stop(Interruption())

    def handle(self, _number: int, _frame: FrameType | None) -> None:
        """Mark the first interrupt, raise at the second."""
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        kernel = self._kernel()
        if kernel is not None:
            kernel.stop(Interruption())


@contextmanager
def interruptible() -> Generator[Interrupts]:
    """Ctrl-C inside is a mark on what this yields."""
    interrupts = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return
    previous = signal.signal(signal.SIGINT, interrupts.handle)
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, previous)
