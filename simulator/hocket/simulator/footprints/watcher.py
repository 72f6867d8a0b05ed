"""An instrument that sees what the steps of one execution touch, line by line.

Watching is slow and is done for a few executions only.  Where somebody else traces lines already
(a debugger, a coverage tool), nothing is seen, and nothing is taken from them.
"""

import sys
import sysconfig
from collections.abc import Callable
from functools import cache
from types import CodeType, FrameType
from typing import Any, Final

import trio
from attrs import define, field

from hocket.simulator import places, trio_kernel
from hocket.simulator.footprints.lines import Touch, touches

__all__ = ["WatchedStep", "Watcher"]

_STANDARD_LIBRARY: Final = sysconfig.get_path("stdlib")
_SHARED: Final[tuple[type[Any], ...]] = (
    trio.Lock,
    trio.StrictFIFOLock,
    trio.Semaphore,
    trio.CapacityLimiter,
    trio.Event,
    trio.Condition,
    trio.MemorySendChannel,
    trio.MemoryReceiveChannel,
)
_READS: Final = {"is_set", "locked", "statistics", "value", "wait"}


@define
class WatchedStep:
    """One step: the number it has among those of its task, where it began, what it touched.

    ``universal`` says that it may concern any other task, as a cancellation does.
    """

    number: int
    line: int
    touched: list[Touch] = field(factory=list[Touch])
    universal: bool = False


class Watcher(trio.abc.Instrument):
    """Collects the steps of one execution, by the path of their task."""

    def __init__(self) -> None:
        self.steps: dict[tuple[int, ...], list[WatchedStep]] = {}
        self._step = WatchedStep(0, 0)
        self._idle = sys.gettrace() is not None

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """Watch the step that begins."""
        kernel = trio_kernel.current()
        if self._idle or kernel is None or kernel.unwinding:
            return
        entry = kernel.entry_of(task)
        self._step = WatchedStep(entry.taken, entry.line)
        if not entry.system:
            self.steps.setdefault(entry.path, []).append(self._step)
        sys.settrace(self._called)

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        """The step has ended."""
        if not self._idle:
            sys.settrace(None)

    def _called(self, frame: FrameType, event: str, arg: object) -> Callable[..., Any] | None:
        """A function begins, or a coroutine goes on."""
        code = frame.f_code
        if _watched(code):
            self._step.touched.extend(touches(frame, frame.f_lineno))
            return self._reached
        if frame.f_lineno == code.co_firstlineno and not places.is_program(code):
            self._operated(code, frame.f_locals.get("self"))
        return None

    def _reached(self, frame: FrameType, event: str, arg: object) -> Callable[..., Any] | None:
        """A line of the program is about to run."""
        if event == "line":
            self._step.touched.extend(touches(frame, frame.f_lineno))
        return self._reached

    def _operated(self, code: CodeType, operand: Any) -> None:
        """A method of one of Trio's own objects begins."""
        thing = operand
        if isinstance(operand, _SHARED):
            # Both ends of a memory channel are one thing.
            thing = getattr(thing, "_state", thing)
            self._step.touched.append((thing, "", code.co_name not in _READS))
        elif isinstance(operand, trio.CancelScope) and code.co_name == "cancel":
            self._step.universal = True


@cache
def _watched(code: CodeType) -> bool:
    name = code.co_filename
    library = name.startswith(_STANDARD_LIBRARY) and "site-packages" not in name
    return places.is_program(code) and not library and not name.startswith("<")
