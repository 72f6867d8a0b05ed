"""The one module that names Trio's private packages.

A Trio that has moved them is answered with one clear sentence.
"""

# pyright: reportPrivateUsage=false

import trio

from hocket.simulator.standins import OrderedSet

try:
    from trio import _threads as threads
    from trio._core._entry_queue import EntryQueue
    from trio._core._instrumentation import Instruments
    from trio._core._ki import KIManager
    from trio._core._parking_lot import GLOBAL_PARKING_LOT_BREAKER
    from trio._core._run import (
        _NO_SEND as NO_SEND,
    )
    from trio._core._run import (
        GLOBAL_RUN_CONTEXT,
        CancelStatus,
        Deadlines,
        Runner,
        Task,
    )
    from trio._core._traps import (
        CancelShieldedCheckpoint,
        PermanentlyDetachCoroutineObject,
        WaitTaskRescheduled,
    )

    # attrs keeps the factories of defaults in the globals of the generated __init__.
    factories = CancelStatus.__init__.__globals__
    factories["__attr_factory__tasks"]
    factories["__attr_factory__children"]
    vars(threads)["start_thread_soon"]
    vars(threads)["_send_message_to_trio"]
except (ImportError, AttributeError, KeyError) as exc:  # pragma: no cover - another Trio
    raise ImportError(
        f"hocket supports Trio 0.27 and newer, and Trio {trio.__version__} is arranged differently "
        f"inside ({exc}); install a Trio that this hocket knows, or a newer hocket",
    ) from exc

__all__ = [
    "GLOBAL_PARKING_LOT_BREAKER",
    "GLOBAL_RUN_CONTEXT",
    "NO_SEND",
    "CancelShieldedCheckpoint",
    "CancelStatus",
    "Deadlines",
    "EntryQueue",
    "Instruments",
    "KIManager",
    "PermanentlyDetachCoroutineObject",
    "Runner",
    "Task",
    "WaitTaskRescheduled",
    "threads",
]

# Trio keeps these in sets, which iterate in address order; an order of abortion hangs on it.
factories["__attr_factory__tasks"] = OrderedSet
factories["__attr_factory__children"] = OrderedSet
