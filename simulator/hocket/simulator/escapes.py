"""Ways out of the simulation, each closed with a word about who tried it.

A real socket, process, signal handler or thread that a program makes from inside an execution would
bring in an order that no schedule decides.  So each of them raises an :class:`Escape` that names
the call site, and the execution ends there, even if the program swallows the error.

Left alone are plain code and other threads, what hocket itself does, and modules that are imported
from inside a step: some of them make a socket at import, only to see whether the machine can.  So
is an exit that was left open by name, for who knows that nothing hangs on it.
Objects made before the execution, and C code that goes past the standard library's classes, are
not seen here.
"""

import inspect
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial, wraps
from types import FrameType
from typing import Any, NoReturn
from weakref import WeakKeyDictionary

import trio

from hocket.simulator import places, steps, trio_kernel
from hocket.simulator.endings import Escape
from hocket.simulator.substitutes import substituted
from hocket.simulator.trio_kernel import Kernel

__all__ = ["EXITS", "closed_exits", "is_closed", "leave_open", "place_on_thread", "refuse"]

_OURS = os.path.dirname(__file__) + os.sep
_KERNEL = os.path.dirname(trio_kernel.__file__) + os.sep
_LIBRARY = (os.path.dirname(os.__file__) + os.sep, "<frozen ")
_INSTALLED = ("site-packages", "dist-packages")
_IMPORT = "<frozen importlib._bootstrap>"
_THREAD = "thread"

_PROCESSES = ("fork", "forkpty", "posix_spawn", "posix_spawnp", "system")
_LOOKUPS = ("gethostbyname", "gethostbyname_ex", "gethostbyaddr")

EXITS = ("socket", "lookup", "process", "signal", "thread")
"""The kinds of exits, by the names under which one may be left open."""

_EXITS: tuple[tuple[Any, str, str, str], ...] = (
    (socket.socket, "__init__", "socket", "a real socket"),
    (socket, "socketpair", "socket", "a real pair of sockets"),
    *((socket, name, "lookup", f"a real name lookup ({name})") for name in _LOOKUPS),
    (subprocess.Popen, "__init__", "process", "a real process"),
    *((os, name, "process", f"a real process ({name})") for name in _PROCESSES),
    (signal, "signal", "signal", "a real signal handler"),
    (threading.Thread, "start", _THREAD, "a real thread"),
)

_left_open: WeakKeyDictionary[Kernel, frozenset[str]] = WeakKeyDictionary()
"""The exits that an execution may use, where it may use any."""


def leave_open(kernel: Kernel, exits: frozenset[str]) -> None:
    """Let an execution use these of :data:`EXITS`; what comes of it no schedule decides."""
    if exits:
        _left_open[kernel] = exits


def refuse(what: str) -> NoReturn:
    """End the running execution, because the program asked for ``what`` outside of it.

    Raises :class:`Escape` with the program's own line.
    """
    escape = Escape(f"{what} at {places.for_person(_caller())}")
    kernel = trio_kernel.current()
    if kernel is not None:
        kernel.stop(escape)
    raise escape


@contextmanager
def closed_exits() -> Generator[None]:
    """Inside, a step of an execution cannot leave it by the standard library."""
    with ExitStack() as stack:
        for owner, name, kind, what in _EXITS:
            stack.enter_context(substituted(owner, {name: partial(_closed, kind, what)}))
        yield


def is_closed(kind: str) -> bool:
    """Whether a step asks, and may not leave by an exit of that kind."""
    step = steps.running()
    return step is not None and kind not in _left_open.get(step.kernel, ()) and not _excused(kind)


def _closed(kind: str, what: str, original: Any) -> Callable[..., Any]:
    @wraps(original)
    def guard(*args: Any, **kwargs: Any) -> Any:
        if is_closed(kind):
            refuse(what)
        return original(*args, **kwargs)

    return guard


def _excused(kind: str) -> bool:
    """Whether an import is what asks, or hocket for a worker thread of its own."""
    frames = list(_frames_of_step())
    if kind == _THREAD and frames and frames[0].f_code.co_filename.startswith(_OURS):
        return True
    return any(frame.f_code.co_filename == _IMPORT for frame in frames)


def _caller() -> places.Place | None:
    """The program's own line, above the functions of the standard library that it called."""
    worker = trio_kernel.working()
    if worker is not None:
        return place_on_thread(_frames_of_step(), worker.caller)
    return _own(_frames_of_step()) or places.caller()


def place_on_thread(frames: Iterable[FrameType], caller: trio.lowlevel.Task) -> places.Place | None:
    """The program's own line on a worker thread, or where its caller waits if there is none."""
    return _own(frames) or places.of_task(caller)


def _own(frames: Iterable[FrameType]) -> places.Place | None:
    """The innermost line that is neither the machinery's nor the standard library's."""
    for frame in frames:
        path = frame.f_code.co_filename
        library = path.startswith(_LIBRARY) and not any(folder in path for folder in _INSTALLED)
        if places.is_program(frame.f_code) and not library:
            return (frame.f_code, frame.f_lineno)
    return None


def _frames_of_step() -> Iterator[FrameType]:
    """The frames that are running, from who called this module to where the step began."""
    frame = inspect.currentframe()
    while frame is not None and not (path := frame.f_code.co_filename).startswith(_KERNEL):
        if path != __file__:
            yield frame
        frame = frame.f_back
