"""The kernel is Trio: its semantics, its clean-up, and what it adds."""

import gc
import math
import random
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable

import pytest
import trio
import trio.testing

from hocket.simulator.endings import End, Ending, Escape, Model
from hocket.simulator.engine.choices import ChoiceKind, ChoicePoint
from hocket.simulator.engine.trace import Trace
from hocket.simulator.trio_kernel import Kernel, current


class Random:
    """A random walk of a given seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def choose(self, point: ChoicePoint) -> int:
        return self._random.randrange(len(point.options))


class Default:
    """Always the first option."""

    def choose(self, point: ChoicePoint) -> int:
        return 0


def run(
    target: Callable[[], Awaitable[object]],
    *,
    seed: int | None = None,
    model: Model = Model.FREE,
    max_steps: int = 10_000,
) -> End:
    source = Default() if seed is None else Random(seed)
    return Kernel(source, model=model, max_steps=max_steps).run(target)


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
            for _ in range(30):
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
    assert "test_trio_kernel.py" in str(cause)


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
        Kernel(Default(), model=Model.FREE, max_steps=10).run(trio.lowlevel.checkpoint)

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
        Kernel(Random(11), model=Model.FREE, max_steps=1000, trace=trace).run(target)
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
    kernel.run(target)
    assert taken == [1, 0]
    assert [str(deviation) for deviation in kernel.deviations] == ["size: large instead of small"]
