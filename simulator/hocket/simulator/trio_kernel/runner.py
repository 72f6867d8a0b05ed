"""Trio's runner with a queue that somebody else keeps: the kernel, its host."""

# pyright: reportPrivateUsage=false

from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import cached_property
from heapq import heapify, heappush
from typing import Any, Final, Protocol, cast

import attrs
import outcome
import trio
from attrs import define

from hocket.simulator import places
from hocket.simulator.run_queue import Entry
from hocket.simulator.standins import Resumed
from hocket.simulator.trio_kernel.private import (
    GLOBAL_PARKING_LOT_BREAKER,
    NO_SEND,
    Deadlines,
    Runner,
    Task,
)

TaskFunction = Callable[..., Awaitable[object]]

__all__ = ["RESUMED", "KernelRunner", "OrderedDeadlines", "TaskEntry", "unrecognized"]


@define(eq=False)
class TaskEntry(Entry):
    """A task as the kernel and the strategies know it."""

    task: Task
    send: Callable[[Any], object]

    @property
    def anchor(self) -> str:
        """The path and the number of the step to come, such as ``main/0/2@7``."""
        return f"{self.identity}@{self.task._schedule_points}"

    @property
    def taken(self) -> int:
        """The number of steps it has taken."""
        return self.task._schedule_points

    @property
    def line(self) -> int:
        """The line at which its program waits to go on."""
        place = places.of_task(self.task)
        return place[1] if place else 0

    @property
    def name(self) -> str:
        """The last part of the name of the task's function."""
        return self.task.name.rpartition(".")[2]


RESUMED: Final = cast("outcome.Outcome[Any]", Resumed())


class Host(Protocol):
    """What the runner tells, and asks, the kernel."""

    numbers: Iterator[int]
    leaks: list[str]

    @property
    def now(self) -> float: ...

    def runnable(self) -> int:
        """How many tasks could run now."""
        ...

    def overdue(self) -> None:
        """A deadline was set into the past."""
        ...

    def enqueue(self, task: Task) -> None:
        """A task has become runnable."""
        ...

    def entry_of(self, task: Task) -> TaskEntry:
        """The entry of a task."""
        ...


class OrderedDeadlines(Deadlines):
    """Trio's deadlines with ties in order of entry, and a word when one is already overdue."""

    kernel: "Host"

    def add(self, deadline: float, cancel_scope: trio.CancelScope) -> None:
        heappush(self._heap, (deadline, next(self.kernel.numbers), cancel_scope))
        self._active += 1
        if deadline <= self.kernel.now:
            self.kernel.overdue()

    def due(self, now: float) -> list[trio.CancelScope]:
        """The scopes whose deadline has come, in order of deadline and entry."""
        heap, below, found = self._heap, [0], list[tuple[float, int, trio.CancelScope]]()
        while below:  # of the heap only the branches that are due
            place = below.pop()
            if place < len(heap) and heap[place][0] <= now:
                found.append(heap[place])
                below += (2 * place + 1, 2 * place + 2)
        live = (entry for entry in found if entry[0] == entry[2]._registered_deadline)
        return [scope for _, _, scope in sorted(live, key=lambda entry: entry[:2])]

    def expire_alone(self, now: float, scope: trio.CancelScope) -> None:
        """Fire one scope whose deadline has come, and leave the others due."""
        heap, self._heap = self._heap, [entry for entry in self._heap if entry[2] is scope]
        super().expire(now)
        self._heap = [entry for entry in heap if entry[2] is not scope]
        heapify(self._heap)


class _Unheard:
    """A wake-up that wakes nobody."""

    def wakeup_thread_and_signal_safe(self) -> None:
        """Nobody has to come."""


class KernelRunner(Runner):
    """Trio's runner with our queue: a task that becomes runnable goes where a choice can see it."""

    kernel: "Host"
    callbacks_nursery: trio.Nursery
    callbacks_begun = False
    guard: Callable[[TaskFunction], TaskFunction] | None = None
    harness: tuple[str, ...] = ()
    deadlines: OrderedDeadlines  # pyright: ignore[reportIncompatibleVariableOverride]

    @cached_property
    def hooks(self) -> Mapping[str, object]:
        """By name, those that any instrument listens to."""
        # Trio 0.27 has a dictionary of them, a newer one an object with a dictionary in it.
        inner: Any = self.instruments
        return cast("Mapping[str, object]", getattr(inner, "data", inner))

    def reschedule(self, task: Task, next_send: outcome.Outcome[Any] = NO_SEND) -> None:
        assert task._runner is self
        assert task._next_send_fn is None
        task._next_send_fn = task.coro.send
        task._next_send = RESUMED if next_send is NO_SEND else next_send
        task._abort_func = None
        task.custom_sleep_data = None
        self.kernel.enqueue(task)
        if "task_scheduled" in self.hooks:
            self.instruments.call("task_scheduled", task)

    def spawn_impl(
        self,
        async_fn: Callable[..., Awaitable[object]],
        args: tuple[Any, ...],
        nursery: trio.Nursery | None,
        name: object,
        **how: Any,
    ) -> Task:
        if self.guard is not None and nursery is not None and not how.get("system_task"):
            name = _name_of(async_fn) if name is None else name
            async_fn = self.guard(async_fn)
        return super().spawn_impl(async_fn, args, nursery, name, **how)

    async def init(self, async_fn: Callable[..., Awaitable[object]], args: tuple[Any, ...]) -> None:
        """Trio's own, but the task of queued callbacks begins only when there is a callback.

        Most executions queue none, and its life would cost a third of an empty one.
        """
        async with trio.open_nursery() as self.callbacks_nursery:
            if not await self._run_main(async_fn, args):
                return
            left = self.asyncgens.alive or self.asyncgens.trailing_needs_finalize
            if left or self.entry_queue.size():
                self.begin_callbacks()
                await self.asyncgens.finalize_remaining(self)
            self.entry_queue.done = not self.callbacks_begun
            self.callbacks_nursery.cancel_scope.cancel()

    async def _run_main(
        self, async_fn: Callable[..., Awaitable[object]], args: tuple[Any, ...]
    ) -> bool:
        """Run the main task, then end the system tasks; whether there was a task to run at all."""
        async with trio.open_nursery() as self.system_nursery:
            async with trio.open_nursery() as main_nursery:
                try:
                    self.main_task = self.spawn_impl(async_fn, args, main_nursery, None)
                except BaseException as error:
                    self.main_task_outcome = outcome.Error(error)
                    return False
            if self.system_nursery.child_tasks:
                self.system_nursery.cancel_scope.cancel()
        return True

    @cached_property
    def at_end(self) -> list[Callable[[], object]]:
        """What is to be called when the run is closed."""
        return []

    def close(self) -> None:
        self.entry_queue.done = True  # a worker thread that was given up may still try
        for release in self.at_end:
            release()
        super().close()

    def spawn_worker(self, async_fn: Callable[[], Awaitable[object]], name: str) -> Task:
        """Spawn the system task that stands for a worker thread of the task that is running."""
        nursery = self.system_nursery
        if nursery is None or nursery._closed:  # late clean-up of generators
            nursery = self.callbacks_nursery
        return self.spawn_impl(async_fn, (), nursery, name, system_task=True)

    def hand_in(self, deliver: Callable[[], object]) -> None:
        """Run at once, in this step, the callbacks that ``deliver`` queues.

        What a worker thread brings has had its turn in the schedule, and would wait for another.
        """
        entries = self.entry_queue
        before, wakeup = len(entries.queue), entries.wakeup
        entries.wakeup = cast("Any", _Unheard())
        try:
            deliver()
        finally:
            entries.wakeup = wakeup
        jobs = [entries.queue.pop() for _ in range(len(entries.queue) - before)]
        for function, args in reversed(jobs):
            function(*args)

    def begin_callbacks(self) -> None:
        """Start the task that runs queued callbacks, if that was not done yet."""
        if not self.callbacks_begun:
            self.callbacks_begun = True
            name = "<TrioToken.run_sync_soon task>"
            self.spawn_impl(
                self.entry_queue.task, (), self.callbacks_nursery, name, system_task=True
            )

    def current_statistics(self) -> trio.lowlevel.RunStatistics:
        """Trio's own, in which the task of queued callbacks always counts as living."""
        statistics = super().current_statistics()
        absent = not self.callbacks_begun
        return attrs.evolve(
            statistics,
            tasks_living=statistics.tasks_living + absent,
            tasks_runnable=self.kernel.runnable(),
        )

    @cached_property
    def on_exit(self) -> list[Callable[[Task, outcome.Outcome[object]], None]]:
        """Who hears of a task that has ended, and how, before Trio does."""
        return []

    def task_exited(self, task: Task, outcome: outcome.Outcome[object]) -> None:
        for hear in self.on_exit:
            hear(task, outcome)
        if task in GLOBAL_PARKING_LOT_BREAKER and not task.name.startswith(self.harness):
            entry = self.kernel.entry_of(task)
            self.kernel.leaks.append(f"{entry.identity} {entry.name} ended while holding a lock")
        super().task_exited(task, outcome)


def _name_of(function: object) -> object:
    """What Trio names a task after that is spawned without a name."""
    return getattr(function, "func", function)


def unrecognized(message: object) -> TypeError:
    """What a task is told that awaited something of another framework, in Trio's words."""
    return TypeError(
        f"trio.run received unrecognized yield message {message!r}. Are you trying to use "
        "a library written for some other framework like asyncio? That won't work without "
        "some kind of compatibility shim.",
    )
