"""The places at which Trio makes a real thread and waits for the loop, made replaceable.

``trio.to_thread.run_sync`` stays Trio's own, and so do its limiter, its cancellation and its
context variables; only who runs the function, and how that one waits for an answer, is exchanged
underneath.  So it does not matter by which name a library imported it.
"""

# pyright: reportPrivateUsage=false

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Protocol

import trio

from hocket.simulator.substitutes import substituted
from hocket.simulator.trio_kernel.private import Task, threads

__all__ = ["Working", "here", "replaced_threads", "working"]


class Working(Protocol):
    """What runs a function on a worker thread, seen from inside of the function.

    ``task`` stands for it in the schedule, and ``caller`` is the task that asked for the thread.
    """

    kernel: Any
    caller: Task
    task: Task
    lost: bool

    def sleep(self, seconds: float) -> None:
        """Let virtual seconds pass."""
        ...


class _Here(threading.local):
    worker: Working | None = None


here = _Here()
"""Whose function this thread runs, if it is a worker thread of an execution."""


def working() -> Working | None:
    """The worker whose function calls this, unless its execution has given it up."""
    worker = here.worker
    return None if worker is None or worker.lost else worker


@contextmanager
def replaced_threads(
    starting: Callable[[Any], Callable[..., None]], mailbox: Callable[[], object | None]
) -> Generator[None]:
    """Inside, Trio starts threads as ``starting`` says, which is given the function it replaces.

    ``mailbox`` gives what a call of ``trio.from_thread`` waits on for its answer, with the methods
    ``get`` and ``put_nowait`` of a queue, or ``None`` where Trio's own queue is right.
    """

    def sending(real: Callable[..., Any]) -> Callable[..., Any]:
        def send(token: trio.lowlevel.TrioToken | None, message: Any) -> Any:
            box = mailbox()
            if box is not None:
                object.__setattr__(message, "queue", box)  # a frozen class
            return real(token, message)

        return send

    start = {"start_thread_soon": starting}
    with (
        substituted(threads, {**start, "_send_message_to_trio": sending}),
        substituted(trio.lowlevel, start),
    ):
        yield
