"""Worker threads under a baton, so that a schedule decides when each of them runs.

``trio.to_thread.run_sync`` runs its function beside the loop, in an order that nobody controls.
Here the function runs on a real thread of a pool, but exactly one of the loop and its workers runs
at a time: who runs holds the *baton*.  Each worker is stood for by a system task of the execution,
named by the path of the task that called.  A step of that task gives the baton to the thread and
waits until it is given back, which the function does only

- at its return: that Trio's loop hears of it is a point of the schedule by itself;
- at ``trio.from_thread.run``, ``run_sync`` and ``check_cancelled``: the call into the loop, and the
  resumption after it, are steps that the schedule places;
- at ``time.sleep``, which lets virtual time pass.

In between the function is atomic.  One that waits for a real lock or queue with the baton in hand
would wait for ever, so after :data:`~hocket.simulator.pooled_threads.WORKER_SECONDS_MAX` of real
time the execution ends as an :class:`~hocket.simulator.endings.Escape`.

A function is never run on the loop's own thread, though that would be cheaper: it would see another
thread's identity, and could not wait once it calls ``trio.from_thread``.  Within an execution the
thread that was used last is used next, as Trio does; at its end each thread forgets what is kept in
``threading.local``, or where the interpreter does not allow that (3.13) ends, so that nothing
passes from one execution to another.
"""

import ctypes
import os
import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import ExitStack, contextmanager
from functools import partial, wraps
from typing import Any, Final
from weakref import WeakKeyDictionary

import outcome
import trio
from attrs import define, field

from hocket.simulator import escapes, places, tracers, trio_kernel
from hocket.simulator.endings import Escape
from hocket.simulator.pooled_threads import PooledThread
from hocket.simulator.substitutes import substituted
from hocket.simulator.trio_kernel import Kernel

__all__ = ["virtual_worker_threads"]

_Wait = Callable[[], Awaitable[object]]


_get_thread_dict: Final = ctypes.pythonapi.PyThreadState_GetDict
_get_thread_dict.restype = ctypes.c_void_p  # borrowed, which ctypes.py_object would not know


def _forget_locals() -> bool:
    """Empty every ``threading.local`` for the thread that calls, if it can be done."""
    if sys.version_info >= (3, 13):
        return False
    kept: dict[object, object] = ctypes.cast(_get_thread_dict(), ctypes.py_object).value
    kept.clear()
    return True


_idle: list[PooledThread] = []
os.register_at_fork(after_in_child=_idle.clear)

_crews: WeakKeyDictionary[Kernel, list[PooledThread]] = WeakKeyDictionary()
"""The threads of each execution that are not at work."""


def _crew_of(kernel: Kernel) -> list[PooledThread]:
    crew = _crews.get(kernel)
    if crew is None:
        crew = _crews[kernel] = []
        kernel.at_end.append(partial(_disband, crew))
    return crew


def _disband(crew: list[PooledThread]) -> None:
    """After an execution, make its threads as good as new for another, or end them."""
    for thread in crew:
        if thread.begin(_forget_locals) and thread.usable:
            _idle.append(thread)
    crew.clear()


@define(eq=False)
class _Worker:
    """One function on a worker thread, and the task that stands for it in the schedule.

    ``lost`` says that it kept the baton too long, and ``over`` that the execution is.
    """

    kernel: Kernel
    caller: trio.lowlevel.Task
    _name: str
    _function: Callable[[], object]
    _deliver: Callable[[outcome.Outcome[object]], object]
    task: trio.lowlevel.Task = field(init=False)
    lost: bool = field(default=False, init=False)
    over: bool = field(default=False, init=False)
    _thread: PooledThread | None = field(default=None, init=False)
    _wait: _Wait | None = field(default=None, init=False)
    _reply: outcome.Outcome[Any] | None = field(default=None, init=False)
    _result: outcome.Outcome[object] | None = field(default=None, init=False)

    # -- on the loop's thread ------------------------------------------------------------------

    async def run(self) -> None:
        """What the task does: pass the baton on, and wait as the function asks."""
        try:
            while (wait := self._go_on()) is not None:
                await wait()
            if self._result is not None and not self.lost:
                await trio.lowlevel.cancel_shielded_checkpoint()
                self.kernel.hand_in(partial(self._deliver, self._result))
        finally:
            self.over = True
            while self._wait is not None and not self.lost:
                self._go_on()

    def _go_on(self) -> _Wait | None:
        """Let the function go on; what it waits for next, or ``None`` if it has ended."""
        thread = self._thread or self._take()
        begins, self._thread, self._wait = self._thread is None, thread, None
        returned = False
        try:
            returned = thread.begin(self._work) if begins else thread.resume()
        finally:
            if not returned:
                self._lose(thread)
        if self.lost:
            return None
        if self._wait is None and thread.usable:
            _crew_of(self.kernel).append(thread)
        return self._wait

    def _take(self) -> PooledThread:
        crew = next((threads for threads in (_crew_of(self.kernel), _idle) if threads), None)
        thread = PooledThread() if crew is None else crew.pop()
        thread.call_itself(self._name)
        return thread

    def _lose(self, thread: PooledThread) -> None:
        self.lost = self.over = True
        self._wait = None
        place = places.for_person(escapes.place_on_thread(thread.frames(), self.caller))
        self.kernel.stop(Escape(f"worker thread blocked at {place}"))
        thread.give_up()

    def put_nowait(self, reply: outcome.Outcome[Any]) -> None:
        """The loop answers."""
        self._reply = reply
        if not self.over:
            self.kernel.wake(self.task)

    # -- on the worker's -----------------------------------------------------------------------

    def _work(self) -> bool:
        trio_kernel.here.worker = self
        with tracers.traced():
            self._result = outcome.capture(self._function)
        trio_kernel.here.worker = None
        return not self.lost

    def pause(self, wait: _Wait) -> None:
        """Give the baton back until ``wait`` is over, and the schedule gives it again."""
        if not self.over and self._thread is not None:
            self._wait = wait
            self._thread.hand_back()
        if self.over:
            raise trio.RunFinishedError("the execution of this worker thread is over")

    def sleep(self, seconds: float) -> None:
        """Let virtual seconds pass."""
        self.pause(partial(_sleep, seconds))

    def get(self) -> outcome.Outcome[Any]:
        """Wait for the answer of the loop."""
        self.pause(_until_woken)
        reply, self._reply = self._reply, None
        assert reply is not None
        return reply


async def _until_woken() -> None:
    await trio.lowlevel.wait_task_rescheduled(lambda _: trio.lowlevel.Abort.FAILED)


async def _sleep(seconds: float) -> None:
    with trio.CancelScope(shield=True):
        await trio.sleep(seconds)


def _start(real: Callable[..., None]) -> Callable[..., None]:
    @wraps(real)
    def start_thread_soon(
        fn: Callable[[], object],
        deliver: Callable[[outcome.Outcome[object]], object],
        name: str | None = None,
    ) -> None:
        kernel = trio_kernel.current()
        if kernel is None:
            real(fn, deliver, name)
            return
        shown = name or "Trio thread"
        worker = _Worker(kernel, trio.lowlevel.current_task(), shown, fn, deliver)
        worker.task = kernel.spawn_worker(worker.run, shown)

    return start_thread_soon


def _check_cancelled(real: Callable[[], None]) -> Callable[[], None]:
    @wraps(real)
    def check_cancelled() -> None:
        worker = _worker_here()
        if worker is not None:
            worker.pause(trio.lowlevel.cancel_shielded_checkpoint)
        real()

    return check_cancelled


def _worker_here() -> _Worker | None:
    worker = trio_kernel.here.worker
    return worker if isinstance(worker, _Worker) else None


@contextmanager
def virtual_worker_threads() -> Generator[None]:
    """Inside, threads that Trio starts in an execution are run by its schedule."""
    with ExitStack() as stack:
        stack.enter_context(trio_kernel.replaced_threads(_start, _worker_here))
        functions = {"check_cancelled": _check_cancelled}
        stack.enter_context(substituted(trio.from_thread, functions))
        yield
