"""A step that lasts: a deadline comes although tasks can run, once, and only where asked for."""

from functools import partial

import trio

from hocket.simulator import Verdict, explore, replay


async def quick_work_under_a_watchdog(patience: float = 2) -> None:
    """Work that takes no time, watched by a time-out that only a slow step can meet."""

    async def work() -> None:
        for _ in range(10):
            await trio.lowlevel.checkpoint()

    with trio.move_on_after(patience) as watchdog:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(work)
            nursery.start_soon(work)
    assert not watchdog.cancelled_caught, "it was too slow"


def test_by_default_no_deadline_comes_while_tasks_can_run() -> None:
    """A watchdog is no false alarm."""
    assert explore(quick_work_under_a_watchdog, schedules=100).verdict is Verdict.NOT_FOUND


def test_where_it_is_asked_for_one_step_lasts_and_the_token_replays() -> None:
    """The one deviation says how long; the token needs nothing else."""
    (failure,) = explore(quick_work_under_a_watchdog, schedules=100, slow_steps=5).failures
    (deviation,) = failure.deviations
    assert str(deviation).endswith("lasts 2 s instead of in time")
    assert replay(quick_work_under_a_watchdog, failure.token).reproduced


def test_a_deadline_that_is_farther_away_does_not_come() -> None:
    """The bound is in virtual seconds."""
    target = partial(quick_work_under_a_watchdog, 60)
    assert explore(target, schedules=100, slow_steps=5).verdict is Verdict.NOT_FOUND


async def two_watchdogs() -> None:
    """Only two slow steps could meet both time-outs."""
    slow: list[bool] = []
    for _ in range(2):
        with trio.move_on_after(1) as watchdog:
            for _ in range(5):
                await trio.lowlevel.checkpoint()
        slow.append(watchdog.cancelled_caught)
    assert slow != [True, True]


def test_a_schedule_has_at_most_one_slow_step() -> None:
    """Also where every schedule is tried."""
    result = explore(two_watchdogs, schedules=500, slow_steps=1, strategy="exhaustive")
    assert result.verdict is Verdict.VERIFIED


async def slow_at_the_end() -> None:
    """Only a step among the last of fifteen can be the slow one."""
    with trio.move_on_after(1) as watchdog:
        for number in range(15):
            await trio.lowlevel.cancel_shielded_checkpoint()
            if watchdog.cancel_called:
                assert number < 12, "slow at the end"
                return


def test_the_place_is_drawn_over_the_whole_schedule() -> None:
    """A step late in the schedule is as likely to last as an early one."""
    (failure,) = explore(slow_at_the_end, schedules=200, slow_steps=1, strategy="random").failures
    assert "slow at the end" in failure.message
