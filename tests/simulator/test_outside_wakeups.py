"""What wakes tasks from outside: queued callbacks, worker threads, and when they arrive."""

from contextlib import suppress
from functools import partial

import pytest
import trio

from hocket.simulator import explore
from hocket.simulator.endings import Model
from hocket.simulator.run_queue import Entry, LockstepQueue


async def callbacks_that_belong_together() -> None:
    """Two callbacks in a row, which no task expects to be parted."""
    token, seen = trio.lowlevel.current_trio_token(), list[str]()

    async def beside() -> None:
        for _ in range(2):
            await trio.lowlevel.checkpoint()
            seen.append("task")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(beside)
        token.run_sync_soon(seen.append, "first")
        token.run_sync_soon(seen.append, "second")
        await trio.testing.wait_all_tasks_blocked()
    assert [text for text in seen if text != "task"] == ["first", "second"], "out of order"
    assert seen[seen.index("first") + 1] == "second", "parted"


def test_a_task_may_run_between_two_queued_callbacks_and_their_order_stays() -> None:
    """Each callback is a step of its own in the free model, first in and first out."""
    (failure,) = explore(callbacks_that_belong_together, schedules=200).failures
    assert "parted" in failure.message


def test_in_lockstep_queued_callbacks_run_in_one_step_as_under_trio() -> None:
    """The pass of a callback is Trio's own there."""
    result = explore(callbacks_that_belong_together, schedules=200, model=Model.LOCKSTEP)
    assert not result.failures


async def a_thread_that_seems_quick() -> None:
    """A worker thread whose result is expected before another task has passed nine points."""
    done = trio.Event()

    async def work() -> None:
        await trio.to_thread.run_sync(int)
        done.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work)
        for _ in range(9):
            await trio.lowlevel.checkpoint()
        assert done.is_set(), "too late"


def test_in_lockstep_a_worker_threads_result_may_arrive_a_pass_later() -> None:
    """The moment at which the outside wakes a task is a choice there, the default the next pass."""
    search = partial(explore, a_thread_that_seems_quick, model=Model.LOCKSTEP)
    assert not search(schedules=1, strategy="exhaustive").failures
    (failure,) = search(schedules=500, strategy="random").failures
    assert "too late" in failure.message
    assert any("a pass later instead of in time" in str(d) for d in failure.deviations)


def _entry(number: int, *, outside: bool) -> Entry:
    entry = Entry((0, number), system=False, urgent=False)
    entry.outside = outside
    return entry


def test_somebody_runs_in_each_pass_and_whoever_is_late_runs_in_a_later_one() -> None:
    """A wake-up from outside can be late only as long as others can run."""
    queue = LockstepQueue[Entry]()
    woken, other = _entry(0, outside=True), _entry(1, outside=False)
    queue.put(woken)
    queue.put(other)
    assert queue.next_pass(lambda _: True)
    assert queue.entries == [other]
    queue.remove(other)
    assert queue.next_pass(lambda _: True)
    assert queue.entries == [woken]


def test_whoever_arrives_in_time_runs_in_the_order_of_paths() -> None:
    """Nothing of a pass tells where a wake-up came from."""
    queue = LockstepQueue[Entry]()
    entries = [_entry(2, outside=True), _entry(0, outside=False), _entry(1, outside=True)]
    for entry in entries:
        queue.put(entry)
    assert queue.next_pass(lambda _: False)
    assert [entry.path[1] for entry in queue.entries] == [0, 1, 2]


@pytest.mark.parametrize("model", Model)
def test_callbacks_that_queue_each_other_do_not_starve_a_task(model: Model) -> None:
    """They spin as much as a task that polls, and are put behind it in turn."""
    calls: list[int] = []

    async def target() -> None:
        token = trio.lowlevel.current_trio_token()

        def again() -> None:
            calls.append(0)
            with suppress(trio.RunFinishedError):
                token.run_sync_soon(again)

        token.run_sync_soon(again)
        for _ in range(50):
            await trio.lowlevel.checkpoint()

    result = explore(target, schedules=1, strategy="exhaustive", model=model)
    assert not result.failures
    assert len(calls) > 20
