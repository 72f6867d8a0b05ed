"""Worker threads, under a baton; long because each promise of it has a program of its own."""

import contextvars
import queue
import random
import socket
import sqlite3
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial

import pytest
import trio
import trio.testing
from tests.simulator.kernel_runs import Random
from tests.simulator.kernel_runs import run as run_bare
from tests.simulator.network.both_worlds import simulated

from hocket.simulator import pooled_threads
from hocket.simulator.endings import Ending, Escape, Model
from hocket.simulator.engine.choices import DefaultSchedule
from hocket.simulator.engine.trace import Trace
from hocket.simulator.exploring import explore, replay
from hocket.simulator.trio_kernel import Kernel
from hocket.simulator.world import prepare, simulated_world

SEEDS = range(40)


def passes(target: Callable[[], Awaitable[object]], *, seed: int | None = None) -> None:
    """The target ends well in the simulated world."""
    end = simulated(target, seed=seed)
    assert (end.ending, end.error, end.cause) == (Ending.FINISHED, None, None)


def outcomes(target: Callable[[list[str]], Awaitable[object]]) -> set[str]:
    """What the target notes down, over many schedules."""
    seen: set[str] = set()
    for seed in SEEDS:
        notes: list[str] = []
        passes(partial(target, notes), seed=seed)
        seen.add(" ".join(notes))
    return seen


def test_a_function_runs_on_a_thread_of_its_own_and_its_result_comes_back() -> None:
    """With Trio's name for the thread, and no Trio around it; what it raises comes back too."""

    def work() -> tuple[int, str, bool]:
        here = threading.current_thread()
        return here.ident or 0, here.name, trio.lowlevel.in_trio_run()

    def fail() -> None:
        raise ValueError("no")

    async def target() -> None:
        ident, name, inside = await trio.to_thread.run_sync(work, thread_name="helper")
        assert ident != threading.get_ident()
        assert (name, inside) == ("helper", False)
        with pytest.raises(ValueError, match="no"):
            await trio.to_thread.run_sync(fail)

    passes(target)


def test_sqlite_knows_the_thread() -> None:
    """A connection that is bound to the loop's thread is refused on a worker, as it really is."""

    async def target() -> None:
        connection = sqlite3.connect(":memory:")
        with pytest.raises(sqlite3.ProgrammingError, match="same thread"):
            await trio.to_thread.run_sync(connection.execute, "SELECT 1")
        connection.close()

    passes(target)


def test_start_and_finish_are_points_of_the_schedule() -> None:
    """Another task may go before the start, between it and the caller's resume, or after."""

    async def target(notes: list[str]) -> None:
        async def other() -> None:
            notes.append("other")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(other)
            await trio.to_thread.run_sync(notes.append, "function")
            notes.append("caller")

    assert outcomes(target) == {
        "other function caller",
        "function other caller",
        "function caller other",
    }


def test_by_default_a_result_comes_before_another_task_goes_on() -> None:
    """In the tame schedule a function is quick: its caller gives nobody else the turn."""
    notes: list[str] = []

    async def client() -> None:
        await trio.to_thread.run_sync(notes.append, "function")
        notes.append("caller")

    async def other() -> None:
        notes.append("other")

    async def target() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client)
            nursery.start_soon(other)

    passes(target)
    assert notes == ["function", "caller", "other"]


def test_the_inside_of_a_function_is_atomic() -> None:
    """Two functions that read and write do not lose an update, whatever the schedule."""

    async def target(notes: list[str]) -> None:
        counter = {"value": 0}

        def increment() -> None:
            seen = counter["value"]
            sum(range(1_000))
            counter["value"] = seen + 1

        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(trio.to_thread.run_sync, increment)
        notes.append(str(counter["value"]))

    assert outcomes(target) == {"3"}


def test_two_functions_that_call_the_loop_in_between_lose_an_update() -> None:
    """The call into the loop gives others their turn; the race is found, and replays."""

    async def target() -> None:
        counter = {"value": 0}

        def increment() -> None:
            seen = trio.from_thread.run_sync(counter.get, "value")
            counter["value"] = (seen or 0) + 1

        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.to_thread.run_sync, increment)
            nursery.start_soon(trio.to_thread.run_sync, increment)
        assert counter["value"] == 2, "an update was lost"

    result = explore(target)
    assert "an update was lost" in result.failures[0].message
    assert replay(target, result.failures[0].token).reproduced


def test_from_thread_runs_in_the_loop_and_time_passes_meanwhile() -> None:
    """Both calls of ``trio.from_thread`` work, and the function waits for their results."""

    async def target() -> None:
        loop = threading.get_ident()

        async def nap() -> float:
            await trio.sleep(2)
            return trio.current_time()

        def work() -> tuple[int, float]:
            with pytest.raises(RuntimeError):
                trio.lowlevel.current_task()
            return trio.from_thread.run_sync(threading.get_ident), trio.from_thread.run(nap)

        assert await trio.to_thread.run_sync(work) == (loop, 2)

    for seed in (None, *SEEDS):
        passes(target, seed=seed)


def test_the_clock_does_not_move_while_a_function_works() -> None:
    """A timeout around a call does not fire as long as the function could still be run."""

    async def target() -> None:
        with trio.move_on_after(0.001) as scope:
            await trio.to_thread.run_sync(sum, range(1_000), abandon_on_cancel=True)
        assert not scope.cancelled_caught

    for seed in SEEDS:
        passes(target, seed=seed)


def test_sleeping_on_a_worker_thread_is_virtual() -> None:
    """Other tasks run while the function sleeps, and nobody waits for real."""

    async def target() -> None:
        def work() -> float:
            before = time.monotonic()
            time.sleep(3_600)
            return time.monotonic() - before

        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 1_800)
            assert 3_600 <= await trio.to_thread.run_sync(work) < 3_601

    passes(target)


def test_an_abandoned_function_still_runs_before_or_after_its_caller_goes_on() -> None:
    """It does not run in time, or too late for the caller; but it runs."""

    async def target(notes: list[str]) -> None:
        async with trio.open_nursery() as nursery:
            with trio.CancelScope() as scope:
                nursery.start_soon(trio.sleep, 1)
                nursery.start_soon(_cancel, scope)
                await trio.to_thread.run_sync(notes.append, "function", abandon_on_cancel=True)
            notes.append("cancelled" if scope.cancelled_caught else "in time")

    assert outcomes(target) == {"function cancelled", "cancelled function", "function in time"}


async def _cancel(scope: trio.CancelScope) -> None:
    scope.cancel()


def test_an_abandoned_function_runs_even_if_the_main_task_ends_first() -> None:
    """The execution is over when all of its functions are."""

    async def target(notes: list[str]) -> None:
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_cancel, scope)
                await trio.to_thread.run_sync(notes.append, "function", abandon_on_cancel=True)

    assert outcomes(target) == {"function"}


def test_a_function_that_may_not_be_abandoned_is_waited_for() -> None:
    """A cancellation is heard of by the function that asks, and by the caller at the end."""

    async def target(notes: list[str]) -> None:
        def work() -> None:
            try:
                trio.from_thread.check_cancelled()
            except trio.Cancelled:
                notes.append("told")
                raise
            notes.append("untold")

        async with trio.open_nursery() as nursery:
            with trio.CancelScope() as scope:
                nursery.start_soon(_cancel, scope)
                await trio.to_thread.run_sync(work)
            notes.append("cancelled" if scope.cancelled_caught else "not")

    assert outcomes(target) == {"told cancelled", "untold not"}


def test_the_limiter_is_honoured_and_a_place_is_free_again_afterwards() -> None:
    """No more functions are under way than the limiter allows, also by way of the loop."""

    async def target() -> None:
        limiter = trio.CapacityLimiter(2)
        under_way: list[int] = []

        async def limited(number: int) -> None:
            await trio.to_thread.run_sync(work, number, limiter=limiter)

        def work(number: int) -> None:
            under_way.append(number)
            trio.from_thread.run(trio.lowlevel.checkpoint)
            assert len(under_way) <= 2
            under_way.remove(number)

        async with trio.open_nursery() as nursery:
            for number in range(5):
                nursery.start_soon(partial(limited, number))
        assert limiter.borrowed_tokens == 0

    for seed in SEEDS:
        passes(target, seed=seed)


def test_context_variables_are_copied() -> None:
    """The function sees the caller's, and changes only its own."""
    variable = contextvars.ContextVar[str]("variable", default="default")

    def work() -> str:
        seen = variable.get()
        variable.set("changed")
        return seen

    async def target() -> None:
        variable.set("caller's")
        assert await trio.to_thread.run_sync(work) == "caller's"
        assert variable.get() == "caller's"

    passes(target)


def test_thread_locals_last_for_an_execution() -> None:
    """The thread that was used last is used next, but nothing passes to the next execution."""
    local = threading.local()

    def work() -> int:
        local.calls = getattr(local, "calls", 0) + 1
        return int(local.calls)

    async def target() -> None:
        assert [await trio.to_thread.run_sync(work) for _ in range(3)] == [1, 2, 3]

    for _ in range(3):
        passes(target)


def test_clocks_and_chance_on_a_worker_thread_are_the_executions() -> None:
    """Virtual time, and numbers that only the schedule decides."""

    def work() -> tuple[float, float]:
        return time.time(), random.random()

    seen: list[object] = []

    async def target() -> None:
        await trio.sleep(5)
        seen.append(await trio.to_thread.run_sync(work))
        seen.append(await trio.to_thread.run_sync(work))

    passes(target)
    first, seen[:] = seen[:], []
    passes(target)
    assert seen == first
    assert seen[0] != seen[1]


def test_a_plain_name_lookup_on_a_worker_thread_asks_the_executions_network() -> None:
    """The name has the address that Trio's own look-up gives."""

    async def target() -> None:
        plain = await trio.to_thread.run_sync(socket.getaddrinfo, "db.example", 80)
        assert plain == await trio.socket.getaddrinfo("db.example", 80)

    passes(target)


def test_a_real_way_out_on_a_worker_thread_is_an_escape() -> None:
    """With the line of the function, or of the call where the function is a library's."""

    def work() -> None:
        threading.Thread(target=print).start()

    async def target() -> None:
        await trio.to_thread.run_sync(work)

    cause = simulated(target).cause
    assert isinstance(cause, Escape)
    assert "a real thread" in str(cause)
    assert "(test_a_real_way_out_on_a_worker_thread_is_an_escape.<locals>.work)" in str(cause)


@pytest.mark.parametrize("inside", [True, False])
def test_blocking_with_the_baton_in_hand_is_an_escape(
    monkeypatch: pytest.MonkeyPatch, inside: bool
) -> None:
    """After a limit of real time the execution ends, with the line; the thread is given up."""
    monkeypatch.setattr(pooled_threads, "WORKER_SECONDS_MAX", 0.05)
    answers = queue.Queue[str]()

    def work() -> None:
        answers.get()

    async def target() -> None:
        await trio.to_thread.run_sync(work if inside else answers.get)
        raise AssertionError("it was not blocked")

    end = simulated(target)
    answers.put("at last")
    assert end.ending is Ending.STOPPED
    assert "worker thread blocked at" in str(end.cause)
    assert ("work)" if inside else "target)") in str(end.cause)
    passes(partial(trio.to_thread.run_sync, sum, (1, 2)))


def test_an_execution_that_is_cut_ends_its_functions() -> None:
    """A function that waits for the loop is told that the execution is over, and may clean up."""
    notes: list[str] = []

    async def target() -> None:
        def work() -> None:
            try:
                trio.from_thread.run(trio.sleep_forever)
            finally:
                notes.append("cleaned up")

        await trio.to_thread.run_sync(work)

    end = simulated(target)
    assert end.ending is Ending.DEADLOCK
    assert end.waits[0].waits_for == "its worker thread"
    assert notes == ["cleaned up"]


def test_a_function_that_goes_on_asking_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever swallows the news is not waited for: each call says it."""
    monkeypatch.setattr("hocket.simulator.trio_kernel.kernel.UNWIND_STEPS_MAX", 100)
    refused: list[int] = []

    async def target() -> None:
        def work() -> None:
            for number in range(3):
                try:
                    while True:
                        time.sleep(1)
                except trio.RunFinishedError:
                    refused.append(number)

        await trio.to_thread.run_sync(work)

    with simulated_world(target):
        assert run_bare(target, max_steps=100).ending is Ending.STEP_BOUND
    assert refused == [0, 1, 2]


def test_clean_up_after_the_end_may_use_a_thread() -> None:
    """An async generator that is finalised last still has its function run, and its result."""
    seen: list[object] = []

    async def generator() -> AsyncGenerator[None]:
        try:
            yield
        finally:
            with trio.CancelScope(shield=True):
                seen.append(await trio.to_thread.run_sync(lambda: trio.from_thread.run_sync(int)))

    kept: list[AsyncGenerator[None]] = []

    async def target() -> None:
        kept.append(generator())
        await anext(kept[0])

    passes(target)
    assert seen == [0]


@pytest.mark.parametrize("model", Model)
def test_the_same_choices_give_the_same_trace(model: Model) -> None:
    """Although real threads take part."""

    async def target() -> None:
        def work() -> None:
            trio.from_thread.run(trio.sleep, random.random())
            time.sleep(random.random())

        async with trio.open_nursery() as nursery:
            for _ in range(4):
                nursery.start_soon(trio.to_thread.run_sync, work)

    def digest(seed: int | None) -> str:
        source = DefaultSchedule() if seed is None else Random(seed)
        trace = Trace()
        with simulated_world(target):
            kernel = Kernel(source, model=model, max_steps=10_000, trace=trace)
            end = kernel.run(target, prepare)
        assert (end.ending, end.error) == (Ending.FINISHED, None)
        return trace.digest()

    seeds = (None, *range(8))
    assert [digest(seed) for seed in seeds] == [digest(seed) for seed in seeds]
    assert len({digest(seed) for seed in seeds}) > 1


def test_no_thread_is_made_for_each_function() -> None:
    """They are pooled, and none is left over by an execution that found one."""

    async def target(idents: set[int]) -> None:
        for _ in range(5):
            idents.add(await trio.to_thread.run_sync(threading.get_ident))

    idents: set[int] = set()
    passes(partial(target, idents))
    before = threading.active_count()
    for _ in range(3):
        idents.clear()
        passes(partial(target, idents))
        assert len(idents) == 1
    assert threading.active_count() == before


def test_trio_counts_and_waits_for_threads() -> None:
    """The helpers of ``trio.testing`` see the functions under way."""

    async def target() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.to_thread.run_sync, partial(time.sleep, 1))
            await trio.sleep(0.5)
            assert trio.testing.active_thread_count() == 1
            await trio.testing.wait_all_threads_completed()
            assert trio.current_time() == 1

    passes(target)
