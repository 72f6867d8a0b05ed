"""Looking on while an execution runs, and noting what a space-time diagram of it shows.

An instrument of Trio's sees tasks come, park, wake and go.  What tasks hand each other it is told:
connections say what they carry (see ``simulation.tell``), and locks and channels of Trio are made
to (see :mod:`.handovers`).
"""

# pyright: reportPrivateUsage=false

import os
from types import CodeType
from typing import Any, Protocol

import outcome
import trio
from attrs import define, field

from hocket.simulator import places
from hocket.simulator.engine.sightings import Sight, Sighting
from hocket.simulator.engine.trace import Trace
from hocket.simulator.trio_kernel.private import GLOBAL_RUN_CONTEXT, Task
from hocket.simulator.trio_kernel.runner import TaskEntry
from hocket.simulator.waits import explain_wait

__all__ = ["Onlooker"]

_SLEEP = trio.sleep_until.__code__
_OURS = os.path.dirname(os.path.dirname(__file__))


class Host(Protocol):
    """What an onlooker asks of the kernel."""

    @property
    def trace(self) -> Trace | None:
        """The full trace; ``None`` once the execution is being unwound."""
        ...

    def entry_of(self, task: Task) -> TaskEntry:
        """The entry of a task."""
        ...


@define(eq=False)
class Onlooker(trio.abc.Instrument):
    """Notes what it sees of one execution.

    ``sightings`` are in order; ``names`` has the full name of each task by its path.
    """

    kernel: Host = field(init=False)
    sightings: list[Sighting] = field(factory=list[Sighting], init=False)
    names: dict[str, str] = field(factory=dict[str, str], init=False)
    _paths: dict[Task, str] = field(factory=dict[Task, str], init=False)
    _runnable: set[str] = field(factory=set[str], init=False)
    _waiting: set[str] = field(factory=set[str], init=False)
    _things: list[object] = field(factory=list[object], init=False)

    def tell(self, sight: Sight, thing: object, what: str, *, number: int = 0) -> None:
        """The running task does something with ``thing``; ``number`` counts its messages."""
        task = getattr(GLOBAL_RUN_CONTEXT, "task", None)
        if task is not None:
            self.tell_of(task, sight, thing, what, number=number)

    def tell_of(
        self, task: Task, sight: Sight, thing: object, what: str, *, number: int = 0
    ) -> None:
        """As :meth:`tell`, of another task."""
        key = next((n for n, known in enumerate(self._things) if known is thing), None)
        if key is None:
            key = len(self._things)
            self._things.append(thing)
        self._see(sight, self._path(task), what, f"{key}#{number}")

    # -- what Trio tells an instrument -------------------------------------------------------

    def task_scheduled(self, task: Task) -> None:
        """A task is to start, or was woken."""
        path = self._path(task)
        self._runnable.add(path)
        if path in self._waiting:
            self._waiting.remove(path)
            self._see(Sight.WOKEN, path)

    def before_task_step(self, task: Task) -> None:
        """A task goes on, perhaps to be told that it is cancelled."""
        path = self._path(task)
        self._runnable.discard(path)
        sent: Any = task._next_send
        told = isinstance(sent, outcome.Error) and isinstance(sent.error, trio.Cancelled)
        if told and not _slept(task):
            self._see(Sight.CANCELLED, path, places.for_person(places.of_task(task)))

    def after_task_step(self, task: Task) -> None:
        """A task that is neither runnable nor gone waits."""
        if task not in self._paths or (path := self._paths[task]) in self._runnable:
            return
        wait = explain_wait(task, task.name, self._paths)
        self._waiting.add(path)
        what = f"{wait.waits_for} {wait.which}".rstrip()
        self._see(Sight.WAITS, path, what, held_by=wait.held_by)

    def task_exited(self, task: Task) -> None:
        """A task has come to its end."""
        self._see(Sight.ENDS, self._path(task))
        del self._paths[task]

    def _path(self, task: Task) -> str:
        if task not in self._paths:
            self._paths[task] = path = self.kernel.entry_of(task).identity
            self.names.setdefault(path, task.name)
        return self._paths[task]

    def _see(
        self,
        sight: Sight,
        path: str,
        what: str = "",
        key: str = "",
        held_by: tuple[str, ...] = (),
    ) -> None:
        trace = self.kernel.trace
        if trace is not None:
            self.sightings.append(Sighting(len(trace), sight, path, what, key, held_by))


def _slept(task: Task) -> bool:
    """Whether the cancellation is how Trio, or the simulator, ends a wait with a deadline."""
    status = task._cancel_status
    outer = status._parent
    if status._scope.deadline > trio.current_time() or (outer and outer.effectively_cancelled):
        return False
    below: list[CodeType] = []
    for frame, _ in task.iter_await_frames():
        below = [] if places.is_program(frame.f_code) else [*below, frame.f_code]
    return any(code is _SLEEP or code.co_filename.startswith(_OURS) for code in below)
