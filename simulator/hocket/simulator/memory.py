"""The garbage collector during a campaign.

A collection inside a step could run a destructor of another execution there, so the collector is
off while one runs.  Between two, the young generation is collected each time and the middle one
now and then; a full collection walks the whole heap (neighbours of this tool spend nine tenths of
their time there), so it waits until memory has really grown.
"""

import gc
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager

__all__ = ["Collector", "collecting", "resident_bytes", "silent_destructors"]

MIDDLE_EVERY = 100
FULL_LOOK_EVERY = 1_000
FULL_GROWTH_BYTES = 5 * 1024 * 1024


class Collector:
    """Collects between executions, by count and by growth."""

    def __init__(self) -> None:
        self._executions = 0
        self._resident_bytes = 0

    def between(self) -> None:
        """One execution is over and the next has not begun."""
        self._executions += 1
        if self._executions % FULL_LOOK_EVERY == 0:
            self._look()
        elif self._executions % MIDDLE_EVERY == 0:
            gc.collect(1)
        else:
            gc.collect(0)

    def _look(self) -> None:
        resident = resident_bytes()
        if self._resident_bytes == 0:
            gc.collect()
            gc.freeze()
        elif resident > self._resident_bytes + FULL_GROWTH_BYTES:
            gc.collect()
        else:
            return
        self._resident_bytes = resident_bytes()


def resident_bytes() -> int:
    """The memory of this process that is not swapped out; 0 where that cannot be asked."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:  # not Linux: collect by count alone
        return 0


@contextmanager
def collecting() -> Generator[Collector]:
    """The collector's own ways are suspended inside, and restored afterwards."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield Collector()
    finally:
        gc.unfreeze()
        if was_enabled:
            gc.enable()


@contextmanager
def silent_destructors() -> Generator[None]:
    """Swallow what destructors report while a cut execution is torn down."""
    hook, sys.unraisablehook = sys.unraisablehook, _say_nothing
    try:
        yield
    finally:
        sys.unraisablehook = hook


def _say_nothing(_unraisable: object) -> None:
    """The hook of a tear-down, whose complaints are of no interest."""
