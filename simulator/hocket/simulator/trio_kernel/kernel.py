"""One execution: the loop that takes steps, and the choices between them.

The loop is written for speed: what is done for every step stands in :meth:`Kernel._loop` itself.
This module is long because what the loop touches stays beside the loop.
"""

# pyright: reportPrivateUsage=false

import contextvars
import gc
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from itertools import count
from math import inf
from typing import Any, Final, cast

import outcome
import trio

from hocket.simulator.endings import End, Ending, Model, Profile, RunOptions, is_failure
from hocket.simulator.engine.choices import (
    ChoiceKind,
    ChoicePoint,
    ChoiceSource,
    DefaultSchedule,
    Named,
)
from hocket.simulator.engine.outcome import Wait
from hocket.simulator.engine.record import ChoiceRecord
from hocket.simulator.engine.trace import LightTrace, Trace
from hocket.simulator.memory import silent_destructors
from hocket.simulator.run_queue import SPIN_LIMIT, LockstepQueue, RunQueue
from hocket.simulator.standins import NoIO, VirtualClock, Wakeup
from hocket.simulator.trio_kernel.callbacks import OneByOne
from hocket.simulator.trio_kernel.cancelling import Canceller
from hocket.simulator.trio_kernel.entering import enter, leave
from hocket.simulator.trio_kernel.idling import Idling
from hocket.simulator.trio_kernel.onlooker import Onlooker
from hocket.simulator.trio_kernel.passes import from_outside
from hocket.simulator.trio_kernel.private import (
    GLOBAL_RUN_CONTEXT,
    CancelShieldedCheckpoint,
    EntryQueue,
    Instruments,
    KIManager,
    PermanentlyDetachCoroutineObject,
    Task,
    WaitTaskRescheduled,
)
from hocket.simulator.trio_kernel.recorder import recording
from hocket.simulator.trio_kernel.runner import (
    RESUMED,
    KernelRunner,
    OrderedDeadlines,
    TaskEntry,
    unrecognized,
)
from hocket.simulator.trio_kernel.slow_steps import SlowStep
from hocket.simulator.trio_kernel.teardown import (
    UNWIND_STEPS_MAX,
    close_generators,
    close_tasks,
    forget_tasks,
)
from hocket.simulator.trio_kernel.threads import working
from hocket.simulator.trio_kernel.timers import firing
from hocket.simulator.waits import explain_waits

__all__ = ["Kernel"]

_PLAIN: Final = RunOptions()


class Kernel:
    """One execution of one target under one source of choices.

    ``source`` answers every choice; ``model`` says which orders exist; ``max_steps`` ends an
    execution that does not end by itself; ``trace``, light or full, records what happens;
    ``canceller`` injects a cancellation where the source says so; ``record`` holds the answers;
    ``recorder`` hears of wake-ups and ``note`` of steps, for whoever sets them.
    """

    def __init__(
        self,
        source: ChoiceSource,
        *,
        model: Model,
        max_steps: int,
        trace: Trace | LightTrace | None = None,
        options: RunOptions = _PLAIN,
        canceller: Canceller | None = None,
    ) -> None:
        self._clock = VirtualClock() if options.clock is None else options.clock
        self.trace = trace if isinstance(trace, Trace) else None
        self._noted = trace.noted if isinstance(trace, LightTrace) else None
        self.recorder, self.note = recording(trace, self._clock.current_time, self.entry_of)
        self.record = ChoiceRecord(source, self._clock.current_time, self.trace)
        self.steps, self.apart, self.limit = 0, 0, max_steps
        self.cause: object = None
        self.listener: Callable[[str, Mapping[str, Any]], None] = lambda _kind, _fields: None
        self.onlooker: Onlooker | None = None
        self.unfair = self.unwinding = False
        self.leaks: list[str] = []
        self.numbers: Iterator[int] = count()
        # Tasks that are no choice: Trio's own, and None for "a deadline is overdue".
        self.urgent: deque[TaskEntry | None] = deque()
        self._lockstep = model is Model.LOCKSTEP
        self._queue: RunQueue[TaskEntry] = LockstepQueue() if self._lockstep else RunQueue()
        self._by_counter: dict[int, TaskEntry] = {}
        self._init: Task
        self._callbacks: TaskEntry | None = None
        self._options, self._bench = options, options.profile is Profile.BENCH
        self._patience = inf if self._bench else SPIN_LIMIT
        self._runner = runner = self._make_runner(options, canceller)
        self._idling = idling = Idling(
            *(self, runner, self._queue, self._clock, options.clock is not None),
            *(firing(options, model), self.trace if self._noted is None else self._noted),
        )
        self.hold, self.release, self.lasts = idling.hold, idling.release, idling.lasts
        self.variables = runner._locals  # Trio's variables of the run
        self.at_end, self.wake, self.hand_in = runner.at_end, runner.reschedule, runner.hand_in
        self.spawn_worker, self.watch = runner.spawn_worker, runner.instruments.add_instrument

    def _make_runner(self, options: RunOptions, canceller: Canceller | None) -> KernelRunner:
        wakeup, slow = Wakeup(), SlowStep(options.slow_steps) if options.slow_steps else None
        callbacks = EntryQueue if self._lockstep else OneByOne
        runner = KernelRunner(
            clock=self._clock,
            instruments=Instruments([*options.instruments, *filter(None, [canceller, slow])]),
            io_manager=cast("Any", NoIO(self.stop)),
            ki_manager=KIManager(),
            strict_exception_groups=options.strict_exception_groups,
            system_context=contextvars.copy_context(),
            deadlines=OrderedDeadlines(),
            entry_queue=callbacks(wakeup=cast("Any", wakeup)),
            waiting_for_idle={},
        )
        runner.kernel = runner.deadlines.kernel = self
        wakeup.begin = runner.begin_callbacks
        if slow is not None:
            slow.kernel = self
        if canceller is not None:
            canceller.kernel, runner.guard = self, canceller.guard
        wakeup.wake, runner.harness = runner.reschedule, options.harness
        return runner

    # -- what the program and its observers may ask ------------------------------------------

    def stop(self, cause: object) -> None:
        """End the execution after the step that is running; the first cause given counts."""
        if self.cause is None and not self.unwinding:
            self.cause = cause
            self.limit = 0

    def decide(self, kind: ChoiceKind, label: str, options: Sequence[str]) -> int:
        """Ask the source to choose among named options, the first of them the default."""
        if len(options) < 2 or self.unwinding or self._bench:
            return 0
        point = ChoicePoint(kind, label, [*map(Named, options)], continues=False)
        return self.record.answer(point)

    def runnable(self) -> int:
        """How many tasks could run, beside the one that does and the one of callbacks."""
        running = getattr(GLOBAL_RUN_CONTEXT, "task", None)
        beside = [self._callbacks, running and self.entry_of(running)]
        return sum(entry not in beside for entry in self._queue.runnable())

    def overdue(self) -> None:
        """A deadline was set into the past, and is to fire before the next step."""
        self.urgent.append(None)

    @property
    def now(self) -> float:
        """Virtual time, in seconds."""
        return self._clock.current_time()

    def task_label(self) -> str:
        """The path of the task whose step is running."""
        task = getattr(working() or GLOBAL_RUN_CONTEXT, "task", None)
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
        if hasattr(GLOBAL_RUN_CONTEXT, "runner"):
            raise RuntimeError("Attempted to call run() from inside a run()")
        library = enter(self._runner)
        try:
            self._start(target, prepare)
            return self._finish(self._drive())
        finally:
            leave(self._runner, library)
            self._forget()

    def _start(
        self, target: Callable[[], Awaitable[object]], prepare: Callable[["Kernel"], None]
    ) -> None:
        runner = self._runner
        prepare(self)
        if "before_run" in runner.hooks:
            runner.instruments.call("before_run")
        self._clock.start_clock()
        runner.init_task = self._init = runner.spawn_impl(
            runner.init, (target, self._options.args), None, "<init>", system_task=True
        )

    def _drive(self) -> BaseException | None:
        """Run the loop; what it raised where only a crash of a system task makes it raise."""
        try:
            self._loop()
        except KeyboardInterrupt:
            raise
        except trio.TrioInternalError as error:
            return error
        except BaseException as error:
            crash = trio.TrioInternalError("internal error in Trio - please file a bug!")
            crash.__cause__ = error
            return crash
        return None

    def _finish(self, crash: BaseException | None) -> End:
        """What the run came to; what is left of it is unwound."""
        end = self._conclude(crash)
        if self._runner.tasks:
            self._unwind()
        return end

    def enqueue(self, task: Task) -> None:
        """Put a task that has become runnable where the loop will find it."""
        entry = self._by_counter.get(task._counter) or self._register(task)
        if self.recorder is not None:
            self.recorder.woke(entry)
        if not entry.urgent or (entry.path and not self._bench and self._runner.entry_queue.size()):
            if self._lockstep:
                entry.outside = hasattr(GLOBAL_RUN_CONTEXT, "task") and from_outside(task)
            self._queue.put(entry)
        elif entry.path or all(other.system for other in self._queue.runnable()):
            self.urgent.append(entry)
        else:
            self._idling.late = entry  # init, while tasks can run whose nursery has gone

    def _register(self, task: Task) -> TaskEntry:
        """Name a new task after the task that is spawning it."""
        nursery = task.parent_nursery
        if nursery is None:
            entry = TaskEntry((), system=True, urgent=True, task=task, send=task.coro.send)
        else:
            runner = self._runner
            spawner = self.entry_of(getattr(GLOBAL_RUN_CONTEXT, "task", self._init))
            if not spawner.path and self._callbacks is not None:
                spawner = self._callbacks  # for clean-up after the end, whose task has no name
            urgent = nursery is runner.callbacks_nursery and self._callbacks is None
            path = (1,) if urgent else (*spawner.path, spawner.spawned)
            spawner.spawned += not urgent
            system = nursery is runner.system_nursery or urgent
            entry = TaskEntry(path, system, urgent, task=task, send=task.coro.send)
            self._callbacks = entry if urgent else self._callbacks
            entry.urgent = urgent or (system and self._bench)
        self._by_counter[task._counter] = entry
        return entry

    def _loop(self) -> None:  # noqa: C901, PLR0912, PLR0915 - one loop, since each call would cost
        """Take steps until nothing can run any more or the limit is reached."""
        runner, urgent, queue, context = self._runner, self.urgent, self._queue, GLOBAL_RUN_CONTEXT
        entries, spinning = queue.entries, queue.spinning
        stays, note = queue.stays, self.note
        given = self._options.clock is not None  # which the program itself may move
        instruments = runner.hooks  # "_all", and a key per method that is overridden
        steps, idling = self.steps, self._idling
        while steps < self.limit:
            if given:
                idling.expire()
            if urgent:
                entry = urgent.popleft()
                if entry is None:
                    idling.expire()
                    continue
                kept = False
                self.apart += 1
            elif entries:
                kept = stays
                one = len(entries) == 1 and not spinning
                entry = entries[0] if one else queue.choose(steps - self.apart, self.record.answer)
                if not kept:
                    queue.remove(entry)
                if not entry.system:
                    queue.last = entry
            elif idling.refill():
                continue
            else:
                break
            steps += 1
            context.task = task = entry.task
            if note is not None:
                note(entry)
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
                if kept and entry.streak < self._patience and not watched:
                    task._next_send_fn = entry.send
                    task._next_send = RESUMED
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
        context.__dict__.pop("task", None)

    def _reschedule(self, entry: TaskEntry, *, kept: bool) -> None:
        """After a checkpoint: back among the runnable, or behind them all if it only spins."""
        if kept:
            self._queue.remove(entry)
        self._runner.reschedule(entry.task)
        if entry.streak >= self._patience and (not entry.urgent or entry is self._callbacks):
            alone = len(self._queue.runnable()) == 1
            if alone and self._runner.deadlines.next_deadline() == inf:
                entry.streak = 0
            else:
                self.unfair = True
                self._queue.demote(entry)

    def _settle(self, task: Task, message: Any, final: outcome.Outcome[object] | None) -> None:
        """Deal with a task that ended or blocked, exactly as Trio does."""
        runner = self._runner
        if final is not None:
            if self._bench and type(final) is outcome.Error and is_failure(final.error):
                self.record.close()
            if self.recorder is not None:
                self.recorder.ended(task)
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
            runner.reschedule(task, cast("Any", unrecognized(message)))
            task._next_send_fn = task.coro.throw

    # -- the end -----------------------------------------------------------------------------

    def _conclude(self, crash: BaseException | None) -> End:
        """Freeze what the execution came to, before anything is unwound."""
        runner, result = self._runner, self._runner.main_task_outcome
        value, error = getattr(result, "value", None), crash or getattr(result, "error", None)
        waits: tuple[Wait, ...] = ()
        if crash is not None or not runner.tasks:
            ending = Ending.FINISHED
        elif self.cause is not None:
            ending = Ending.STOPPED
        else:
            ending = Ending.STEP_BOUND if self.steps >= self.limit else Ending.DEADLOCK
            waits = self._waits()
        leaks = () if error or ending is not Ending.FINISHED else tuple(self.leaks)
        return End(
            ending=ending,
            value=value,
            error=error,
            cause=self.cause,
            waits=waits,
            leaks=leaks,
            steps=self.steps,
            apart=self.apart,
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
        self.trace = self.recorder = self._noted = self.note = self._idling.noted = None
        record, self.record = self.record, ChoiceRecord(DefaultSchedule(), self._clock.current_time)
        runner = self._runner
        nursery = runner.main_task.parent_nursery if runner.main_task else None
        with silent_destructors():
            if nursery is not None:
                nursery.cancel_scope.cancel()
            self.limit = self.steps + UNWIND_STEPS_MAX
            self._loop()
            runner.entry_queue.done = True  # or what is closed could begin it once more
            entries = sorted(self._by_counter.values(), key=lambda entry: entry.path, reverse=True)
            close_tasks(entry.task for entry in entries if entry.task in runner.tasks)
            close_generators(list(runner.asyncgens.alive))
            runner.tasks.clear()
            gc.collect(0)
        self.record = record

    def _forget(self) -> None:
        """Break the references between tasks, nurseries and the runner, so that nothing lingers."""
        forget_tasks(entry.task for entry in self._by_counter.values())
        self._by_counter.clear()
        self._queue.clear()
        self.urgent.clear()
