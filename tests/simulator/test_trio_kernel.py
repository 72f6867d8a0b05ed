"""The kernel is Trio: the same promises, kept under every order."""

import math
from collections.abc import AsyncGenerator

import pytest
import trio
import trio.testing
from tests.simulator.kernel_runs import run

from hocket.simulator.endings import Ending, Model
from hocket.simulator.run_queue import SPIN_LIMIT


@pytest.mark.parametrize("model", Model)
@pytest.mark.parametrize("seed", range(5))
def test_cancellation_timeouts_and_start_behave_as_in_trio(model: Model, seed: int) -> None:
    """A program that asserts Trio's promises keeps them under every order."""

    async def child(*, task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED) -> None:
        await trio.sleep(1)
        task_status.started("ready")
        await trio.sleep_forever()

    async def target() -> None:
        with trio.move_on_after(2) as scope:
            await trio.sleep(5)
        assert scope.cancelled_caught
        assert trio.current_time() == 2
        async with trio.open_nursery() as nursery:
            assert await nursery.start(child) == "ready"
            assert trio.current_time() == 3
            with trio.CancelScope(shield=True):
                nursery.cancel_scope.cancel()
                await trio.lowlevel.checkpoint()
        with pytest.raises(trio.TooSlowError):
            with trio.fail_after(1):
                await trio.Event().wait()
        send, receive = trio.open_memory_channel[int](0)
        async with trio.open_nursery() as nursery, send, receive:
            nursery.start_soon(send.send, 7)
            assert await receive.receive() == 7

    end = run(target, seed=seed, model=model)
    assert (end.ending, end.error) == (Ending.FINISHED, None)


def test_what_the_target_raises_is_the_error_of_the_end() -> None:
    """Exceptions come back as values, in the groups that Trio makes."""

    async def fail() -> None:
        raise ValueError("no")

    async def target() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fail)

    with pytest.raises(ExceptionGroup) as caught:
        raise run(target).error or AssertionError
    assert caught.group_contains(ValueError)


def test_time_moves_only_when_nothing_can_run() -> None:
    """A deadline does not pass while a task still has work to do."""

    async def target() -> None:
        async def work() -> None:
            for _ in range(SPIN_LIMIT - 1):
                await trio.lowlevel.checkpoint()
                assert trio.current_time() == 0

        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 0.001)
            nursery.start_soon(work)

    for seed in range(20):
        assert run(target, seed=seed).error is None


def test_a_deadline_set_into_the_past_fires_at_once() -> None:
    """Trio expires it in its next pass; here it does not wait for idleness."""

    async def target() -> None:
        with trio.CancelScope() as scope:
            scope.deadline = -math.inf
            await trio.lowlevel.checkpoint()
            await trio.lowlevel.checkpoint()
            raise AssertionError("not cancelled")

    assert run(target).error is None


def test_wait_all_tasks_blocked_waits_for_all_but_not_for_time() -> None:
    """Tasks asleep count as blocked, and time does not move for them first."""

    async def target() -> None:
        seen: list[str] = []

        async def busy() -> None:
            for _ in range(5):
                await trio.lowlevel.checkpoint()
            seen.append("busy")
            await trio.sleep(1)
            seen.append("slept")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(busy)
            await trio.testing.wait_all_tasks_blocked(0.01)
            assert seen == ["busy"]

    for seed in range(10):
        assert run(target, seed=seed).error is None


def test_a_cushion_is_time_in_which_sleepers_wake() -> None:
    """As with Trio's real clock: who sleeps for less than the cushion is awake before it ends."""
    order: list[str] = []

    async def sleep(seconds: float) -> None:
        await trio.sleep(seconds)
        order.append(f"slept {seconds}")

    async def target() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(sleep, 0.1)
            nursery.start_soon(sleep, 5)
            await trio.testing.wait_all_tasks_blocked(0.5)
            order.append("idle")
            assert trio.current_time() == 0.6

    assert run(target).error is None
    assert order == ["slept 0.1", "idle", "slept 5"]


def test_a_system_task_that_crashes_is_an_internal_error_of_trio() -> None:
    """It is told as what the target raised, and the campaign goes on."""

    async def crash() -> None:
        raise ValueError("no")

    async def target() -> None:
        trio.lowlevel.spawn_system_task(crash)
        await trio.sleep(1)

    error = run(target).error
    assert isinstance(error, trio.TrioInternalError)
    assert error.__cause__ is not None


def test_queued_callbacks_run_and_system_tasks_are_cancelled_at_the_end() -> None:
    """The entry queue and system tasks work without a socket pair."""
    seen: list[str] = []

    async def system() -> None:
        try:
            await trio.sleep_forever()
        finally:
            seen.append("cancelled")

    async def target() -> None:
        token = trio.lowlevel.current_trio_token()
        trio.lowlevel.spawn_system_task(system)
        token.run_sync_soon(seen.append, "called")
        await trio.testing.wait_all_tasks_blocked()
        assert seen == ["called"]

    assert run(target).error is None
    assert seen == ["called", "cancelled"]


def test_an_abandoned_async_generator_is_finalised_inside_the_run() -> None:
    """Its clean-up runs as it does under Trio, and not in a later execution."""
    seen: list[str] = []

    async def numbers() -> AsyncGenerator[int]:
        try:
            yield 1
            yield 2
        finally:
            seen.append("closed")

    async def target() -> None:
        generator = numbers()
        assert await anext(generator) == 1

    with pytest.warns(ResourceWarning, match="numbers"):
        assert run(target).error is None
    assert seen == ["closed"]


def test_instruments_hear_of_every_step() -> None:
    """An instrument added by the program is called as Trio would."""

    class Counting(trio.abc.Instrument):
        steps = 0

        def before_task_step(self, task: trio.lowlevel.Task) -> None:
            self.steps += 1

    instrument = Counting()

    async def target() -> None:
        trio.lowlevel.add_instrument(instrument)
        for _ in range(7):
            await trio.lowlevel.checkpoint()

    assert run(target).error is None
    assert instrument.steps >= 7


def test_an_awaitable_of_another_library_is_refused_as_trio_refuses_it() -> None:
    """The task gets a TypeError it can read."""

    class Foreign:
        def __await__(self):  # type: ignore[no-untyped-def]
            yield "hello"

    async def target() -> None:
        await Foreign()

    error = run(target).error
    assert isinstance(error, TypeError)
    assert "unrecognized yield message" in str(error)


def test_time_does_not_move_past_a_task_that_works_through_a_queue() -> None:
    """It passes many checkpoints without blocking, as one that polls does, but not for ever."""

    async def target() -> None:
        send, receive = trio.open_memory_channel[int](100)
        for number in range(60):
            send.send_nowait(number)

        async def work() -> None:
            for _ in range(60):
                await receive.receive()
            assert trio.current_time() == 0

        async with trio.open_nursery() as nursery:
            nursery.start_soon(work)
            nursery.start_soon(trio.sleep, 10)

    assert run(target).error is None
