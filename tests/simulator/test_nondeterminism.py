"""Where executions of the same choices part: an event of the trace, and a line of the program."""

import itertools
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from types import SimpleNamespace

import pytest
import trio
from attrs import evolve

from hocket.simulator import Verdict, explore
from hocket.simulator.engine.choices import DefaultSchedule
from hocket.simulator.engine.trace import Trace, TraceEvent
from hocket.simulator.execution import Execution, Setting, execute
from hocket.simulator.exploring import target_of
from hocket.simulator.memory import collecting
from hocket.simulator.nondeterminism import Parting, locate
from hocket.simulator.world import simulated_world


def _located(function: Callable[[], Awaitable[object]]) -> Parting | None:
    target = target_of(function)

    def run() -> Execution:
        return execute(target, DefaultSchedule(), Setting(), traced=True)

    with collecting(), simulated_world(function):
        return locate(run, run())


def _line(function: Callable[..., object], offset: int) -> str:
    return f"{function.__qualname__}:{function.__code__.co_firstlineno + offset}"


def test_a_value_that_differs_is_named_with_the_line_that_made_it() -> None:
    """Though nothing depends on it, and the traces are equal."""
    numbers: Iterator[int] = itertools.count(10)

    async def target() -> None:
        await trio.lowlevel.checkpoint()
        drawn = next(numbers)
        await trio.lowlevel.checkpoint()
        del drawn

    parting = _located(target)
    assert parting is not None
    assert parting.event is None
    assert parting.place == parting.after == _line(target, 2)
    assert "`drawn` was 12 and then 13" in parting.then  # after two that were not watched


def test_a_branch_that_differs_is_located_by_its_line_and_by_its_step() -> None:
    """The first differing event comes with the last step in common."""
    odd = itertools.cycle([False, True])

    async def target() -> None:
        if next(odd):
            await trio.sleep(1)
        await trio.sleep(2)

    parting = _located(target)
    assert parting is not None
    assert parting.place == _line(target, 1)
    assert parting.event is not None
    assert parting.event.before is not None
    assert parting.event.before.task == "main@0"
    told = str(parting)
    assert f"they part after line {_line(target, 1)}: then came " in told
    assert "after step main@0" in told


def test_a_deterministic_program_is_not_accused() -> None:
    """Sets of objects, closures and tasks may look different in memory."""

    async def target() -> None:
        things = {object() for _ in range(5)}
        async with trio.open_nursery() as nursery:
            for _ in things:
                nursery.start_soon(trio.sleep, 1)

    assert _located(target) is None


def test_a_debugger_gets_its_trace_function_back() -> None:
    """Watching lines takes the place of a debugger for a while."""

    def debugger(_frame: object, _event: str, _argument: object) -> None:
        """Looks at nothing."""

    before = sys.gettrace()
    sys.settrace(debugger)
    try:
        _located(trio.lowlevel.checkpoint)
        assert sys.gettrace() is debugger
    finally:
        sys.settrace(before)


def test_two_executions_that_are_alike_by_chance_do_not_end_the_search_for_the_line() -> None:
    """Where the traces differ already, lines are compared until some do."""
    executions = itertools.count()

    async def target() -> None:
        drawn = max(0, next(executions) - 4)
        await trio.sleep(drawn)

    def run() -> Execution:
        return execute(target_of(target), DefaultSchedule(), Setting(), traced=True)

    first = run()
    other = Trace([*(first.trace or ()), TraceEvent("time", "", 9.0, "")])
    parting = locate(run, evolve(first, trace=other))
    assert parting is not None
    assert parting.event is not None
    assert "drawn" in parting.then


@pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")
@pytest.mark.parametrize("strategy", ["surw-once", "pos"])
def test_what_only_a_watched_execution_did_is_no_evidence(strategy: str) -> None:
    """Watching keeps a generator alive whose clean-up takes steps; the race is found all the same.

    The first executions of these strategies are watched line by line.
    """

    async def numbers() -> AsyncGenerator[int]:
        try:
            yield 1
        finally:
            with trio.CancelScope(shield=True):
                await trio.lowlevel.checkpoint()

    async def target() -> None:
        balance = [0]

        async def deposit() -> None:
            seen = balance[0]
            await trio.lowlevel.checkpoint()
            balance[0] = seen + 1

        box = SimpleNamespace(source=numbers())
        async for _ in box.source:
            break
        del box  # and with it the generator
        async with trio.open_nursery() as nursery:
            nursery.start_soon(deposit)
            nursery.start_soon(deposit)
        assert balance == [2]

    for seed in range(3):
        result = explore(target, schedules=100, seed=seed, strategy=strategy)
        assert result.verdict is Verdict.FAILED
