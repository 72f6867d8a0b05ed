"""What the kernel records: nothing, the steps, or everything with its causes."""

from collections.abc import Awaitable, Callable

import pytest
import trio
from tests.simulator.kernel_runs import Random

from hocket.simulator import Model, Setting
from hocket.simulator.engine.causality import happened_before
from hocket.simulator.engine.trace import Trace, TraceEvent, Tracing, in_light
from hocket.simulator.execution import Execution, execute
from hocket.simulator.exploring import target_of
from hocket.simulator.trio_kernel import Kernel
from hocket.simulator.world import prepare


async def busy() -> None:
    """Sleeps, wakes, spawns and cancels."""
    ready = trio.Event()

    async def waiter() -> None:
        with trio.move_on_after(3):
            await ready.wait()
            await trio.sleep_forever()

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(waiter)
        await trio.sleep(1)
        ready.set()


async def strangers() -> None:
    """Two tasks that never meet."""

    async def work() -> None:
        for _ in range(4):
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(work)
        nursery.start_soon(work)


async def handing_over() -> None:
    """One waits for what the other sends."""
    sending, receiving = trio.open_memory_channel[int](0)

    async def receive() -> None:
        await receiving.receive()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(receive)
        nursery.start_soon(sending.send, 1)


def _run(seed: int, tracing: Tracing, model: Model) -> Execution:
    setting = Setting(model=model, tracing=tracing)
    return execute(target_of(busy), Random(seed), setting)


def _traced(target: Callable[[], Awaitable[object]], seed: int) -> Trace:
    trace = Trace()
    Kernel(Random(seed), model=Model.FREE, max_steps=1000, trace=trace).run(target, prepare)
    return trace


def _clock(trace: Trace, anchor: str) -> dict[str, int]:
    (event,) = (event for event in trace if event.kind == "step" and event.task == anchor)
    assert event.cause is not None
    return dict(event.cause.clock)


@pytest.mark.parametrize("model", Model)
@pytest.mark.parametrize("seed", range(5))
def test_a_light_trace_has_the_steps_and_times_of_a_full_one(seed: int, model: Model) -> None:
    """It is only cheaper; and tracing changes no execution."""
    off, light, full = (_run(seed, level, model) for level in Tracing)
    assert (off.trace, off.light, light.trace, full.light) == (None, None, None, None)
    assert off.choices == light.choices == full.choices
    assert light.light is not None
    assert full.trace is not None
    steps: list[TraceEvent] = list(light.light)
    assert steps == list(in_light(full.trace))
    assert len(steps) > 10


def test_schedules_that_differ_in_independent_steps_have_one_order() -> None:
    """Ten schedules of two tasks that never meet: many traces, one happens-before order."""
    traces = [_traced(strangers, seed) for seed in range(10)]
    assert len({trace.digest() for trace in traces}) > 1
    assert len({trace.order_digest() for trace in traces}) == 1


def test_schedules_in_which_tasks_meet_otherwise_have_another_order() -> None:
    """Who waits and who wakes in a hand-over depends on who comes first."""
    assert len({_traced(handing_over, seed).order_digest() for seed in range(20)}) > 1


def test_a_hand_over_orders_sender_and_receiver() -> None:
    """Whoever waited resumes after the step that woke it, and both after the spawning one."""
    seen: set[bool] = set()
    for seed in range(20):
        trace = _traced(handing_over, seed)
        receiver, sender = _clock(trace, "main/0@1"), _clock(trace, "main/1@0")
        assert happened_before(_clock(trace, "main@0"), sender)
        seen.add(happened_before(sender, receiver))
    assert seen == {True, False}
