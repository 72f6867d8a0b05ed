"""The cancellation sweep: every point once, nothing hidden, and only what is real is a failure."""

import pytest
import trio

from hocket.simulator import Verdict, explore, replay
from hocket.simulator.engine.choices import ChoiceKind
from hocket.simulator.engine.injection import Coverage, Means
from hocket.simulator.engine.outcome import ExitReason, FailureKind
from hocket.simulator.exploring import AsyncFunction

INJECTED = "injected"


def coverage_of(target: AsyncFunction, *tasks: str) -> Coverage:
    """The coverage of a sweep over ``tasks`` that finds nothing."""
    result = explore(target, sweep="cancel", sweep_tasks=tasks)
    assert (result.verdict, result.exit_reason) == (Verdict.NOT_FOUND, ExitReason.SWEPT)
    assert result.coverage is not None
    return result.coverage


def moments(coverage: Coverage) -> list[str]:
    """Which task, at which step, in which state, without the names of functions."""
    injected = (p.point.split() for p in coverage.points if p.means is Means.INJECTED)
    return [f"{words[2]} {words[-1]}" for words in injected]


async def leaks_a_slot() -> None:
    """A cancellation between the taking of a slot and its ``try`` leaks it."""
    used = 0

    async def work() -> None:
        nonlocal used
        await trio.lowlevel.checkpoint()
        used += 1
        await trio.lowlevel.checkpoint()
        try:
            await trio.lowlevel.checkpoint()
        finally:
            used -= 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work)
    assert used == 0


async def keeps_its_slots() -> None:
    """The same with nothing between."""
    used = 0

    async def work() -> None:
        nonlocal used
        await trio.lowlevel.checkpoint()
        used += 1
        try:
            await trio.lowlevel.checkpoint()
        finally:
            used -= 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work)
    assert used == 0


def test_the_one_bad_checkpoint_is_found_and_replayed() -> None:
    """No schedule without a cancellation shows the leak, and no other point does."""
    assert explore(leaks_a_slot).verdict is Verdict.NOT_FOUND
    result = explore(leaks_a_slot, sweep="cancel", sweep_tasks=["work"])
    (failure,) = result.failures
    (deviation,) = failure.deviations
    assert (deviation.kind, deviation.taken) == (ChoiceKind.CANCEL, INJECTED)
    assert deviation.label == "cancellation of main/0@2 work when runnable"
    assert replay(leaks_a_slot, failure.token).reproduced


def test_every_point_is_tried_once_and_covered_by_line() -> None:
    """Two checkpoints are two points, though four yields and a start lie between them."""
    coverage = coverage_of(keeps_its_slots, "work")
    assert moments(coverage) == ["main/0@0 runnable", "main/0@2 runnable"]
    assert (coverage.hit(), coverage.total()) == (2, 2)
    lines = [int(place.partition(".py:")[2].split()[0]) for place in coverage.places]
    assert lines[1] - lines[0] == 3


async def waits_behind_a_shield() -> None:
    """Three waits, the middle one shielded."""
    event = trio.Event()

    async def wait() -> None:
        await event.wait()
        with trio.CancelScope(shield=True):
            await trio.sleep(1)
        await trio.sleep(1)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        await trio.sleep(1)
        event.set()


def test_a_shield_hides_its_points() -> None:
    """Parked, woken, and never inside of the shield."""
    coverage = coverage_of(waits_behind_a_shield, "wait")
    found = moments(coverage)
    assert found[:2] == ["main/0@0 runnable", "main/0@1 runnable"]
    assert found[-1] == "main/0@3 parked"
    assert not [moment for moment in found if moment.startswith("main/0@2")]
    assert coverage.hit() == coverage.total()


async def starts_a_service() -> None:
    """A task whose starter waits for a word from it."""

    async def serve(task_status: trio.TaskStatus[None]) -> None:
        await trio.lowlevel.checkpoint()
        task_status.started()
        await trio.sleep(1)

    async with trio.open_nursery() as nursery:
        await nursery.start(serve)


def test_a_task_that_is_awaited_by_its_starter_is_left_alone_until_then() -> None:
    """To end it there would be an error of the harness: only its starter could cancel it."""
    coverage = coverage_of(starts_a_service, "serve")
    assert moments(coverage)
    assert coverage.hit() == coverage.total()


def test_the_default_tasks_are_main_and_those_it_spawns() -> None:
    """Grandchildren are reached through them, or by a pattern."""
    points = coverage_of(keeps_its_slots).points
    assert {point.point.split()[2].partition("@")[0] for point in points} == {"main", "main/0"}


async def ends_early() -> None:
    """The last moment of the task has no cancellation point after it."""

    async def work() -> None:
        await trio.lowlevel.cancel_shielded_checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work)


def test_what_is_never_delivered_is_listed_and_is_no_gap() -> None:
    """A task without a cancellation point has nothing to cover."""
    coverage = coverage_of(ends_early, "work")
    (point,) = coverage.undelivered
    assert point.ended
    assert coverage.total() == 0


async def cancels_its_worker() -> None:
    """The program's own cancellation comes late in the default schedule, and must come early."""
    used = 0
    scope = trio.CancelScope()

    async def work() -> None:
        nonlocal used
        with scope:
            await trio.lowlevel.checkpoint()
            used += 1
            await trio.lowlevel.checkpoint()
            used -= 1

    async def stop() -> None:
        for _ in range(9):
            await trio.lowlevel.checkpoint()
        scope.cancel()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work)
        nursery.start_soon(stop)
    assert used == 0 or not scope.cancelled_caught


async def takes_within_a_time() -> None:
    """A time-out between the taking of a slot and its ``try`` leaks it, however long it is."""
    used = 0

    async def work() -> None:
        nonlocal used
        with trio.move_on_after(60):
            used += 1
            await trio.lowlevel.checkpoint()
            try:
                await trio.lowlevel.checkpoint()
            finally:
                used -= 1
        await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work)
    assert used == 0


def test_a_deadline_of_the_programs_own_is_moved() -> None:
    """To each point within its scope and to none outside of it; the token replays."""
    result = explore(takes_within_a_time, sweep="cancel", sweep_tasks=["*work"], keep_going=True)
    (failure,) = result.failures
    assert result.coverage is not None
    assert 0 < result.coverage.hit(Means.EXPIRED) < result.coverage.hit(Means.INJECTED)
    expired = [p for p in result.coverage.points if p.means is Means.EXPIRED]
    assert all(point.place for point in expired)
    assert replay(takes_within_a_time, failure.token).reproduced
    assert coverage_of(keeps_its_slots, "*work").hit(Means.EXPIRED) == 0


def test_the_programs_own_cancellation_is_moved() -> None:
    """In lockstep, where nothing can be held, only injections are tried."""
    result = explore(cancels_its_worker, sweep="cancel", sweep_tasks=["work"], keep_going=True)
    taken = [d.taken for failure in result.failures for d in failure.deviations]
    assert taken == [str(Means.MOVED)]
    assert result.coverage is not None
    assert result.coverage.hit(Means.MOVED) > 0
    lockstep = explore(cancels_its_worker, sweep="cancel", sweep_tasks=["work"], model="lockstep")
    assert lockstep.coverage is not None
    assert lockstep.coverage.hit(Means.MOVED) == 0


async def leaks_after_a_preemption() -> None:
    """The bad line is reached only if ``other`` goes first."""
    first = "work"

    async def work() -> None:
        nonlocal first
        await trio.lowlevel.checkpoint()
        if first == "other":
            first = "taken"
        await trio.lowlevel.checkpoint()
        first = "done"

    async def other() -> None:
        nonlocal first
        first = "other"

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work)
        nursery.start_soon(other)
    assert first != "taken"


def test_after_every_point_each_is_tried_after_one_deviation() -> None:
    """One deviation and one cancellation are needed, and found."""
    result = explore(leaks_after_a_preemption, sweep="cancel", sweep_tasks=["work"])
    (failure,) = result.failures
    assert sorted(d.kind for d in failure.deviations) == [ChoiceKind.CANCEL, ChoiceKind.TASK]
    assert replay(leaks_after_a_preemption, failure.token).reproduced


async def waits_for_the_cancelled() -> None:
    """Who is cancelled was to wake the other."""
    event = trio.Event()

    async def wake() -> None:
        await trio.lowlevel.checkpoint()
        event.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wake)
        await event.wait()


def test_a_deadlock_after_an_injection_is_a_failure() -> None:
    """The task's own end is none, what it leaves behind is."""
    (failure,) = explore(waits_for_the_cancelled, sweep="cancel", sweep_tasks=["wake"]).failures
    assert failure.kind is FailureKind.DEADLOCK


def test_an_unknown_sweep_is_refused() -> None:
    """With the one that there is."""
    with pytest.raises(ValueError, match="there is cancel"):
        explore(keeps_its_slots, sweep="faults")
