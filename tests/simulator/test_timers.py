"""Timers due at one instant: in the order they were set, or in any if that is asked for."""

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


def test_by_default_all_fire_before_anything_runs() -> None:
    """No schedule lets the answer come before the asker was cancelled."""
    assert explore(answer_at_the_deadline).verdict is Verdict.NOT_FOUND


def test_where_it_is_asked_for_a_task_may_run_between_two_timers() -> None:
    """The second timer fires first, its task runs, and the token replays without being told."""
    (failure,) = explore(answer_at_the_deadline, timers=True).failures
    timers = [d for d in failure.deviations if d.kind == "timer"]
    assert timers
    assert replay(answer_at_the_deadline, failure.token).reproduced


def test_in_lockstep_equal_deadlines_stay_together() -> None:
    """As in Trio, which expires them all before the next pass."""
    result = explore(answer_at_the_deadline, timers=True, model="lockstep")
    assert result.verdict is Verdict.NOT_FOUND
