"""What a blocked task waits for is told in words, with the program's own name for it."""

from collections.abc import Awaitable, Callable

import attrs
import pytest
import trio
import trio.testing
from tests.simulator.kernel_runs import run

from hocket.simulator.endings import Ending
from hocket.simulator.engine.outcome import Wait
from hocket.simulator.execution import Setting, execute
from hocket.simulator.exploring import target_of
from hocket.simulator.strategies import RandomWalk


async def lock_held_by_the_parent() -> None:
    """The parent waits for its child, and the child for the parent's lock."""
    lock = trio.Lock()

    async def child() -> None:
        async with lock:
            pass

    async with lock, trio.open_nursery() as nursery:
        nursery.start_soon(child)


async def event_nobody_sets() -> None:
    """A plain wait."""
    ready = trio.Event()
    await ready.wait()


@attrs.define
class Slotted:
    """Keeps its event in a slot."""

    ready: trio.Event = attrs.field(factory=trio.Event)

    async def wait(self) -> None:
        """Wait in a method, where the event is an attribute."""
        await self.ready.wait()


async def event_in_an_object() -> None:
    """The innermost frame of the program is a method's."""
    await Slotted().wait()


async def full_channel() -> None:
    """Nobody receives."""
    sending, _receiving = trio.open_memory_channel[int](0)
    await sending.send(1)


async def empty_channel() -> None:
    """Nobody sends."""
    _sending, receiving = trio.open_memory_channel[int](0)
    async for _ in receiving:
        pass


async def condition_not_notified() -> None:
    """The lock is free, and the notification does not come."""
    changed = trio.Condition()
    async with changed:
        await changed.wait()


async def used_up_semaphore() -> None:
    """There was one to take."""
    places = trio.Semaphore(1)
    await places.acquire()
    await places.acquire()


async def sleeping() -> None:
    """Nothing wakes it."""
    await trio.sleep_forever()


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (event_nobody_sets, "an event `ready`"),
        (event_in_an_object, "an event `self.ready`"),
        (full_channel, "space in a memory channel `sending`"),
        (empty_channel, "an item from a memory channel `receiving`"),
        (condition_not_notified, "a notification of a condition `changed`"),
        (used_up_semaphore, "a semaphore `places`"),
        (sleeping, "nothing that will ever happen (sleep_forever)"),
    ],
)
def test_a_wait_is_told_in_words(target: Callable[[], Awaitable[None]], expected: str) -> None:
    """Kind and name of the thing, and the line of the program's own await."""
    end = run(target)
    assert end.ending is Ending.DEADLOCK
    (wait,) = end.waits
    assert f"main {target.__name__} waits for {expected} at " in str(wait)
    assert "test_waits.py:" in wait.place


def test_a_nursery_waits_for_its_children_by_their_paths() -> None:
    """With the lock that the child wants, whose owner is the parent."""
    parent, child = run(lock_held_by_the_parent).waits
    assert (parent.waits_for, parent.held_by) == ("the tasks of its nursery", ("main/0",))
    assert (child.waits_for, child.which, child.held_by) == ("a lock", "`lock`", ("main",))


def test_who_starts_a_task_waits_for_that_task() -> None:
    """``nursery.start`` is a wait for the new task, until that says that it has started."""

    async def child(*, task_status: trio.TaskStatus[None]) -> None:
        del task_status
        await trio.sleep_forever()

    async def target() -> None:
        async with trio.open_nursery() as nursery:
            await nursery.start(child)

    assert run(target).waits[0].held_by == ("main/0",)


def test_who_was_notified_waits_for_the_lock_of_its_condition() -> None:
    """And the report says who holds it."""

    async def target() -> None:
        changed = trio.Condition()

        async def waiter() -> None:
            async with changed:
                await changed.wait()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(waiter)
            await trio.testing.wait_all_tasks_blocked()
            async with changed:
                changed.notify()
                await trio.sleep_forever()

    waiter = run(target).waits[1]
    assert (waiter.waits_for, waiter.held_by) == ("the lock of a condition", ("main",))


def test_a_sleeper_of_a_cut_execution_waits_for_a_moment() -> None:
    """At a step bound, deadlines are still to come."""

    async def target() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 5)
            await trio.testing.wait_all_tasks_blocked()
            while True:
                await trio.lowlevel.checkpoint()

    main, sleeper = run(target, max_steps=15).waits
    assert main.waits_for == "its turn"
    assert (sleeper.waits_for, sleeper.which) == ("a deadline", "at 5 s")


def test_the_words_of_a_wait_are_those_of_a_report() -> None:
    """A wait without a name or a holder takes no room for them."""
    assert str(Wait("main", "f", "an event", (), "f.py:1")) == "main f waits for an event at f.py:1"


def test_a_step_bound_names_the_tasks_that_still_go_on() -> None:
    """Not those that merely wait for them."""

    async def poll() -> None:
        while True:
            await trio.lowlevel.checkpoint()

    async def target() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(poll)
            nursery.start_soon(trio.sleep_forever)

    execution = execute(target_of(target), RandomWalk(0), Setting(max_steps=500))
    assert execution.rejection is not None
    assert execution.rejection.message == (
        "the step bound was reached after 500 steps, and still going on: main/0 poll"
    )
