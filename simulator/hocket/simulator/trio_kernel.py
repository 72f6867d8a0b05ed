"""The one module that drives Trio's ``Runner``, one task step at a time.

Prior art: Trio's own ``unrolled_run``, whose handling of steps, messages, cancellation, task exit
and finalisation is kept, and the controlled schedulers of Shuttle and Coyote.  What differs, and
why:

- One task runs per turn of the loop and the next is *chosen*, where Trio runs a whole pass.
- Nothing of the operating system is touched: no epoll, no socket pair, no signal handler.  That is
  also why a run here is cheaper than ``trio.run``.
- Time is virtual and moves only when nothing can run.
- Tasks are named by the path of who spawned them.  Trio keeps tasks and cancel scopes in sets that
  iterate in address order; here the sets that decide an order of abortion keep the order of
  insertion, and deadlines tie by a number of this run.

All use of Trio's private names is in this file; :func:`check_version` turns a Trio that moved them
into one clear sentence.  The loop is written for speed: read :meth:`Kernel._loop` with the comments
beside it.
"""

import contextvars
import gc
import sys
from bisect import bisect_left
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from heapq import heappush
from itertools import count
from math import inf
from typing import Any, Final, cast

import outcome
import trio
from attrs import define, frozen
from sniffio import thread_local as sniffio_library

from hocket.simulator import places
from hocket.simulator.engine.choices import ChoiceKind, ChoicePoint, ChoiceSource, Deviation
from hocket.simulator.engine.outcome import Wait
from hocket.simulator.engine.trace import Trace
from hocket.simulator.waits import explain_wait

try:
    from trio._core import _entry_queue, _run
    from trio._core._instrumentation import Instruments
    from trio._core._ki import KIManager
    from trio._core._parking_lot import GLOBAL_PARKING_LOT_BREAKER
    from trio._core._run import GLOBAL_RUN_CONTEXT, CancelStatus, Deadlines, Runner, Task
    from trio._core._traps import (
        CancelShieldedCheckpoint,
        PermanentlyDetachCoroutineObject,
        WaitTaskRescheduled,
    )

    # attrs keeps the factories of defaults in the globals of the generated __init__.
    _cancel_status_factories = CancelStatus.__init__.__globals__
    _cancel_status_factories["__attr_factory__tasks"]
    _cancel_status_factories["__attr_factory__children"]
except (ImportError, AttributeError, KeyError) as exc:  # pragma: no cover - another Trio
    raise ImportError(
        f"hocket supports Trio 0.27 and newer, and Trio {trio.__version__} is arranged differently "
        f"inside ({exc}); install a Trio that this hocket knows, or a newer hocket",
    ) from exc

__all__ = ["End", "Ending", "Escape", "Kernel", "Model", "TaskEntry", "current"]

SPIN_LIMIT: Final = 50
"""Consecutive checkpoints after which a task that never blocks must let the others go first."""

UNWIND_STEPS_MAX: Final = 10_000
"""Steps granted to the clean-up code of an execution that was cut short."""

CLOSE_ATTEMPTS_MAX: Final = 100
"""How often a coroutine that awaits while it is being closed is closed again."""


class Escape(RuntimeError):
    """The program touched the real world from inside an execution."""


class Model(StrEnum):
    """Which orders are explored: any runnable task next, or the orders within Trio's passes."""

    FREE = "free"
    LOCKSTEP = "lockstep"


class Ending(StrEnum):
    """How the loop came to its end."""

    FINISHED = "finished"
    DEADLOCK = "deadlock"
    STEP_BOUND = "step bound"
    STOPPED = "stopped"


@frozen
class End:
    """What an execution came to.

    ``error`` is what the target raised; ``cause`` what :meth:`Kernel.stop` was given; ``waits``
    the blocked tasks of a deadlock or the spinning ones of a step bound; ``leaks`` what was left
    behind, one sentence each; ``steps`` and ``seconds`` of virtual time the size of it; ``unfair``
    whether the fairness rule had to intervene.
    """

    ending: Ending
    error: BaseException | None
    cause: object
    waits: tuple[Wait, ...]
    leaks: tuple[str, ...]
    steps: int
    seconds: float
    unfair: bool


@define(eq=False)
class TaskEntry:
    """A task as the kernel and the strategies know it: its path, never its address."""

    task: Task
    path: tuple[int, ...]
    system: bool
    urgent: bool
    send: Callable[[Any], object]
    spawned: int = 0
    streak: int = 0

    @property
    def identity(self) -> str:
        """The spawn path, such as ``main/0/2``; ``soon`` is the task of queued callbacks."""
        if not self.path:
            return "init"
        return "/".join([("main", "soon")[self.path[0]], *map(str, self.path[1:])])

    @property
    def anchor(self) -> str:
        """The path and the number of the step to come, such as ``main/0/2@7``."""
        return f"{self.identity}@{self.task._schedule_points}"

    @property
    def name(self) -> str:
        """The last part of the name of the task's function."""
        return self.task.name.rpartition(".")[2]


@frozen
class _Named:
    """An option that is no task: a fault or a value."""

    identity: str

    @property
    def anchor(self) -> str:
        return self.identity


class _Resumed:
    """What a task is sent when it is merely scheduled: Trio's ``Value(None)``, reusable."""

    def unwrap(self) -> None:
        return None


_RESUMED: Final = cast("outcome.Outcome[Any]", _Resumed())


class _OrderedSet(dict[Any, None]):
    """A set that iterates in order of insertion; every method it needs is the dictionary's own."""

    add = dict.setdefault
    remove = dict.__delitem__


_cancel_status_factories["__attr_factory__tasks"] = _OrderedSet
_cancel_status_factories["__attr_factory__children"] = _OrderedSet


class _Deadlines(Deadlines):
    """Trio's deadlines with ties in order of entry, and a word when one is already overdue."""

    def bind(self, kernel: "Kernel") -> None:
        self._kernel = kernel
        self._numbers = count()

    def add(self, deadline: float, cancel_scope: trio.CancelScope) -> None:
        heappush(self._heap, (deadline, next(self._numbers), cancel_scope))
        self._active += 1
        if deadline <= self._kernel.now:
            self._kernel.urgent.append(None)


class _Clock(trio.abc.Clock):
    """Virtual time; only the kernel moves it."""

    def __init__(self, kernel: "Kernel") -> None:
        self._kernel = kernel

    def start_clock(self) -> None:
        """Nothing to start."""

    def current_time(self) -> float:
        return self._kernel.now

    def deadline_to_sleep_time(self, deadline: float) -> float:
        return max(0.0, deadline - self._kernel.now)


class _Wakeup:
    """Wakes the task of queued callbacks without a socket pair."""

    def __init__(self) -> None:
        self._parked: Task | None = None
        self._pending = False

    async def wait_woken(self) -> None:
        if not self._pending:
            self._parked = trio.lowlevel.current_task()

            def abort(_: object) -> trio.lowlevel.Abort:
                self._parked = None
                return trio.lowlevel.Abort.SUCCEEDED

            await trio.lowlevel.wait_task_rescheduled(abort)
        self._pending = False

    def wakeup_thread_and_signal_safe(self) -> None:
        if self._parked is None:
            self._pending = True
        else:
            parked, self._parked = self._parked, None
            trio.lowlevel.reschedule(parked)

    def close(self) -> None:
        """Nothing to close."""


class _NoIO:
    """Stands where Trio's epoll or kqueue manager would: every real wait is an escape."""

    def __init__(self, kernel: "Kernel") -> None:
        self._kernel = kernel

    def close(self) -> None:
        """Nothing to close."""

    def statistics(self) -> None:
        """There is no I/O to count."""

    def __getattr__(self, name: str) -> Any:
        place = places.for_person(places.caller())
        escape = Escape(f"a real I/O operation ({name}) at {place}")
        self._kernel.stop(escape)
        raise escape


class _Runner(Runner):
    """Trio's runner with our queue: a task that becomes runnable goes where a choice can see it."""

    kernel: "Kernel"

    def reschedule(self, task: Task, next_send: outcome.Outcome[Any] = _run._NO_SEND) -> None:
        assert task._runner is self
        assert task._next_send_fn is None
        task._next_send_fn = task.coro.send
        task._next_send = _RESUMED if next_send is _run._NO_SEND else next_send
        task._abort_func = None
        task.custom_sleep_data = None
        self.kernel.enqueue(task)
        if "task_scheduled" in self.instruments.data:
            self.instruments.call("task_scheduled", task)

    def task_exited(self, task: Task, outcome: outcome.Outcome[object]) -> None:
        if task in GLOBAL_PARKING_LOT_BREAKER:
            entry = self.kernel.entry_of(task)
            self.kernel.leaks.append(f"{entry.identity} {entry.name} ended while holding a lock")
        super().task_exited(task, outcome)


def _nobody(_kind: str, _fields: Mapping[str, Any]) -> None:
    """The listener of a program that nobody watches."""


def current() -> "Kernel | None":
    """The kernel of the execution that is running on this thread, if there is one."""
    runner = getattr(GLOBAL_RUN_CONTEXT, "runner", None)
    return runner.kernel if type(runner) is _Runner else None


class Kernel:
    """One execution of one target under one source of choices.

    ``source`` answers every choice; ``model`` says which orders exist; ``max_steps`` ends an
    execution that does not end by itself; ``trace`` records everything that happens, or nothing
    when it is ``None``.  After :meth:`run`, ``choices`` and ``arities`` hold what was answered and
    of how many, in order, and ``deviations`` (with a trace only) those that were not the default.
    """

    def __init__(
        self, source: ChoiceSource, *, model: Model, max_steps: int, trace: Trace | None = None
    ) -> None:
        self.source = source
        self.model = model
        self.trace = trace
        self.now = 0.0
        self.steps = 0
        self.limit = max_steps
        self.cause: object = None
        self.listener: Callable[[str, Mapping[str, Any]], None] = _nobody
        self.unfair = False
        self.unwinding = False
        self.choices: list[int] = []
        self.arities: list[int] = []
        self.deviations: list[Deviation] = []
        self.leaks: list[str] = []
        # Tasks that are no choice: Trio's own, and None for "a deadline is overdue".
        self.urgent: deque[TaskEntry | None] = deque()
        # The runnable tasks in order of their paths; in lockstep, those of this pass only.
        self._keys: list[tuple[int, ...]] = []
        self._entries: list[TaskEntry] = []
        self._arrivals: list[TaskEntry] | None = [] if model is Model.LOCKSTEP else None
        self._spinning: list[TaskEntry] = []
        self._last: TaskEntry | None = None
        self._by_counter: dict[int, TaskEntry] = {}
        self._point = ChoicePoint(ChoiceKind.TASK, "", (), continues=False)
        self._runner = self._make_runner()

    def _make_runner(self) -> _Runner:
        deadlines = _Deadlines()
        deadlines.bind(self)
        runner = _Runner(
            clock=_Clock(self),
            instruments=Instruments(()),
            io_manager=cast("Any", _NoIO(self)),
            ki_manager=KIManager(),
            strict_exception_groups=True,
            system_context=contextvars.copy_context(),
            deadlines=deadlines,
            entry_queue=_entry_queue.EntryQueue(wakeup=cast("Any", _Wakeup())),
            waiting_for_idle={},
        )
        runner.kernel = self
        return runner

    # -- what the program and its observers may ask ------------------------------------------

    def stop(self, cause: object) -> None:
        """End the execution after the step that is running; the first cause given counts."""
        if self.cause is None and not self.unwinding:
            self.cause = cause
            self.limit = 0

    def decide(self, kind: ChoiceKind, label: str, options: Sequence[str]) -> int:
        """Ask the source to choose among named options, the first of them the default."""
        if len(options) < 2 or self.unwinding:
            return 0
        point = ChoicePoint(kind, label, [_Named(name) for name in options], continues=False)
        index = self.source.choose(point)
        self._note(point, index)
        return index

    def task_label(self) -> str:
        """The path of the task whose step is running."""
        task = getattr(GLOBAL_RUN_CONTEXT, "task", None)
        return self.entry_of(task).identity if task is not None else ""

    def entry_of(self, task: Task) -> TaskEntry:
        """The entry of a task of this execution."""
        return self._by_counter[task._counter]

    # -- running -----------------------------------------------------------------------------

    def run(self, target: Callable[[], Awaitable[object]]) -> End:
        """Run ``target`` to its end, or to the point where it can or may not go on."""
        if trio.lowlevel.in_trio_run():
            raise RuntimeError("an execution cannot start inside another Trio run")
        runner = self._runner
        runner.asyncgens.install_hooks(runner)
        GLOBAL_RUN_CONTEXT.runner = runner
        library, sniffio_library.name = sniffio_library.name, "trio"
        try:
            runner.init_task = runner.spawn_impl(
                runner.init, (target, ()), None, "<init>", system_task=True
            )
            self._loop()
            end = self._conclude()
            if runner.tasks:
                self._unwind()
            return end
        finally:
            runner.close()
            GLOBAL_RUN_CONTEXT.__dict__.clear()
            sniffio_library.name = library
            self._forget()

    def enqueue(self, task: Task) -> None:
        """Put a task that has become runnable where the loop will find it."""
        entry = self._by_counter.get(task._counter) or self._register(task)
        if entry.urgent and not (entry.path and self._runner.entry_queue.size()):
            self.urgent.append(entry)
        elif self._arrivals is not None:
            self._arrivals.append(entry)
        else:
            self._insert(entry)

    def _insert(self, entry: TaskEntry) -> None:
        position = bisect_left(self._keys, entry.path)
        self._keys.insert(position, entry.path)
        self._entries.insert(position, entry)

    def _register(self, task: Task) -> TaskEntry:
        """Name a new task after the task that is spawning it."""
        nursery = task.parent_nursery
        if nursery is None:
            entry = TaskEntry(task, (), system=True, urgent=True, send=task.coro.send)
        else:
            runner = self._runner
            spawner = self.entry_of(getattr(GLOBAL_RUN_CONTEXT, "task", None) or runner.init_task)
            path = (*spawner.path, spawner.spawned)
            spawner.spawned += 1
            system = nursery is runner.system_nursery or path == (1,)
            entry = TaskEntry(task, path, system=system, urgent=path == (1,), send=task.coro.send)
        self._by_counter[task._counter] = entry
        return entry

    def _loop(self) -> None:
        """Take steps until nothing can run any more or the limit is reached."""
        runner, urgent, entries, spinning = self._runner, self.urgent, self._entries, self._spinning
        context, free, tracing = GLOBAL_RUN_CONTEXT, self._arrivals is None, self.trace is not None
        instruments = runner.instruments.data  # "_all", and a key per method that is overridden
        steps = self.steps
        while steps < self.limit:
            if urgent:
                entry = urgent.popleft()
                if entry is None:
                    runner.deadlines.expire(self.now)
                    continue
                kept = False
            elif entries:
                # In the free model the task stays in the list while it runs: most steps end at a
                # checkpoint, after which it is runnable again.
                kept = free
                entry = entries[0] if len(entries) == 1 and not spinning else self._choose(steps)
                if not kept:
                    self._remove(entry)
                if not entry.system:
                    self._last = entry
            elif self._refill():
                continue
            else:
                break
            steps += 1
            context.task = task = entry.task
            if tracing:
                self._record_step(entry)
            watched = len(instruments) > 1
            if watched and "before_task_step" in instruments:
                runner.instruments.call("before_task_step", task)
            send, value = task._next_send_fn, task._next_send
            task._next_send_fn = task._next_send = final = message = None
            try:
                message = task.context.run(send, value)
            except StopIteration as stop:
                final = outcome.Value(stop.value)
            except BaseException as error:
                trace = error.__traceback__
                final = outcome.Error(error.with_traceback(trace and trace.tb_next))
                del trace
            if message is CancelShieldedCheckpoint:
                task._schedule_points += 1
                entry.streak += 1
                if kept and entry.streak < SPIN_LIMIT and not watched:
                    task._next_send_fn = entry.send
                    task._next_send = _RESUMED
                else:
                    self._reschedule(entry, kept=kept)
            else:
                entry.streak = 0
                if kept:
                    self._remove(entry)
                self._settle(task, message, final)
                del final
            if watched and "after_task_step" in instruments:
                runner.instruments.call("after_task_step", task)
            del send, value, message, task, entry
        self.steps = steps
        if hasattr(context, "task"):
            del context.task

    def _choose(self, steps: int) -> TaskEntry:
        """Ask the source which of the runnable tasks goes next."""
        entries, spinning, point = self._entries, self._spinning, self._point
        if self._arrivals is None:
            last = self._last
            start = bisect_left(self._keys, last.path) if last is not None else 0
            point.options = options = entries[start:] + entries[:start] + spinning
            point.continues = options[0] is last
            point.spinning = len(spinning)
        else:
            point.options = options = entries[:]
            if len(options) == 1:
                return options[0]
        point.step = steps
        index = self.source.choose(point)
        self._note(point, index)
        entry = options[index]
        if spinning and entry in spinning:
            spinning.remove(entry)
            entry.streak = 0
            self._insert(entry)
        return entry

    def _note(self, point: ChoicePoint, index: int) -> None:
        if self.unwinding:
            return
        if index and self.trace is not None:
            deviation = Deviation.at(len(self.choices), point, index)
            self.deviations.append(deviation)
            self.trace.add("choice", deviation.taken, self.now, str(deviation))
        self.choices.append(index)
        self.arities.append(len(point.options))

    def _remove(self, entry: TaskEntry) -> None:
        position = bisect_left(self._keys, entry.path)
        del self._keys[position], self._entries[position]

    def _reschedule(self, entry: TaskEntry, *, kept: bool) -> None:
        """After a checkpoint: back among the runnable, or behind them all if it only spins."""
        if kept:
            self._remove(entry)
        self._runner.reschedule(entry.task)
        if entry.streak >= SPIN_LIMIT and not entry.urgent:
            if self._arrivals is None:
                self._remove(entry)
            else:
                self._arrivals.remove(entry)
            self._spinning.append(entry)

    def _settle(self, task: Task, message: Any, final: outcome.Outcome[object] | None) -> None:
        """Deal with a task that ended or blocked, exactly as Trio does."""
        runner = self._runner
        if final is not None:
            runner.task_exited(task, final)
            return
        task._schedule_points += 1
        if type(message) is WaitTaskRescheduled:
            task._cancel_points += 1
            task._abort_func = message.abort_func
            task._attempt_delivery_of_any_pending_cancel()
        elif type(message) is PermanentlyDetachCoroutineObject:
            runner.task_exited(task, message.final_outcome)
        else:
            error = TypeError(
                f"trio.run received unrecognized yield message {message!r}. Are you trying to use "
                "a library written for some other framework like asyncio? That won't work without "
                "some kind of compatibility shim.",
            )
            runner.reschedule(task, cast("Any", error))
            task._next_send_fn = task.coro.throw

    # -- when nothing is runnable ------------------------------------------------------------

    def _refill(self) -> bool:
        """Make something runnable: the next pass, whoever waits for idleness, or time itself."""
        if hasattr(GLOBAL_RUN_CONTEXT, "task"):
            del GLOBAL_RUN_CONTEXT.task
        if self._arrivals:
            arrivals, self._arrivals = sorted(self._arrivals, key=lambda e: e.path), []
            self._keys.extend(e.path for e in arrivals)
            self._entries.extend(arrivals)
            return True
        if self._spinning:
            self.unfair = True
            self._advance()
            for entry in self._spinning:
                entry.streak = 0
                self._insert(entry)
            self._spinning.clear()
            return True
        waiting = self._runner.waiting_for_idle
        if waiting:
            shortest = min(cushion for cushion, _ in waiting)
            for key in [key for key in waiting if key[0] == shortest]:
                self._runner.reschedule(waiting.pop(key))
            return True
        return self._advance()

    def _advance(self) -> bool:
        """Move time to the next deadline and fire what is due then; whether there was one."""
        deadlines = self._runner.deadlines
        deadline = deadlines.next_deadline()
        if deadline == inf:
            return False
        if deadline > self.now:
            self.now = deadline
            if self.trace is not None:
                self.trace.add("time", "", self.now, "")
        deadlines.expire(self.now)
        return True

    # -- the end -----------------------------------------------------------------------------

    def _conclude(self) -> End:
        """Freeze what the execution came to, before anything is unwound."""
        runner = self._runner
        error: BaseException | None = None
        waits: tuple[Wait, ...] = ()
        if not runner.tasks:
            ending = Ending.FINISHED
            if isinstance(runner.main_task_outcome, outcome.Error):
                error = runner.main_task_outcome.error
        elif self.cause is not None:
            ending = Ending.STOPPED
        else:
            ending = Ending.STEP_BOUND if self.steps >= self.limit else Ending.DEADLOCK
            waits = self._waits()
        leaks = () if error or ending is not Ending.FINISHED else tuple(self.leaks)
        return End(
            ending=ending,
            error=error,
            cause=self.cause,
            waits=waits,
            leaks=leaks,
            steps=self.steps,
            seconds=self.now,
            unfair=self.unfair,
        )

    def _waits(self) -> tuple[Wait, ...]:
        entries = sorted(self._by_counter.values(), key=lambda e: e.path)
        alive = [e for e in entries if e.task in self._runner.tasks and not e.system]
        names = {e.task: e.identity for e in alive}
        return tuple(explain_wait(e.task, e.identity, e.name, names) for e in alive)

    def _unwind(self) -> None:
        """End the tasks of a cut execution: cancel, give clean-up code its steps, then close."""
        self.unwinding = True
        self.trace = None
        self.source = _Default()
        runner = self._runner
        nursery = runner.main_task.parent_nursery if runner.main_task else None
        with _silence():
            if nursery is not None:
                nursery.cancel_scope.cancel()
            self.limit = self.steps + UNWIND_STEPS_MAX
            self._loop()
            for entry in sorted(self._by_counter.values(), key=lambda e: e.path, reverse=True):
                if entry.task in runner.tasks:
                    _close(entry.task)
            runner.tasks.clear()
            gc.collect(0)

    def _forget(self) -> None:
        """Break the references between tasks, nurseries and the runner, so that nothing lingers."""
        for entry in self._by_counter.values():
            entry.task._parent_nursery = None
            entry.task._child_nurseries.clear()
        self._by_counter.clear()
        self._entries.clear()
        self._keys.clear()
        self._spinning.clear()
        self.urgent.clear()
        self._last = None
        self._point.options = ()

    def _record_step(self, entry: TaskEntry) -> None:
        assert self.trace is not None
        if not entry.urgent:
            where = places.in_trace(places.of_task(entry.task))
            self.trace.add("step", entry.anchor, self.now, where)


class _Default:
    """Always the first option: how clean-up code is scheduled."""

    def choose(self, point: ChoicePoint) -> int:
        """Take the default."""
        return 0


def _close(task: Task) -> None:
    """Close the coroutine of a task that would not end; what it raises then is of no interest.

    Each attempt ends one more ``finally`` block or ``async with`` that awaits.
    """
    for nursery in task._child_nurseries:
        nursery._children.clear()
    for _ in range(CLOSE_ATTEMPTS_MAX):
        try:
            task.coro.close()
        except RuntimeError:
            continue
        except BaseException:  # the verdict is frozen: this is only clean-up
            break
        break


@contextmanager
def _silence() -> Iterator[None]:
    """Swallow what destructors report while a cut execution is torn down."""
    hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        yield
    finally:
        sys.unraisablehook = hook
