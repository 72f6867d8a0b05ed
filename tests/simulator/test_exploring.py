"""Exploring any async function: found, shrunk, and exactly repeatable."""

import pytest
import trio
from attrs import evolve

from hocket.simulator import (
    CounterexampleFound,
    ExitReason,
    FailureKind,
    TokenError,
    Verdict,
    explore,
    explore_or_raise,
    replay,
)
from hocket.simulator.engine.token import decode, encode


async def lost_update() -> None:
    """Two tasks read, wait and write; in some schedules one update is lost."""
    counter = {"value": 0}

    async def increment() -> None:
        seen = counter["value"]
        await trio.lowlevel.checkpoint()
        counter["value"] = seen + 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(increment)
        nursery.start_soon(increment)
    assert counter["value"] == 2


async def crossed_locks() -> None:
    """Two tasks take two locks in opposite orders."""
    first, second = trio.Lock(), trio.Lock()

    async def take(one: trio.Lock, other: trio.Lock) -> None:
        async with one:
            await trio.lowlevel.checkpoint()
            async with other:
                pass

    async with trio.open_nursery() as nursery:
        nursery.start_soon(take, first, second)
        nursery.start_soon(take, second, first)


async def two_defects() -> None:
    """Fails in two ways, told apart by where they raise."""
    order: list[str] = []

    async def add(name: str) -> None:
        await trio.lowlevel.checkpoint()
        order.append(name)

    async with trio.open_nursery() as nursery:
        for name in "abc":
            nursery.start_soon(add, name)
    if order[0] == "b":
        raise ValueError("b was first")
    if order[0] == "c":
        raise KeyError("c was first")


async def careful() -> None:
    """The same two increments under a lock."""
    counter, lock = {"value": 0}, trio.Lock()

    async def increment() -> None:
        async with lock:
            seen = counter["value"]
            await trio.lowlevel.checkpoint()
            counter["value"] = seen + 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(increment)
        nursery.start_soon(increment)
    assert counter["value"] == 2


@pytest.mark.parametrize("strategy", ["portfolio", "random", "pct"])
def test_a_lost_update_is_found_and_shrunk_to_one_preemption(strategy: str) -> None:
    """Every strategy finds it, and the report is as small as the defect."""
    result = explore(lost_update, strategy=strategy)
    (failure,) = result.failures
    assert result.verdict is Verdict.FAILED
    assert result.exit_reason is ExitReason.FAILURE
    assert failure.kind is FailureKind.EXCEPTION
    assert (failure.preemptions, failure.reorderings) == (1, 0)
    assert "AssertionError" in failure.message
    assert "test_exploring.py" in failure.message


def test_a_token_reproduces_the_failure_event_by_event() -> None:
    """Replay needs no seed and no strategy, and compares the digest of the trace."""
    failure = explore(lost_update, seed=7).failures[0]
    again = replay(lost_update, failure.token)
    assert again.reproduced
    assert again.digest == failure.digest


def test_one_seed_gives_one_campaign() -> None:
    """Same seed, same schedules, same counterexample, same trace."""
    assert explore(lost_update, seed=3).failures == explore(lost_update, seed=3).failures


def test_a_deadlock_names_who_waits_on_what_and_where() -> None:
    """Each waiting task comes with the lock's holder and the source line of its await."""
    failure = explore(crossed_locks).failures[0]
    assert failure.kind is FailureKind.DEADLOCK
    waits = {wait.task: wait for wait in failure.waits}
    assert waits["main/0"].waits_for == "a lock"
    assert waits["main/0"].held_by == ("main/1",)
    assert waits["main/1"].held_by == ("main/0",)
    assert waits["main"].held_by == ("main/0", "main/1")
    assert "test_exploring.py:" in waits["main/0"].place
    assert "take" in waits["main/0"].place
    assert waits["main/0"].which == "`other`"
    assert failure.wait_cycle == ("main/0", "main/1")


def test_the_error_of_a_deadlock_tells_the_circle() -> None:
    """In a test's log, the knot stands under the waits."""
    with pytest.raises(CounterexampleFound) as caught:
        explore_or_raise(crossed_locks)
    assert "  in a circle: main/0 waits for main/1, main/1 waits for main/0\n" in str(caught.value)


def test_keep_going_reports_two_defects_as_two_findings() -> None:
    """Failures are told apart by origin, and each origin is reported once."""
    result = explore(two_defects, schedules=60, keep_going=True)
    assert {failure.origin.name for failure in result.failures} == {"ValueError", "KeyError"}
    assert result.schedules == 60
    assert result.exit_reason is ExitReason.BUDGET
    assert all(replay(two_defects, failure.token).reproduced for failure in result.failures)


def test_a_correct_program_never_fails() -> None:
    """No failure is reported where there is none."""
    result = explore(careful, schedules=500, keep_going=True)
    assert result.verdict is Verdict.NOT_FOUND
    assert (result.schedules, result.failures) == (500, ())


def test_a_token_of_another_target_is_stale() -> None:
    """Nothing is run, and the verdict is inconclusive."""
    token = explore(lost_update).failures[0].token
    result = replay(careful, token)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.execution is None
    assert "lost_update" in result.reason


def test_text_that_is_no_token_is_refused() -> None:
    """The error says what a token looks like."""
    with pytest.raises(TokenError, match="hk1"):
        replay(lost_update, "nonsense")


def test_explore_or_raise_tells_the_story() -> None:
    """The message holds the failure, the deviations and the way to replay it."""
    with pytest.raises(CounterexampleFound) as caught:
        explore_or_raise(lost_update)
    message = str(caught.value)
    assert "1 preemption" in message
    assert "preempts main/" in message
    assert caught.value.result.failures[0].token in message


def test_an_unknown_strategy_or_model_lists_what_there_is() -> None:
    """A misspelt name is a ValueError that helps."""
    with pytest.raises(ValueError, match="portfolio"):
        explore(careful, strategy="portfoilo")
    with pytest.raises(ValueError, match="lockstep"):
        explore(careful, model="locksteps")


def test_state_from_outside_makes_the_verdict_nondeterministic() -> None:
    """A target that changes between executions is reported as such, with the difference."""
    runs: list[None] = []

    async def target() -> None:
        runs.append(None)
        await trio.lowlevel.checkpoint()
        assert len(runs) > 1

    result = explore(target)
    assert result.verdict is Verdict.NONDETERMINISTIC
    assert "did not fail again" in result.failures[0].message


def test_in_lockstep_two_short_increments_are_told_apart_from_free_orders() -> None:
    """A task that needs two steps while another has none cannot overtake within a pass."""

    async def target() -> None:
        seen: list[str] = []

        async def slow() -> None:
            await trio.lowlevel.checkpoint()
            seen.append("slow")

        async def quick() -> None:
            await trio.lowlevel.checkpoint()
            await trio.lowlevel.checkpoint()
            await trio.lowlevel.checkpoint()
            seen.append("quick")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(slow)
            nursery.start_soon(quick)
        assert seen == ["slow", "quick"]

    assert explore(target, model="free").verdict is Verdict.FAILED
    assert explore(target, model="lockstep").verdict is Verdict.NOT_FOUND


def test_a_token_of_another_fairness_rule_is_stale() -> None:
    """The rule is part of the model: under another one the choices would mean something else."""
    token = decode(explore(lost_update).failures[0].token)
    result = replay(lost_update, encode(evolve(token, spin_limit=token.spin_limit + 1)))
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "spin" in result.reason


def test_a_campaign_counts_the_schedules_in_which_a_task_spun() -> None:
    """The fairness rule left orders out there, which a report of exhaustion has to say."""

    async def target() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 1)
            for _ in range(30):
                await trio.lowlevel.checkpoint()

    result = explore(target, schedules=7, strategy="random")
    assert result.unfair == 7
    assert not explore(lost_update, schedules=3, strategy="random").unfair
