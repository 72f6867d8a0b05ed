"""What stands in a simulation where Trio has the operating system: a clock, a wake-up, no I/O.

Each has the few methods that Trio's runner calls and nothing behind them; they are made of public
Trio alone, so the kernel can put them in without knowing more.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import trio

from hocket.simulator import places
from hocket.simulator.endings import Escape

__all__ = ["NoIO", "OrderedSet", "Resumed", "VirtualClock", "Wakeup"]


class OrderedSet(dict[Any, None]):
    """A set that iterates in order of insertion; its methods are the dictionary's, for speed."""

    if TYPE_CHECKING:

        def add(self, item: Any) -> None: ...

        def remove(self, item: Any) -> None: ...
    else:
        add = dict.setdefault
        remove = dict.__delitem__


class Resumed:
    """What a task is sent when it is merely scheduled: Trio's ``Value(None)``, but reusable."""

    def unwrap(self) -> None:
        """Nothing was sent."""


class VirtualClock(trio.abc.Clock):
    """Shows the time that the kernel sets, in seconds since the execution began."""

    now = 0.0

    def start_clock(self) -> None:
        """Nothing to start."""

    def current_time(self) -> float:
        """Virtual seconds since the execution began."""
        return self.now

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """Virtual seconds until ``deadline``."""
        return max(0.0, deadline - self.now)

    def jump(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.now += seconds


class Wakeup:
    """Wakes the task of queued callbacks without a socket pair; ``begin`` starts it.

    ``wake`` makes a task runnable, and unlike Trio's function may be called on a worker thread.
    """

    begin: Callable[[], None]
    wake: Callable[[trio.lowlevel.Task], None]

    def __init__(self) -> None:
        self._parked: trio.lowlevel.Task | None = None
        self._pending = False

    async def wait_woken(self) -> None:
        """Wait until somebody queued a callback."""
        if not self._pending:
            self._parked = trio.lowlevel.current_task()

            def abort(_: object) -> trio.lowlevel.Abort:
                self._parked = None
                return trio.lowlevel.Abort.SUCCEEDED

            await trio.lowlevel.wait_task_rescheduled(abort)
        self._pending = False

    def wakeup_thread_and_signal_safe(self) -> None:
        """A callback was queued."""
        if self._parked is None:
            self._pending = True
            self.begin()
        else:
            parked, self._parked = self._parked, None
            self.wake(parked)

    def close(self) -> None:
        """Nothing to close."""


class NoIO:
    """Stands where Trio's epoll or kqueue manager would: every real wait is an escape."""

    def __init__(self, stop: Callable[[object], None]) -> None:
        self._stop = stop

    def close(self) -> None:
        """Nothing to close."""

    def statistics(self) -> None:
        """There is no I/O to count."""

    def __getattr__(self, name: str) -> Any:
        place = places.for_person(places.caller())
        escape = Escape(f"a real I/O operation ({name}) at {place}")
        self._stop(escape)
        raise escape
