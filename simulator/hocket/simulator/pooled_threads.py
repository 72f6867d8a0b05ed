"""Real threads that run only while they hold the baton, for functions on worker threads."""

import sys
import threading
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Final

from hocket.simulator import places

__all__ = ["WORKER_SECONDS_MAX", "PooledThread"]

WORKER_SECONDS_MAX: Final = 5.0
"""Real seconds after which a function that keeps the baton is taken to be blocked."""

_LOOKS: Final = 50
"""The waits that these seconds are divided into: a machine that lets this process stand still makes
each of them longer, and must not be taken for a function that is blocked."""


class PooledThread:
    """A real thread that runs one job after the other, each time it is given the baton.

    The baton goes to and fro in two queues and not by locks: one who gives a thread up may do so at
    the very moment in which that gives the baton back, and then it is given once too often.
    """

    def __init__(self) -> None:
        self._turn = SimpleQueue[None]()
        self._back = SimpleQueue[None]()
        self.job: Callable[[], bool] | None = None
        self.usable = True
        self._thread = threading.Thread(target=self._serve, name="hocket worker", daemon=True)
        self._thread.start()

    def begin(self, job: Callable[[], bool]) -> bool:
        """As :meth:`resume`, for a new job, which says whether the thread can be used again."""
        self.job = job
        return self.resume()

    def resume(self) -> bool:
        """Give the thread the baton and wait for it; whether it came back in time."""
        self._turn.put(None)
        seconds = WORKER_SECONDS_MAX / _LOOKS
        return any(self._came_back(seconds) for _ in range(_LOOKS))

    def _came_back(self, seconds: float) -> bool:
        try:
            self._back.get(timeout=seconds)
        except Empty:
            return False
        return True

    def hand_back(self) -> None:
        """On the thread itself: give the baton back, and wait for it."""
        self._back.put(None)
        self._turn.get()

    def give_up(self) -> None:
        """Let the thread run free, to its end."""
        self._turn.put(None)

    def join(self, seconds: float) -> None:
        """Wait for its end, for so long at most."""
        self._thread.join(seconds)

    def frames(self) -> Iterator[FrameType]:
        """What it is doing, the innermost frame first."""
        frames = sys._current_frames()  # pyright: ignore[reportPrivateUsage] - documented
        return places.stack(frames.get(self._thread.ident or 0))

    def call_itself(self, name: str) -> None:
        """Show a name to the program."""
        self._thread.name = name

    def _serve(self) -> None:
        while self.usable:
            self._turn.get()
            job, self.job, self.usable = self.job, None, False
            try:
                self.usable = job is not None and job()
            finally:
                self._back.put(None)
