"""Performs a program as data on whatever Trio is running, and writes down what it can see of it."""

# pyright: reportPrivateUsage=false

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, cast

import trio
import trio.testing
from attrs import define, field
from tests.properties.programs import (
    CHANNELS,
    EVENTS,
    Body,
    Catch,
    Do,
    Finally,
    Hold,
    Nursery,
    Program,
    Scope,
    Spawn,
    Start,
    Step,
)

__all__ = ["Stage", "shape"]

SECONDS_MAX = 50  # the tasks of a program that wait for each other are cancelled then

Entry = tuple[object, ...]


@define(eq=False)
class Stage:
    """The things that the tasks of one performance share, and the log that they write."""

    program: Program
    log: list[Entry] = field(factory=list[Entry])
    events: list[trio.Event] = field(factory=lambda: [trio.Event() for _ in range(EVENTS)])
    scopes: dict[int, trio.CancelScope] = field(factory=dict[int, trio.CancelScope])
    held: dict[str, Any] = field(factory=dict[str, Any])
    senders: list[trio.MemorySendChannel[str]] = field(factory=list[Any])
    receivers: list[trio.MemoryReceiveChannel[str]] = field(factory=list[Any])
    lot: trio.lowlevel.ParkingLot = field(factory=trio.lowlevel.ParkingLot)

    async def perform(self) -> None:
        """Perform the program; to be run as the main task."""
        self.held |= {"lock": trio.Lock(), "semaphore": trio.Semaphore(1)}
        self.held["limiter"] = trio.CapacityLimiter(1)
        for number in range(CHANNELS):
            sender, receiver = trio.open_memory_channel[str](self.program.capacities[number])
            self.senders.append(sender)
            self.receivers.append(receiver)
        try:
            with trio.move_on_after(SECONDS_MAX) as scope:
                await Actor(self, "main", []).perform(self.program.body)
            self.log.append(("too long", scope.cancelled_caught))
        finally:
            for sender in self.senders:
                sender.close()
            for receiver in self.receivers:
                receiver.close()


@define(eq=False)
class Actor:
    """One task: its name, and the nurseries that it and those who spawned it have opened."""

    stage: Stage
    name: str
    nurseries: list[trio.Nursery]
    spawned: int = 0

    async def perform(self, body: Body) -> None:
        """Go through the steps, noting the beginning and the end of each."""
        for step in body:
            label = f"{step.what} {step.which}" if isinstance(step, Do) else type(step).__name__
            self.note("begins", label)
            try:
                value = await _PERFORM[type(step)](self, step)
            except BaseException as error:
                self.note("raises", label, shape(error))
                raise
            self.note("ends", label, value)

    def note(self, *what: object) -> None:
        """Write down what happens, when, and after how many checkpoints of this task."""
        task = trio.lowlevel.current_task()
        counts = (task._schedule_points, task._cancel_points)
        self.stage.log.append((self.name, trio.current_time(), *counts, *what))

    def child(self) -> "Actor":
        """A task to be spawned now."""
        self.spawned += 1
        return Actor(self.stage, f"{self.name}/{self.spawned}", self.nurseries[:])

    def begin(self, nursery: trio.Nursery, body: Body) -> None:
        """Become a task of the nursery; its name there is what orders are made from."""
        nursery.start_soon(self.perform, body, name=self.name)


async def _do(me: Actor, step: Any) -> object:
    stage: Stage = me.stage
    which: int = step.which
    value: object = None
    match step.what:
        case "cancel" | "unshield" | "due now" | "overdue" | "due later" if which in stage.scopes:
            value = _reach(stage.scopes[which], step.what, trio.current_time())
        case "set":
            stage.events[which].set()
        case "send at once":
            stage.senders[which].send_nowait(me.name)
        case "close sending":
            stage.senders[which].close()
        case "close receiving":
            stage.receivers[which].close()
        case "unpark":
            value = len(stage.lot.unpark_all() if which else stage.lot.unpark())
        case "raise":
            raise (ValueError, KeyError)[which]
        case what if what in _AWAIT:
            value = await _AWAIT[what](stage, which, me.name)
        case _:
            pass
    return value


def _reach(scope: trio.CancelScope, what: str, now: float) -> bool:
    """Do to a scope, which may be another task's, what a program may do to it.

    It is asked at once whether it is cancelled: Trio cancels an overdue scope when it is asked, and
    otherwise between two passes, where no task can see the difference but by being in it.
    """
    if what == "cancel":
        scope.cancel()
    elif what == "unshield":
        scope.shield = False
    else:
        scope.deadline = now + {"due now": 0, "overdue": -1, "due later": 2}[what]
    return scope.cancel_called


_AWAIT: Mapping[str, Callable[[Stage, int, str], Awaitable[object]]] = {
    "checkpoint": lambda _stage, _which, _name: trio.lowlevel.checkpoint(),
    "shielded checkpoint": lambda _s, _w, _n: trio.lowlevel.cancel_shielded_checkpoint(),
    "checkpoint if cancelled": lambda _s, _w, _n: trio.lowlevel.checkpoint_if_cancelled(),
    "sleep": lambda _stage, which, _name: trio.sleep(which),
    "sleep forever": lambda _stage, _which, _name: trio.sleep_forever(),
    "wait until all are blocked": lambda _s, _w, _n: trio.testing.wait_all_tasks_blocked(),
    "wait": lambda stage, which, _name: stage.events[which].wait(),
    "send": lambda stage, which, name: stage.senders[which].send(name),
    "receive": lambda stage, which, _name: stage.receivers[which].receive(),
    "park": lambda stage, _which, _name: stage.lot.park(),
}


async def _hold(me: Actor, step: Any) -> None:
    async with me.stage.held[step.what]:
        await me.perform(step.body)


async def _catch(me: Actor, step: Any) -> object:
    caught: object = None
    if step.only_values:
        try:
            await me.perform(step.body)
        except* ValueError as group:
            caught = shape(group)
    else:
        try:
            await me.perform(step.body)
        except Exception as error:
            caught = shape(error)
    return caught


async def _finally(me: Actor, step: Any) -> None:
    try:
        await me.perform(step.body)
    finally:
        await me.perform(step.last)


async def _scope(me: Actor, step: Any) -> object:
    seconds = float("inf") if step.seconds is None else step.seconds
    limit = trio.fail_after if step.fail else trio.move_on_after
    with limit(seconds, shield=step.shield) as scope:
        me.stage.scopes[step.slot] = scope
        await me.perform(step.body)
    return scope.cancelled_caught


async def _nursery(me: Actor, step: Any) -> object:
    async with trio.open_nursery() as nursery:
        me.stage.scopes[step.slot] = nursery.cancel_scope
        me.nurseries.append(nursery)
        try:
            for body in step.children:
                me.child().begin(nursery, body)
            await me.perform(step.body)
        finally:
            me.nurseries.pop()
    return nursery.cancel_scope.cancelled_caught


async def _spawn(me: Actor, step: Any) -> None:
    if me.nurseries:
        me.child().begin(me.nurseries[-1], step.body)


async def _start(me: Actor, step: Any) -> object:
    child = me.child()

    async def run(*, task_status: trio.TaskStatus[str]) -> None:
        await child.perform(step.before)
        if step.says:
            task_status.started(child.name)
        await child.perform(step.after)

    return await me.nurseries[-1].start(run, name=child.name) if me.nurseries else None


_PERFORM: Mapping[type[Step], Callable[[Actor, Any], Awaitable[object]]] = {
    Do: _do,
    Hold: _hold,
    Catch: _catch,
    Finally: _finally,
    Scope: _scope,
    Nursery: _nursery,
    Spawn: _spawn,
    Start: _start,
}


def shape(error: BaseException) -> object:
    """The type of an exception, why it was cancelled, and the same of what a group holds."""
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        return (type(group).__name__, *map(shape, group.exceptions))
    return (type(error).__name__, getattr(error, "source", ""))
