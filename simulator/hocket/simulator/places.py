"""Where in the program something happens: the program's own frame, never a library's.

Traces, deadlock reports and escapes name a function and a line.  Frames of Trio, of
anyio's layer over it, of this simulator, of what runs tests and of ``contextlib`` are passed over,
since they are the same for every program and move with every release of theirs.
"""

import contextlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Iterator
from functools import cache
from types import CodeType, CoroutineType, FrameType, GeneratorType, TracebackType
from typing import Any, cast

import outcome
import trio

__all__ = ["Place", "caller", "caller_frame", "is_program", "of_task", "of_traceback", "stack"]


def _folders(*packages: str) -> Iterator[str]:
    for package in packages:
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin is not None:
            yield os.path.dirname(spec.origin) + os.sep


_FOREIGN = (
    *_folders("pytest", "_pytest", "pluggy", "pytest_trio"),
    *(os.path.join(folder, "_backends") + os.sep for folder in _folders("anyio")),
    os.path.dirname(trio.__file__) + os.sep,
    os.path.dirname(outcome.__file__) + os.sep,
    os.path.dirname(__file__) + os.sep,
    contextlib.__file__,
)

Place = tuple[CodeType, int]


@cache
def is_program(code: CodeType) -> bool:
    """Whether ``code`` belongs to the program under test rather than to the machinery."""
    return not code.co_filename.startswith(_FOREIGN)


def of_task(task: trio.lowlevel.Task) -> Place | None:
    """The innermost line of the program's own code at which ``task`` is suspended."""
    found: FrameType | None = None
    coroutine: Any = task.coro
    while type(coroutine) is CoroutineType:  # asked at many a step, and Trio's own way is slow
        frame = coroutine.cr_frame
        if frame is not None and is_program(frame.f_code):
            found = frame
        coroutine = coroutine.cr_await
    if coroutine is not None and not _is_trap(coroutine):
        frames = [frame for frame, _ in task.iter_await_frames() if is_program(frame.f_code)]
        found = frames[-1] if frames else None
    return (found.f_code, found.f_lineno) if found is not None else None


def _is_trap(awaited: Any) -> bool:
    """Whether this is what awaits of Trio's own end in, which is no place of a program."""
    return (
        isinstance(awaited, GeneratorType)
        and cast("Any", awaited).gi_yieldfrom is None
        and not is_program(awaited.gi_code)
    )


def of_traceback(trace: TracebackType | None) -> Place | None:
    """The innermost line of the program's own code that an exception came through."""
    place: Place | None = None
    while trace is not None:
        if is_program(trace.tb_frame.f_code):
            place = (trace.tb_frame.f_code, trace.tb_lineno)
        trace = trace.tb_next
    return place


def caller_frame() -> FrameType | None:
    """The innermost frame of the program's own code that is running now."""
    frames = stack(inspect.currentframe())
    return next((frame for frame in frames if is_program(frame.f_code)), None)


def caller() -> Place | None:
    """The innermost line of the program's own code that is running now."""
    frame = caller_frame()
    return (frame.f_code, frame.f_lineno) if frame is not None else None


def in_trace(place: Place | None) -> str:
    """``function:line``, the same on every machine; empty for no place."""
    return f"{place[0].co_qualname}:{place[1]}" if place else ""


def for_person(place: Place | None) -> str:
    """``file:line (function)``, the same on every machine where that can be.

    A file is told from the working folder if it is below that, else as it would be imported.
    """
    if place is None:
        return "an unknown place"
    return f"{_told(place[0].co_filename)}:{place[1]} ({place[0].co_qualname})"


def _told(path: str) -> str:
    if not os.path.isabs(path):
        return path
    relative = os.path.relpath(path)
    if not relative.startswith(os.pardir):
        return relative
    above = [root for root in sys.path if root and path.startswith(os.path.join(root, ""))]
    return os.path.relpath(path, max(above, key=len)) if above else path


def stack(frame: FrameType | None) -> Iterator[FrameType]:
    """The frames below and including ``frame``, the innermost first."""
    while frame is not None:
        yield frame
        frame = frame.f_back
