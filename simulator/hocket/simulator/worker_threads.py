"""``trio.to_thread.run_sync`` as steps of the schedule.

A real worker thread would run beside the loop, in an order nobody controls.  Inside a simulation
the function runs in the caller's own turn, between two checkpoints: others may run before it starts
and before its caller goes on, and nothing runs beside it.  The inside of the function is atomic.

Kept from Trio: the check for cancellation before anything happens, the limiter, and that a caller
who may not abandon its thread is not cancelled while it works.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, cast

import trio

from hocket.simulator import trio_kernel

__all__ = ["virtual_worker_threads"]

_real_run_sync = trio.to_thread.run_sync


async def _run_sync(
    sync_fn: Callable[..., Any],
    *args: Any,
    thread_name: str | None = None,
    abandon_on_cancel: bool = False,
    limiter: trio.CapacityLimiter | None = None,
) -> Any:
    if trio_kernel.current() is None:
        return await _real_run_sync(
            sync_fn,
            *args,
            thread_name=thread_name,
            abandon_on_cancel=abandon_on_cancel,
            limiter=limiter,
        )
    await trio.lowlevel.checkpoint_if_cancelled()
    borrower = object()
    limiter = limiter or trio.to_thread.current_default_thread_limiter()
    await limiter.acquire_on_behalf_of(borrower)
    try:
        with trio.CancelScope(shield=not abandon_on_cancel):
            await trio.lowlevel.checkpoint()
        result = sync_fn(*args)
    finally:
        limiter.release_on_behalf_of(borrower)
    await trio.lowlevel.cancel_shielded_checkpoint()
    return result


@contextmanager
def virtual_worker_threads() -> Generator[None]:
    """Inside, ``trio.to_thread.run_sync`` obeys the simulation wherever one is running."""
    before = trio.to_thread.run_sync
    trio.to_thread.run_sync = cast("Any", _run_sync)
    try:
        yield
    finally:
        trio.to_thread.run_sync = before
