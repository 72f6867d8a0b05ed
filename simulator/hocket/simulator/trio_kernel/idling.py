"""When no task can run: the next pass, whoever waits for idleness, or time itself."""

# pyright: reportPrivateUsage=false

from collections import deque
from math import inf
from typing import Any, Protocol

from attrs import define, field

from hocket.simulator.engine.choices import ChoiceKind
from hocket.simulator.engine.trace import Trace
from hocket.simulator.run_queue import SPIN_ROUNDS, LockstepQueue, RunQueue
from hocket.simulator.trio_kernel.private import GLOBAL_RUN_CONTEXT
from hocket.simulator.trio_kernel.recorder import note_time
from hocket.simulator.trio_kernel.runner import KernelRunner, TaskEntry
from hocket.simulator.trio_kernel.timers import Fire, Waking

__all__ = ["Idling"]


class _Kernel(Waking, Protocol):
    urgent: deque[TaskEntry | None]


class Clock(Protocol):
    """A clock that the kernel moves; not one that the program gave."""

    def jump(self, seconds: float) -> None:
        """Let so many virtual seconds pass."""
        ...


@define(eq=False)
class Idling:
    """Makes something runnable once nothing is, and moves virtual time if need be.

    ``given`` says that the clock is the program's own, which stands still unless it jumps by
    itself.  ``noted`` is told of each move of time.  The ``held`` task and the ``late`` one wait
    until no other can run.
    """

    _kernel: _Kernel
    _runner: KernelRunner
    _queue: RunQueue[TaskEntry]
    _clock: Any
    _given: bool
    _fire: Fire
    noted: Trace | list[tuple[int, ...] | float] | None
    _held: TaskEntry | None = field(default=None, init=False)
    late: TaskEntry | None = field(default=None, init=False)
    _rounds: int = field(default=0, init=False)

    def hold(self, entry: TaskEntry) -> bool:
        """Keep a task from being offered while others can run; ``False`` in lockstep."""
        if isinstance(self._queue, LockstepQueue):
            return False
        self._queue.remove(entry)
        self._held = entry
        return True

    def release(self) -> None:
        """Offer the task again that was held."""
        if self._held is not None:
            self._queue.put(self._held)
            self._held = None

    def refill(self) -> bool:
        """Make something runnable; ``False`` if nothing will ever run again."""
        GLOBAL_RUN_CONTEXT.__dict__.pop("task", None)
        for hook in ("before_io_wait", "after_io_wait"):
            if hook in self._runner.hooks:
                self._runner.instruments.call(hook, 0)
        if self._held is not None:
            self.release()
            return True
        if self._queue.next_pass(self._comes_late):
            return True
        if self.late is not None:
            late, self.late = self.late, None
            self._kernel.urgent.append(late)
            return True
        if self._queue.spinning:
            self._rounds = (self._rounds + 1) % SPIN_ROUNDS
            # The program's own clock would not jump while a task can run.
            if not self._rounds and not self._given:
                self._advance()
            self._queue.forgive()
            return True
        self._rounds = 0
        if self._runner.waiting_for_idle:
            return self._tell_of_idleness()
        return self._advance()

    def lasts(self, seconds: float) -> None:
        """The step that was taken has taken so many virtual seconds."""
        self._pass_time(seconds)
        self.expire()

    def expire(self) -> None:
        """Fire what is due, outside of any task, as Trio does."""
        GLOBAL_RUN_CONTEXT.__dict__.pop("task", None)
        self._fire(self._kernel, self._runner.deadlines)

    def _comes_late(self, entry: TaskEntry) -> bool:
        label = f"arrival of {entry.anchor}"
        return bool(self._kernel.decide(ChoiceKind.FAULT, label, ("in time", "a pass later")))

    def _tell_of_idleness(self) -> bool:
        """Wake all that wait with the shortest cushion.

        A cushion is real time in Trio, in which sleepers wake up; a clock that the program gave
        stands still meanwhile, and ours stands for the real one.
        """
        waiting = self._runner.waiting_for_idle
        shortest = min(cushion for cushion, _ in waiting)
        if not self._given:
            if shortest and self._runner.deadlines.next_deadline() <= self._kernel.now + shortest:
                return self._advance()
            self._pass_time(shortest)
        for key in [key for key in waiting if key[0] == shortest]:
            self._runner.reschedule(waiting.pop(key))
        return True

    def _advance(self) -> bool:
        """Move time to the next deadline and fire what is due then; whether there was one."""
        deadline = self._runner.deadlines.next_deadline()
        frozen = self._given and self._runner.clock_autojump_threshold == inf
        if deadline == inf or frozen:
            return False
        self._pass_time(deadline - self._kernel.now)
        self.expire()
        return True

    def _pass_time(self, seconds: float) -> None:
        if seconds > 0:
            self._clock.jump(seconds)
            note_time(self.noted, self._kernel.now)
