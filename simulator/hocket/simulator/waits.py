"""Who waits on what: the sentence behind a deadlock.

Reads only what Trio makes public: the frames of the await, the statistics of locks, the children
of nurseries.  The outermost frame of Trio's own under the program's frame names the operation, and
the object it is a method of is what the task waits for.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import trio

from hocket.simulator import places
from hocket.simulator.engine.outcome import Wait

__all__ = ["explain_waits"]

Task = trio.lowlevel.Task


def explain_waits(blocked: Sequence[tuple[Task, str, str]]) -> tuple[Wait, ...]:
    """Say what each task waits for; they come with their path and the name of their function."""
    paths = {task: path for task, path, _ in blocked}
    return tuple(_explain(task, name, paths) for task, _, name in blocked)


def _explain(task: Task, name: str, paths: Mapping[Task, str]) -> Wait:
    operation: tuple[str, Any] | None = None
    for frame, _ in task.iter_await_frames():
        if places.is_program(frame.f_code):
            operation = None
        elif operation is None:
            operation = (frame.f_code.co_name, frame.f_locals.get("self"))
    what, holders = _describe(*operation) if operation else ("its turn", ())
    return Wait(
        task=paths[task],
        name=name,
        waits_for=what,
        held_by=tuple(sorted(paths[holder] for holder in holders if holder in paths)),
        place=places.for_person(places.of_task(task)),
    )


def _describe(function: str, waited: Any) -> tuple[str, tuple[Task, ...]]:
    """What the operation is about, and which tasks could end the wait."""
    if isinstance(waited, trio.Lock | trio.StrictFIFOLock):
        owner = waited.statistics().owner
        return "a lock", (owner,) if owner is not None else ()
    if isinstance(waited, trio.CapacityLimiter):
        return "a capacity limiter", tuple(_tasks(waited.statistics().borrowers))
    if hasattr(waited, "_nursery"):
        return "the tasks of its nursery", tuple(waited._nursery.child_tasks)
    if function == "to_thread_run_sync":
        return "its worker thread", ()
    if function == "sleep_forever":
        return "nothing that will ever happen (sleep_forever)", ()
    named = (text for kind, text in _WAITS.items() if isinstance(waited, kind))
    return next(named, f"{function}()"), ()


_WAITS: Mapping[type, str] = {
    trio.Condition: "a notification of a condition",
    trio.Event: "an event",
    trio.Semaphore: "a semaphore",
    trio.MemorySendChannel: "space in a memory channel",
    trio.MemoryReceiveChannel: "an item from a memory channel",
}


def _tasks(borrowers: Iterable[object]) -> Iterator[Task]:
    return (b for b in borrowers if isinstance(b, Task))
