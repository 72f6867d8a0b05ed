"""A run that its host drives from outside, call by call, and leaves paused in between.

Prior art: Trio's guest mode, by which anyio keeps one run over the fixtures of a test and the test
itself.  There a host loop lets the run go on until an answer is there; here nothing happens between
two calls at all, so that the schedule decides every step and the host none.
"""

# pyright: reportPrivateUsage=false

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager

from sniffio import thread_local as sniffio_library

from hocket.simulator.endings import End
from hocket.simulator.trio_kernel.entering import enter, leave
from hocket.simulator.trio_kernel.kernel import Kernel
from hocket.simulator.trio_kernel.private import GLOBAL_RUN_CONTEXT, Task

__all__ = ["PhasedRun"]


class PhasedRun:
    """The run of one kernel, in phases: it pauses when the program says so.

    A host must :meth:`begin` it once, may let it :meth:`go_on` as often as it is paused, and must
    :meth:`end` it.  While it is paused the thread is as outside of any run.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._limit = kernel.limit
        self._library: str | None = None
        self._crash: BaseException | None = None

    def begin(
        self, target: Callable[[], Awaitable[object]], prepare: Callable[[Kernel], None]
    ) -> None:
        """Run ``target`` until it pauses, ends, or can or may not go on."""
        with self._inside():
            self._library = enter(self._kernel._runner)
            self._kernel._start(target, prepare)
            self._crash = self._kernel._drive()

    def pause(self) -> None:
        """Called in a step: the phase ends with it."""
        self._kernel.limit = 0

    def go_on(self, woken: Task) -> None:
        """Wake a task that waits for its host, and run until the next pause."""
        kernel = self._kernel
        with self._inside():
            if kernel.cause is None:
                kernel.limit = self._limit
            kernel.wake(woken)
            self._crash = kernel._drive()

    def end(self) -> End:
        """Conclude what the run came to, and unwind what is left of it."""
        with self._inside():
            if self._kernel.cause is None:
                self._kernel.limit = self._limit
            try:
                return self._kernel._finish(self._crash)
            finally:
                leave(self._kernel._runner, self._library)
                self._kernel._forget()

    @contextmanager
    def _inside(self) -> Generator[None]:
        """Put another run that is paused on this thread aside, and let ours be the one."""
        context = GLOBAL_RUN_CONTEXT.__dict__
        if "task" in context:
            raise RuntimeError("Attempted to drive a run from inside a run")
        aside, library = dict(context), sniffio_library.name
        context.clear()
        context["runner"], sniffio_library.name = self._kernel._runner, "trio"
        try:
            yield
        finally:
            context.clear()
            context.update(aside)
            sniffio_library.name = library
