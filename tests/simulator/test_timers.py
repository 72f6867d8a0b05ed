"""Timers due at one instant: in any order, or all together if that is asked for."""

import pytest
import trio

from hocket.simulator import Verdict, explore, replay


async def answer_at_the_deadline() -> None:
    """The answer comes in the instant in which the asker gives up, who was the first to sleep."""
    answered = trio.Event()

    async def ask() -> None:
        with trio.move_on_at(1) as patience:
            await answered.wait()
        assert patience.cancelled_caught, "it was answered in time"

    async def answer() -> None:
        await trio.sleep_until(1)
        answered.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask)
        nursery.start_soon(answer)


async def handed_over_at_the_deadline() -> None:
    """A job is handed to somebody whose patience ends before it has run, and who lets it drop."""
    jobs, hands = trio.open_memory_channel[str](0)
    done: list[str] = []

    async def hand_over() -> None:
        await trio.sleep(1)
        try:
            jobs.send_nowait("job")
        except trio.WouldBlock:
            done.append("kept")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(hand_over)
        job = ""
        with trio.move_on_after(1) as patience:
            job = await hands.receive()
        if not patience.cancel_called:
            done.append(job)
    assert done, "the job was dropped"


def test_where_it_is_asked_for_all_fire_before_anything_runs() -> None:
    """No schedule lets the answer come before the asker was cancelled."""
    assert explore(answer_at_the_deadline, timers=False).verdict is Verdict.NOT_FOUND


@pytest.mark.parametrize("seed", range(5))
def test_a_timer_may_fire_between_the_wake_up_of_a_task_and_its_step(seed: int) -> None:
    """The window in which what was handed over is lost; found by default from every seed."""
    (failure,) = explore(handed_over_at_the_deadline, schedules=500, seed=seed).failures
    assert "the job was dropped" in failure.message
    assert replay(handed_over_at_the_deadline, failure.token).reproduced


def test_every_number_of_steps_may_come_between_two_timers() -> None:
    """Also those that no single choice offers."""
    seen: set[int] = set()

    async def count_steps() -> None:
        steps = 0

        async def work() -> None:
            nonlocal steps
            await trio.sleep(1)
            for steps in range(9):  # noqa: B007 - it is looked at from outside
                await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(work)
            with trio.move_on_after(1):
                await trio.sleep_forever()
            seen.add(steps)

    explore(count_steps, schedules=2_000, strategy="exhaustive")
    assert seen == set(range(9))


def test_a_task_may_run_between_two_timers() -> None:
    """The second timer fires first, its task runs, and the token replays without being told."""
    (failure,) = explore(answer_at_the_deadline).failures
    timers = [d for d in failure.deviations if d.kind == "timer"]
    assert timers
    assert replay(answer_at_the_deadline, failure.token).reproduced


def test_in_lockstep_equal_deadlines_stay_together() -> None:
    """As in Trio, which expires them all before the next pass."""
    result = explore(answer_at_the_deadline, model="lockstep")
    assert result.verdict is Verdict.NOT_FOUND
