"""What the kernel adds to Trio: escapes, fairness, leaks, tear-down, models, traces."""

import gc
import weakref
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import pytest
import trio
import trio.testing
from tests.simulator.kernel_runs import Random, run

from hocket.simulator.endings import Ending, Escape, Model
from hocket.simulator.engine.choices import ChoiceKind, ChoicePoint, DefaultSchedule
from hocket.simulator.engine.trace import Trace
from hocket.simulator.run_queue import SPIN_LIMIT
from hocket.simulator.trio_kernel import Kernel, current
from hocket.simulator.world import prepare


def test_real_io_is_an_escape_even_if_the_program_swallows_the_error() -> None:
    """The execution stops, and the call site is named."""

    async def target() -> None:
        try:
            await trio.lowlevel.wait_readable(0)
        except RuntimeError:
            await trio.sleep(1)

    cause = run(target).cause
    assert isinstance(cause, Escape)
    assert "wait_readable" in str(cause)
    assert "test_kernel_additions.py" in str(cause)


def test_a_task_that_polls_lets_the_others_run() -> None:
    """Under the default order alone a poller would never end; the fairness rule says so."""

    async def target() -> None:
        done = False

        async def work() -> None:
            nonlocal done
            await trio.lowlevel.checkpoint()
            done = True

        async with trio.open_nursery() as nursery:
            nursery.start_soon(work)
            while not done:
                await trio.lowlevel.checkpoint()

    end = run(target)
    assert end.ending is Ending.FINISHED
    assert end.unfair


@pytest.mark.parametrize("model", Model)
def test_twenty_checkpoints_without_blocking_are_spinning(model: Model) -> None:
    """One fewer are work; alone, with nothing to come, a task may pass as many as it likes."""

    async def passes(checkpoints: int) -> None:
        for _ in range(checkpoints):
            await trio.lowlevel.checkpoint()

    async def beside_a_sleeper(checkpoints: int) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 1)
            await passes(checkpoints)

    assert SPIN_LIMIT == 20
    assert not run(partial(beside_a_sleeper, SPIN_LIMIT - 1), model=model).unfair
    assert run(partial(beside_a_sleeper, SPIN_LIMIT), model=model).unfair
    assert not run(partial(passes, 5 * SPIN_LIMIT), model=model).unfair


@pytest.mark.parametrize("model", Model)
def test_a_task_that_polls_the_clock_lets_time_move(model: Model) -> None:
    """When every runnable task only spins, the next deadline comes."""

    async def target() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 10)
            while trio.current_time() < 10:
                await trio.lowlevel.checkpoint()

    end = run(target, model=model)
    assert end.ending is Ending.FINISHED
    assert end.unfair


def test_a_livelock_ends_at_the_step_bound_and_names_who_spins() -> None:
    """Nothing is claimed of an execution that was cut."""

    async def target() -> None:
        while True:
            await trio.lowlevel.checkpoint()

    end = run(target, max_steps=200)
    assert end.ending is Ending.STEP_BOUND
    assert end.waits[0].task == "main"


def test_a_lock_that_outlives_its_task_is_a_leak() -> None:
    """A task that ends while it holds a lock is reported though nothing raised."""

    async def careless(lock: trio.Lock) -> None:
        await lock.acquire()

    async def target() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(careless, trio.Lock())

    assert run(target).leaks == ("main/0 careless ended while holding a lock",)


def test_a_cut_execution_leaves_nothing_behind() -> None:
    """Blocked tasks are ended inside their own execution; none waits for a later collection."""
    alive: list[weakref.ref[trio.lowlevel.Task]] = []
    ended: list[str] = []

    async def stuck() -> None:
        alive.append(weakref.ref(trio.lowlevel.current_task()))
        try:
            await trio.sleep_forever()
        finally:
            ended.append("cleaned up")
            with trio.CancelScope(shield=True):
                await trio.sleep_forever()

    async def target() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(stuck)

    assert run(target).ending is Ending.DEADLOCK
    assert ended == ["cleaned up"] * 3
    assert current() is None
    gc.collect()
    assert [ref() for ref in alive] == [None] * 3


def test_a_second_run_inside_an_execution_is_refused() -> None:
    """As Trio refuses a nested run."""

    async def target() -> None:
        Kernel(DefaultSchedule(), model=Model.FREE, max_steps=10).run(
            trio.lowlevel.checkpoint, prepare
        )

    assert isinstance(run(target).error, RuntimeError)


def test_lockstep_runs_every_task_of_a_pass_once_before_anything_new() -> None:
    """Only orders within a pass are free."""
    passes: list[int] = []

    async def target() -> None:
        async def count(number: int) -> None:
            for _ in range(3):
                passes.append(number)
                await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            for number in range(3):
                nursery.start_soon(count, number)

    for seed in range(20):
        passes.clear()
        assert run(target, seed=seed, model=Model.LOCKSTEP).error is None
        assert [sorted(passes[i : i + 3]) for i in (0, 3, 6)] == [[0, 1, 2]] * 3


def test_cancelled_tasks_are_aborted_in_order_of_their_start() -> None:
    """Trio keeps them in a set ordered by address; here the order is the program's own."""
    ballast: list[object] = []
    for size in range(10):
        order: list[int] = []
        ballast.append([object() for _ in range(size * 37)])

        async def wait(number: int, order: list[int] = order) -> None:
            def abort(_: object) -> trio.lowlevel.Abort:
                order.append(number)
                return trio.lowlevel.Abort.SUCCEEDED

            await trio.lowlevel.wait_task_rescheduled(abort)

        async def target(wait: Callable[[int], Awaitable[None]] = wait) -> None:
            async with trio.open_nursery() as nursery:
                for number in range(8):
                    nursery.start_soon(wait, number)
                await trio.testing.wait_all_tasks_blocked()
                nursery.cancel_scope.cancel()

        assert run(target).error is None
        assert order == list(range(8))


def test_equal_choices_give_equal_traces() -> None:
    """The digest does not depend on addresses or on what ran before."""

    async def target() -> None:
        async def step(number: int) -> None:
            with trio.move_on_after(number % 3):
                await trio.sleep(number % 2)

        async with trio.open_nursery() as nursery:
            for number in range(5):
                nursery.start_soon(step, number)

    digests: set[str] = set()
    for _ in range(5):
        trace = Trace()
        Kernel(Random(11), model=Model.FREE, max_steps=1000, trace=trace).run(target, prepare)
        digests.add(trace.digest())
    assert len(digests) == 1


def test_named_choices_are_recorded_beside_those_of_tasks() -> None:
    """A fault or a value is a choice like any other."""
    taken: list[int] = []

    async def target() -> None:
        kernel = current()
        assert kernel is not None
        taken.append(kernel.decide(ChoiceKind.DATA, "size", ["small", "large"]))
        taken.append(kernel.decide(ChoiceKind.DATA, "only", ["one"]))

    class Last:
        def choose(self, point: ChoicePoint) -> int:
            return len(point.options) - 1

    kernel = Kernel(Last(), model=Model.FREE, max_steps=100, trace=Trace())
    kernel.run(target, prepare)
    assert taken == [1, 0]
    assert [str(deviation) for deviation in kernel.record.deviations] == [
        "size: large instead of small"
    ]


@pytest.mark.parametrize("model", Model)
@pytest.mark.parametrize("seed", range(5))
def test_tasks_whose_nursery_has_gone_end_before_the_run_does(model: Model, seed: int) -> None:
    """Misnested nurseries leave a task behind; it cleans up, and the run ends as under Trio."""
    cleaned_up: list[bool] = []

    async def abandoned() -> None:
        try:
            await trio.sleep(1)
        finally:
            cleaned_up.append(True)

    async def main() -> None:
        async def enter() -> None:
            nursery = await inner.__aenter__()
            nursery.start_soon(abandoned)

        inner = trio.open_nursery()
        with suppress(ExceptionGroup):  # of "Nursery stack corrupted"
            async with trio.open_nursery() as outer:
                outer.start_soon(enter)

    end = run(main, model=model, seed=seed)
    assert end.error is None
    assert end.ending is Ending.FINISHED
    assert cleaned_up == [True]
