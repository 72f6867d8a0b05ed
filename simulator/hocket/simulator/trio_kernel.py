"""The one module that drives Trio's ``Runner``, one task step at a time.

Prior art: Trio's own ``unrolled_run``, whose handling of steps, messages, cancellation, task exit
and finalisation is kept, and the controlled schedulers of Shuttle and Coyote.  What differs:

- One task runs per turn of the loop and the next is *chosen*, where Trio runs a whole pass.
- Nothing of the operating system is touched, which is also why a run is cheaper than ``trio.run``;
  time is virtual and moves only when nothing can run.
- Tasks are named by the path of who spawned them.  Trio keeps tasks and cancel scopes in sets that
  iterate in address order; here the sets that decide an order of abortion keep the order of
  insertion, and deadlines tie by a number of this run.

All use of Trio's private names is in this file; a Trio that moved them is answered with one clear
sentence.  It is long because it is one thing: what the loop touches stays beside the loop.
"""

# pyright: reportPrivateUsage=false

import contextvars
import gc
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from heapq import heappush
from itertools import count
from math import inf
from typing import Any, Final, cast

import outcome
import trio
from attrs import define
from sniffio import thread_local as sniffio_library

from hocket.simulator import places
from hocket.simulator.endings import End, Ending, Model
from hocket.simulator.engine.choices import (
    ChoiceKind,
    ChoicePoint,
    ChoiceSource,
    DefaultSchedule,
    Deviation,
    Named,
)
from hocket.simulator.engine.outcome import Wait
from hocket.simulator.engine.trace import Trace
from hocket.simulator.memory import silent_destructors
from hocket.simulator.run_queue import SPIN_LIMIT, Entry, LockstepQueue, RunQueue
from hocket.simulator.standins import NoIO, OrderedSet, Resumed, VirtualClock, Wakeup
from hocket.simulator.waits import explain_waits

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

__all__ = ["Kernel", "TaskEntry", "current"]
UNWIND_STEPS_MAX: Final = 10_000  # for the clean-up code of an execution that was cut short
CLOSE_ATTEMPTS_MAX: Final = 100  # for a coroutine that awaits while it is being closed


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
    def name(self) -> str:
        """The last part of the name of the task's function."""
        return self.task.name.rpartition(".")[2]


_RESUMED: Final = cast("outcome.Outcome[Any]", Resumed())

_cancel_status_factories["__attr_factory__tasks"] = OrderedSet
_cancel_status_factories["__attr_factory__children"] = OrderedSet


class _Deadlines(Deadlines):
    """Trio's deadlines with ties in order of entry, and a word when one is already overdue."""

    kernel: "Kernel"

    def add(self, deadline: float, cancel_scope: trio.CancelScope) -> None:
        heappush(self._heap, (deadline, next(self.kernel.numbers), cancel_scope))
        self._active += 1
        if deadline <= self.kernel.now:
            self.kernel.urgent.append(None)


class _Runner(Runner):
    """Trio's runner with our queue: a task that becomes runnable goes where a choice can see it."""

    kernel: "Kernel"
    deadlines: _Deadlines  # pyright: ignore[reportIncompatibleVariableOverride]

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
        self.listener: Callable[[str, Mapping[str, Any]], None] = lambda _kind, _fields: None
        self.unfair = False
        self.unwinding = False
        self.choices: list[int] = []
        self.arities: list[int] = []
        self.deviations: list[Deviation] = []
        self.leaks: list[str] = []
        self.numbers = count()
        # Tasks that are no choice: Trio's own, and None for "a deadline is overdue".
        self.urgent: deque[TaskEntry | None] = deque()
        self._queue = LockstepQueue() if model is Model.LOCKSTEP else RunQueue()
        self._by_counter: dict[int, TaskEntry] = {}
        self._init: Task
        self._runner = self._make_runner()

    def _make_runner(self) -> _Runner:
        runner = _Runner(
            clock=VirtualClock(self),
            instruments=Instruments(()),
            io_manager=cast("Any", NoIO(self.stop)),
            ki_manager=KIManager(),
            strict_exception_groups=True,
            system_context=contextvars.copy_context(),
            deadlines=_Deadlines(),
            entry_queue=_entry_queue.EntryQueue(wakeup=cast("Any", Wakeup())),
            waiting_for_idle={},
        )
        runner.kernel = runner.deadlines.kernel = self
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
        point = ChoicePoint(kind, label, [*map(Named, options)], continues=False)
        return self._answer(point, len(options))

    def task_label(self) -> str:
        """The path of the task whose step is running."""
        task = getattr(GLOBAL_RUN_CONTEXT, "task", None)
        return self.entry_of(task).identity if task is not None else ""

    def entry_of(self, task: Task) -> TaskEntry:
        """The entry of a task of this execution."""
        return self._by_counter[task._counter]

    # -- running -----------------------------------------------------------------------------

    def run(
        self, target: Callable[[], Awaitable[object]], prepare: Callable[["Kernel"], None]
    ) -> End:
        """Run ``target`` to its end, or to the point where it can or may not go on.

        ``prepare`` is called when the run context is there and no task is yet.
        """
        if trio.lowlevel.in_trio_run():
            raise RuntimeError("an execution cannot start inside another Trio run")
        runner = self._runner
        runner.asyncgens.install_hooks(runner)
        GLOBAL_RUN_CONTEXT.runner = runner
        library, sniffio_library.name = sniffio_library.name, "trio"
        try:
            prepare(self)
            init = runner.spawn_impl(runner.init, (target, ()), None, "<init>", system_task=True)
            runner.init_task = self._init = init
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
        else:
            self._queue.put(entry)

    def _register(self, task: Task) -> TaskEntry:
        """Name a new task after the task that is spawning it."""
        nursery = task.parent_nursery
        if nursery is None:
            entry = TaskEntry((), system=True, urgent=True, task=task, send=task.coro.send)
        else:
            runner = self._runner
            spawner = self.entry_of(getattr(GLOBAL_RUN_CONTEXT, "task", self._init))
            path = (*spawner.path, spawner.spawned)
            spawner.spawned += 1
            urgent = path == (1,)
            system = nursery is runner.system_nursery or urgent
            entry = TaskEntry(path, system, urgent, task=task, send=task.coro.send)
        self._by_counter[task._counter] = entry
        return entry

    def _loop(self) -> None:  # noqa: C901, PLR0912, PLR0915 - one loop, since each call would cost
        """Take steps until nothing can run any more or the limit is reached."""
        runner, urgent, queue, context = self._runner, self.urgent, self._queue, GLOBAL_RUN_CONTEXT
        entries, spinning = cast("list[TaskEntry]", queue.entries), queue.spinning
        stays, tracing = queue.stays, self.trace is not None
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
                kept = stays
                entry = entries[0] if len(entries) == 1 and not spinning else self._choose(steps)
                if not kept:
                    queue.remove(entry)
                if not entry.system:
                    queue.last = entry
            elif self._refill():
                continue
            else:
                break
            steps += 1
            context.task = task = entry.task
            if tracing:
                self._record(entry)
            watched = len(instruments) > 1
            if watched and "before_task_step" in instruments:
                runner.instruments.call("before_task_step", task)
            send: Any = task._next_send_fn
            value = task._next_send
            task._next_send_fn = task._next_send = None
            final: outcome.Outcome[Any] | None = None
            message: Any = None
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
                    queue.remove(entry)
                self._settle(task, message, final)
                del final
            if watched and "after_task_step" in instruments:
                runner.instruments.call("after_task_step", task)
            del send, value, message, task, entry
        self.steps = steps
        if hasattr(context, "task"):
            del context.task

    def _record(self, entry: TaskEntry) -> None:
        """Note the step that is about to be taken, and where its program stands."""
        if self.trace is not None and not entry.urgent:
            where = places.in_trace(places.of_task(entry.task))
            self.trace.add("step", entry.anchor, self.now, where)

    def _choose(self, steps: int) -> TaskEntry:
        """Ask the source which of the runnable tasks goes next."""
        queue = self._queue
        point = queue.offer(steps)
        if point is None:
            return cast("TaskEntry", queue.entries[0])
        options = point.options
        entry: Any = options[self._answer(point, len(options))]
        if point.spinning:
            queue.revive(entry)
        return entry  # type: ignore[no-any-return]  # a cast would cost a call

    def _answer(self, point: ChoicePoint, arity: int) -> int:
        """Ask the source, and record what it answers."""
        index = self.source.choose(point)
        if index and self.trace is not None:
            deviation = Deviation.at(len(self.choices), point, index)
            self.deviations.append(deviation)
            self.trace.add("choice", deviation.taken, self.now, str(deviation))
        self.choices.append(index)
        self.arities.append(arity)
        return index

    def _reschedule(self, entry: TaskEntry, *, kept: bool) -> None:
        """After a checkpoint: back among the runnable, or behind them all if it only spins."""
        if kept:
            self._queue.remove(entry)
        self._runner.reschedule(entry.task)
        if entry.streak >= SPIN_LIMIT and not entry.urgent:
            self._queue.demote(entry)

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
        if self._queue.next_pass():
            return True
        if self._queue.spinning:
            self.unfair = True
            self._advance()
            self._queue.forgive()
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
        entries = sorted(self._by_counter.values(), key=lambda entry: entry.path)
        alive = [e for e in entries if e.task in self._runner.tasks and not e.system]
        return explain_waits([(e.task, e.identity, e.name) for e in alive])

    def _unwind(self) -> None:
        """End the tasks of a cut execution: cancel, give clean-up code its steps, then close."""
        self.unwinding = True
        self.trace = None
        self.source = DefaultSchedule()
        answered = len(self.choices)
        runner = self._runner
        nursery = runner.main_task.parent_nursery if runner.main_task else None
        with silent_destructors():
            if nursery is not None:
                nursery.cancel_scope.cancel()
            self.limit = self.steps + UNWIND_STEPS_MAX
            self._loop()
            for entry in sorted(self._by_counter.values(), key=lambda e: e.path, reverse=True):
                if entry.task in runner.tasks:
                    _close(entry.task)
            runner.tasks.clear()
            gc.collect(0)
        del self.choices[answered:], self.arities[answered:]

    def _forget(self) -> None:
        """Break the references between tasks, nurseries and the runner, so that nothing lingers."""
        for entry in self._by_counter.values():
            entry.task._parent_nursery = None
            entry.task._child_nurseries.clear()
        self._by_counter.clear()
        self._queue.clear()
        self.urgent.clear()


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
