"""An explanation names what makes the difference, in the program's own lines."""

import inspect
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

import pytest
import trio

from hocket.simulator import Budget, Campaign, explore
from hocket.simulator.engine.explanation import Explanation
from hocket.simulator.explaining.watching import watched
from hocket.simulator.exploring import target_of
from hocket.simulator.strategies import make_strategy


def line_of(function: Callable[..., object], text: str) -> str:
    """``:line`` of the first line of ``function`` that holds ``text``."""
    lines, first = inspect.getsourcelines(function)
    return f":{first + next(n for n, line in enumerate(lines) if text in line)}"


def explained(program: Callable[[], Awaitable[None]]) -> Explanation:
    """The explanation of the first failure of ``program``."""
    (failure,) = explore(program, schedules=2_000).failures
    assert failure.explanation is not None
    return failure.explanation


async def lost_update() -> None:
    """One of two updates is lost in some orders."""
    value = 0

    async def increment() -> None:
        nonlocal value
        seen = value  # looks
        await trio.lowlevel.checkpoint()
        value = seen + 1  # writes

    async with trio.open_nursery() as nursery:
        nursery.start_soon(increment)
        nursery.start_soon(increment)
    assert value == 2


class Account:
    """Money that must not go below zero."""

    def __init__(self) -> None:
        self.balance = 100

    async def withdraw(self) -> None:
        """Check, wait, act."""
        if self.balance >= 100:  # looks
            await trio.lowlevel.checkpoint()
            self.take()

    def take(self) -> None:
        """Take all of a hundred."""
        self.balance -= 100  # acts


async def overdrawn() -> None:
    """Two withdrawals that both looked before either took."""
    account = Account()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(account.withdraw)
        nursery.start_soon(account.withdraw)
    assert account.balance == 0


async def missed_wake_up() -> None:
    """The event that is set is not the one that is waited for, if the waiter comes late."""
    current = trio.Event()

    async def wait() -> None:
        await trio.lowlevel.checkpoint()
        await current.wait()

    async def wake() -> None:
        nonlocal current
        await trio.lowlevel.checkpoint()
        await trio.lowlevel.checkpoint()
        current.set()
        current = trio.Event()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        nursery.start_soon(wake)


async def always_fails() -> None:
    """No order makes a difference."""
    await trio.lowlevel.checkpoint()
    raise ValueError("always")


def test_a_lost_update_is_told_by_its_read_and_its_write() -> None:
    """Who read before whom wrote, with both lines, and the default schedule passes."""
    why = explained(lost_update)
    assert why.anomaly == "lost update of `value`"
    assert "read `value`" in why.facts[0].first
    assert why.facts[0].first.endswith(line_of(lost_update, "# looks"))
    assert "wrote `value`" in why.facts[0].second
    assert why.facts[0].second.endswith(line_of(lost_update, "# writes"))
    assert why.passing == ()
    assert "they part at step" in why.parting


def test_a_check_that_is_out_of_date_is_named() -> None:
    """The attribute of one object, read in a test in one method and written in another."""
    why = explained(overdrawn)
    assert why.anomaly == "check-then-act on `self.balance`"
    told = " ".join(map(str, why.facts))
    assert line_of(Account.withdraw, "# looks") in told
    assert line_of(Account.take, "# acts") in told


def test_a_deadlock_on_an_event_is_a_lost_wake_up() -> None:
    """A task waits for an event that nobody will set."""
    assert explained(missed_wake_up).anomaly == "lost wake-up"


async def lost_in_threads() -> None:
    """The updates are made by functions on worker threads."""
    value = 0

    def look() -> int:
        return value  # looks there

    def write(new: int) -> None:
        nonlocal value
        value = new  # writes there

    async def increment() -> None:
        seen = await trio.to_thread.run_sync(look)
        await trio.to_thread.run_sync(write, seen + 1)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(increment)
        nursery.start_soon(increment)
    assert value == 2


def test_lines_on_worker_threads_are_told() -> None:
    """What a function on a thread reads and writes is seen like what a task does."""
    facts = " ".join(map(str, explained(lost_in_threads).facts))
    assert line_of(lost_in_threads, "# looks there") in facts
    assert line_of(lost_in_threads, "# writes there") in facts


rows: Any = ModuleType("rows")
rows.update = lambda: None
kept: list[int] = []


def test_a_module_is_no_variable() -> None:
    """Calling one of its functions changes no name, whatever the function is called."""

    def work() -> None:
        rows.update()
        kept.append(1)

    with watched(()) as watch:
        work()
    assert {touch.name for touch in watch.touches if touch.writes} == {"kept"}


def test_what_fails_in_every_order_is_said_to() -> None:
    """There is no passing schedule, and no fact of order."""
    why = explained(always_fails)
    assert why.passing is None
    assert (why.facts, why.parting, why.anomaly) == ((), "", "")


@pytest.mark.parametrize("executions", [0, 1])
def test_the_executions_for_explaining_are_bounded(executions: int) -> None:
    """None at all leaves the failure unexplained; two more go into watching."""
    budget = Budget(schedules=100, explain_executions=executions)
    campaign = Campaign(target_of(lost_update), make_strategy("portfolio", 0), budget=budget)
    (failure,) = campaign.run().failures
    why = failure.explanation
    assert (why is None) is (executions == 0)
    assert why is None or why.executions <= executions + 2


def test_an_explanation_is_the_same_every_time() -> None:
    """Nothing in it depends on addresses."""
    assert explained(overdrawn) == explained(overdrawn)
