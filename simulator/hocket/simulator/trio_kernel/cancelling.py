"""Cancellations that a schedule injects: where one can reach a task, and how it is carried out.

The points of a task are counted by what a cancellation would do there, not by its yields: two
moments from which the same cancellation point is met next are one point, as long as the task has no
children that would notice the difference.  Moments that a shield hides, a task that is cancelled
already, and one whose ``nursery.start`` still waits for it are no points.
"""

# pyright: reportPrivateUsage=false

from collections.abc import Awaitable, Callable, Sequence
from fnmatch import fnmatchcase
from math import inf
from typing import Any, Protocol

import outcome
import trio
from attrs import define, field

from hocket.simulator import places
from hocket.simulator.engine.choices import ChoiceKind
from hocket.simulator.engine.injection import Injection, Means
from hocket.simulator.run_queue import SPIN_LIMIT
from hocket.simulator.trio_kernel.private import Task
from hocket.simulator.trio_kernel.runner import TaskEntry

__all__ = ["Canceller"]


class Host(Protocol):
    """What a canceller asks of the kernel."""

    def decide(self, kind: ChoiceKind, label: str, options: Sequence[str]) -> int:
        """Ask the source of choices."""
        ...

    def entry_of(self, task: Task) -> TaskEntry:
        """The entry of a task."""
        ...

    def hold(self, entry: TaskEntry) -> bool:
        """Keep a runnable task from being offered; whether that is possible."""
        ...

    def release(self) -> None:
        """Offer the task again that was held."""
        ...


@define(eq=False)
class Canceller(trio.abc.Instrument):
    """Asks for one cancellation at each point of the chosen tasks, and carries out the first taken.

    ``patterns`` are shell patterns of the paths or names of tasks; without any, the target's main
    task and the tasks that it spawns are chosen.  Made for one execution.
    """

    patterns: tuple[str, ...] = ()
    kernel: Host = field(init=False)
    _scopes: dict[int, trio.CancelScope] = field(factory=dict[int, trio.CancelScope], init=False)
    _asked: dict[int, tuple[int, int]] = field(factory=dict[int, tuple[int, int]], init=False)
    _next: trio.CancelScope | None = field(default=None, init=False)
    _awaited: bool = field(default=False, init=False)
    _victim: Task | None = field(default=None, init=False)
    _held: Task | None = field(default=None, init=False)
    _taken: Injection | None = field(default=None, init=False)
    _place: str = field(default="", init=False)
    _ended: bool = field(default=False, init=False)

    @property
    def injection(self) -> Injection | None:
        """What this execution was given, and what became of it."""
        if self._taken is None:
            return None
        taken = self._taken
        return Injection(taken.point, taken.task, taken.name, taken.means, self._place, self._ended)

    def guard(self, function: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        """A task's function inside a scope that nobody but the kernel knows."""
        self._next = scope = trio.CancelScope()
        self._awaited = "task_status" in getattr(function, "keywords", ())

        async def guarded(*args: object) -> object:
            with scope:
                return await function(*args)
            return None

        return guarded

    # -- what Trio tells an instrument -------------------------------------------------------

    def task_spawned(self, task: Task) -> None:
        """The scope made last is that of the task."""
        if self._next is not None:
            self._scopes[task._counter] = self._next
            self._next = None

    def task_scheduled(self, task: Task) -> None:
        """A task is to start, or was woken."""
        if task is self._victim:
            self._notice(task)
        elif self._taken is None and task._counter in self._scopes:
            if not self._awaited:
                self._consider(task, "runnable")
            self._awaited = False

    def after_task_step(self, task: Task) -> None:
        """A task may have parked; a held one may have been cancelled meanwhile."""
        if task is self._held:
            self._held = None
        elif self._held is not None and self._held._cancel_status.effectively_cancelled:
            self._held = None
            self.kernel.release()
        if task is self._victim:
            self._notice(task)
        elif self._taken is None and task._abort_func is not None and task._counter in self._scopes:
            self._consider(task, "parked")

    def task_exited(self, task: Task) -> None:
        """The victim's end is the end of its points."""
        if task is self._victim:
            self._ended = not self._place
            self._victim = None

    # -- points ------------------------------------------------------------------------------

    def _consider(self, task: Task, moment: str) -> None:
        entry = self.kernel.entry_of(task)
        if not self._chosen(entry) or not self._open(task):
            return
        options = [Means.NONE]
        if not self._same_as_before(task):
            options.append(Means.INJECTED)
            if self._with_deadline(task) is not None:
                options.append(Means.EXPIRED)
        if moment == "runnable" and entry.streak < SPIN_LIMIT:
            options.append(Means.MOVED)
        label = f"cancellation of {entry.anchor} {entry.name} when {moment}"
        means = options[self.kernel.decide(ChoiceKind.CANCEL, label, options)]
        if means is not Means.NONE:
            self._carry_out(entry, label, means)

    def _carry_out(self, entry: TaskEntry, label: str, means: Means) -> None:
        task = entry.task
        if means is Means.MOVED and not self.kernel.hold(entry):
            return
        self._taken = Injection(label, entry.identity, entry.name, means, "", ended=False)
        self._victim = task
        if means is Means.MOVED:
            self._held = task
            return
        expiring = self._with_deadline(task) if means is Means.EXPIRED else None
        (expiring or self._scopes[task._counter]).cancel()
        self._notice(task)

    def _chosen(self, entry: TaskEntry) -> bool:
        if not self.patterns:
            return entry.path[:1] == (0,) and len(entry.path) <= 2
        words = (entry.identity, entry.name, entry.task.name)
        return any(fnmatchcase(word, pattern) for pattern in self.patterns for word in words)

    def _open(self, task: Task) -> bool:
        """Whether a cancellation of the task's scope would be seen where it stands."""
        status = task._cancel_status
        if status.effectively_cancelled or task.eventual_parent_nursery is not None:
            return False
        ours = self._scopes[task._counter]._cancel_status
        if ours is None:
            return task._schedule_points == 0
        while status is not ours:
            parent = status._parent
            if parent is None or status._scope.shield:
                return False
            status = parent
        return True

    def _with_deadline(self, task: Task) -> trio.CancelScope | None:
        """The innermost scope with a deadline that the task itself has opened."""
        status, ours = task._cancel_status, self._scopes[task._counter]._cancel_status
        while ours is not None and status is not ours:
            if status._scope.deadline < inf:
                return status._scope
            assert status._parent is not None
            status = status._parent
        return None

    def _same_as_before(self, task: Task) -> bool:
        """Whether the cancellation point met next is the one met from the point before."""
        children = sum(len(nursery.child_tasks) for nursery in task.child_nurseries)
        now = (task._cancel_points + (task._abort_func is None), children)
        before = self._asked.get(task._counter)
        self._asked[task._counter] = now
        return before == now and not children

    def _notice(self, task: Task) -> None:
        """Note where ``Cancelled`` is raised in the victim, the first time that it is."""
        if self._place or not task._cancel_status.effectively_cancelled:
            return
        sent: Any = task._next_send
        told = isinstance(sent, outcome.Error) and isinstance(sent.error, trio.Cancelled)
        refused = task._next_send_fn is None and task._abort_func is None
        if told or refused:
            self._place = places.for_person(places.of_task(task))
