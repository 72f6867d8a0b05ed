"""Recording an execution while it runs: the step that begins, who woke and who waited for whom."""

# pyright: reportPrivateUsage=false

from collections.abc import Callable

from hocket.simulator import places
from hocket.simulator.engine.causality import Causality
from hocket.simulator.engine.order import Footprint, Order
from hocket.simulator.engine.trace import LightTrace, Trace
from hocket.simulator.trio_kernel.private import GLOBAL_RUN_CONTEXT, Task
from hocket.simulator.trio_kernel.runner import TaskEntry

__all__ = ["OrderRecorder", "Recorder", "note_time", "recording"]


class Recorder:
    """Fills a full trace: steps with their places and their causes.

    ``now`` tells the virtual time in seconds, ``entry_of`` the entry of a task.
    """

    def __init__(
        self, trace: Trace, now: Callable[[], float], entry_of: Callable[[Task], TaskEntry]
    ) -> None:
        self._trace, self._now, self._entry_of = trace, now, entry_of
        self._causality = Causality()

    def step(self, entry: TaskEntry) -> None:
        """A step is about to be taken; those of Trio's own tasks are causes, but no events."""
        anchor = entry.anchor
        cause = self._causality.step(entry.identity, anchor)
        if not entry.urgent:
            where = places.in_trace(places.of_task(entry.task))
            self._trace.add_step(anchor, self._now(), where, cause)

    def woke(self, entry: TaskEntry) -> None:
        """A task has become runnable, by the step that is running if there is one."""
        waker = getattr(GLOBAL_RUN_CONTEXT, "task", None)
        if waker is not None:
            self._causality.woke(entry.identity, self._entry_of(waker).identity)

    def ended(self, task: Task) -> None:
        """Who waits for its nursery comes after every child that ends meanwhile."""
        nursery = task.parent_nursery
        if nursery is not None and nursery._parent_waiting_in_aexit:
            parent, child = self._entry_of(nursery.parent_task), self._entry_of(task)
            self._causality.woke(parent.identity, child.identity)


class OrderRecorder:
    """Tells an order of steps who takes one, and what that is expected to touch.

    Where nobody knows what steps touch, wake-ups stand in for it.
    """

    def __init__(
        self,
        order: Order,
        entry_of: Callable[[Task], TaskEntry],
        footprint_of: Callable[[TaskEntry], Footprint] | None,
    ) -> None:
        self._order, self._entry_of, self._footprint_of = order, entry_of, footprint_of

    def step(self, entry: TaskEntry) -> None:
        """A step is about to be taken."""
        if self._footprint_of is None:
            self._order.step(entry.path)
        elif not entry.system:
            self._order.step(entry.path, self._footprint_of(entry))

    def woke(self, entry: TaskEntry) -> None:
        """A task has become runnable, by the step that is running if there is one."""
        waker = getattr(GLOBAL_RUN_CONTEXT, "task", None)
        if waker is not None and self._footprint_of is None:
            self._order.woke(entry.path, self._entry_of(waker).path)

    def ended(self, task: Task) -> None:
        """A task that ends wakes whoever waits for its nursery."""


Note = Callable[[TaskEntry], None]


def recording(
    trace: Trace | LightTrace | None,
    now: Callable[[], float],
    entry_of: Callable[[Task], TaskEntry],
) -> tuple[Recorder | OrderRecorder | None, Note | None]:
    """The recorder of a full trace, and what the loop calls for each step; ``None`` if nobody."""
    if isinstance(trace, Trace):
        recorder = Recorder(trace, now, entry_of)
        return recorder, recorder.step
    if isinstance(trace, LightTrace):
        noted = trace.noted
        return None, lambda entry: noted.append(entry.path)
    return None, None


def note_time(into: Trace | list[tuple[int, ...] | float] | None, now: float) -> None:
    """Time has moved to ``now``, in virtual seconds."""
    if isinstance(into, Trace):
        into.add("time", "", now, "")
    elif into is not None:
        into.append(float(now))
