"""Who waits on what: the sentence behind a deadlock.

Reads only what Trio makes public: the frames of the await, the statistics of locks, the children
of nurseries.  The frames of Trio's own under the program's frame name the operation, the object it
is a method of is what the task waits for, and the program's own variables say how it is called.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import FrameType
from typing import Any, Final

import trio
from attrs import frozen

from hocket.simulator import places
from hocket.simulator.engine.outcome import Wait

__all__ = ["called", "explain_wait", "explain_waits"]
__all__ = ["TURN", "explain_waits"]

TURN: Final = "its turn"
"""What a task waits for that could go on."""

Task = trio.lowlevel.Task


@frozen
class _Awaited:
    """What a task waits for: in words, which one, and the tasks that could end the wait."""

    what: str
    which: str = ""
    holders: tuple[Task, ...] = ()


def explain_waits(blocked: Sequence[tuple[Task, str, str]]) -> tuple[Wait, ...]:
    """Say what each task waits for; they come with their path and the name of their function."""
    paths = {task: path for task, path, _ in blocked}
    return tuple(explain_wait(task, name, paths) for task, _, name in blocked)


def explain_wait(task: Task, name: str, paths: Mapping[Task, str]) -> Wait:
    """Say what one blocked task waits for; ``paths`` are those of all tasks that may be named."""
    program: FrameType | None = None
    below: list[FrameType] = []
    for frame, _ in task.iter_await_frames():
        if places.is_program(frame.f_code):
            program, below = frame, []
        else:
            below.append(frame)
    awaited = _awaited(task, below, program)
    return Wait(
        task=paths[task],
        name=name,
        waits_for=awaited.what,
        held_by=tuple(sorted(paths[holder] for holder in awaited.holders if holder in paths)),
        place=places.for_person(places.of_task(task)),
        which=awaited.which,
    )


def _awaited(task: Task, below: Sequence[FrameType], program: FrameType | None) -> _Awaited:
    """What the operation is about: the outermost of its frames that is one of a known kind."""
    for frame in below:
        waited = frame.f_locals.get("self")
        if isinstance(waited, trio.Condition) and _notified(task, below):
            owner = waited.statistics().lock_statistics.owner
            holders = (owner,) if owner is not None else ()
            return _Awaited("the lock of a condition", called(waited, program), holders)
        awaited = _of_object(waited, program) or _of_function(frame, below)
        if awaited is not None:
            return awaited
    if any(frame.f_code.co_name == "to_thread_run_sync" for frame in below):
        return _Awaited("its worker thread")
    return _Awaited(f"{below[0].f_code.co_name}()") if below else _Awaited(TURN)


def _notified(task: Task, below: Sequence[FrameType]) -> bool:
    """Whether a task that waits for a condition has been notified, and needs its lock now.

    Trio moves such a task from the parking lot in which it went to sleep to that of the lock.
    """
    lots = [frame.f_locals.get("self") for frame in below]
    slept_in = next((lot for lot in lots if isinstance(lot, trio.lowlevel.ParkingLot)), None)
    return task.custom_sleep_data is not slept_in


def _of_object(waited: Any, program: FrameType | None) -> _Awaited | None:
    if isinstance(waited, trio.Lock | trio.StrictFIFOLock):
        owner = waited.statistics().owner
        return _Awaited("a lock", called(waited, program), (owner,) if owner is not None else ())
    if isinstance(waited, trio.CapacityLimiter):
        holders = tuple(_tasks(waited.statistics().borrowers))
        return _Awaited("a capacity limiter", called(waited, program), holders)
    if hasattr(waited, "_nursery"):
        nursery: trio.Nursery = waited._nursery
        children = tuple(nursery.child_tasks)
        return _Awaited("the tasks of its nursery", called(nursery, program), children)
    named = (text for kind, text in _WAITS.items() if isinstance(waited, kind))
    what = next(named, None)
    return _Awaited(what, called(waited, program)) if what is not None else None


def _of_function(frame: FrameType, below: Sequence[FrameType]) -> _Awaited | None:
    functions = {each.f_code.co_name for each in below}
    match frame.f_code.co_name:
        case "sleep_forever" if "to_thread_run_sync" in functions:
            return _Awaited("its worker thread")
        case "sleep_forever":
            return _Awaited("nothing that will ever happen (sleep_forever)")
        case "sleep_until":
            return _Awaited("a deadline", f"at {frame.f_locals['deadline']:g} s")
        case "checkpoint" | "cancel_shielded_checkpoint":
            return _Awaited(TURN)
        case _:
            return None


_WAITS: Mapping[type, str] = {
    trio.Condition: "a notification of a condition",
    trio.Event: "an event",
    trio.Semaphore: "a semaphore",
    trio.MemorySendChannel: "space in a memory channel",
    trio.MemoryReceiveChannel: "an item from a memory channel",
    trio.lowlevel.ParkingLot: "a parking lot",
}


def _tasks(borrowers: Iterable[object]) -> Iterator[Task]:
    return (b for b in borrowers if isinstance(b, Task))


def called(thing: object, program: FrameType | None) -> str:
    """What the ``program`` calls the thing in that frame: a variable, or an attribute of one.

    Empty if it has no name there.
    """
    if program is None:
        return ""
    variables = {**program.f_locals, **program.f_globals}
    for name, value in variables.items():
        if value is thing:
            return f"`{name}`"
    for name, value in program.f_locals.items():
        for attribute, inner in _attributes(value):
            if inner is thing:
                return f"`{name}.{attribute}`"
    return ""


def _attributes(value: object) -> Iterator[tuple[str, object]]:
    """The attributes that an object has of its own, in the order in which it got them."""
    members = getattr(type(value), "__dict__", {}).get("__slots__", ())
    for name in (members,) if isinstance(members, str) else members:
        slot = vars(type(value)).get(name)
        if hasattr(value, name) and slot is not None:
            yield name, getattr(value, name)
    yield from tuple(getattr(value, "__dict__", {}).items())
