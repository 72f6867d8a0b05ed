"""Values of Hypothesis's strategies as choices of a schedule, and explored functions under it."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from hocket.simulator import CounterexampleFound, Verdict, explore, explored, replay
from hocket.simulator.drawing import draw, run_given


async def adds_up() -> None:
    """Some tasks add an amount each, with a checkpoint between reading and writing."""
    tasks, amount = draw(st.integers(2, 6)), draw(st.integers(1, 1000))
    total = 0

    async def add() -> None:
        nonlocal total
        seen = total
        await trio.lowlevel.checkpoint()
        total = seen + amount

    async with trio.open_nursery() as nursery:
        for _ in range(tasks):
            nursery.start_soon(add)
    assert total == tasks * amount, (tasks, amount)


@pytest.mark.parametrize("seed", range(3))
def test_data_shrink_with_the_schedule(seed: int) -> None:
    """Two tasks, an amount of one and one preemption are left, and the token has them all."""
    result = explore(adds_up, seed=seed)
    failure = result.failures[0]
    assert failure.preemptions == 1
    assert "AssertionError: (2, 1)" in failure.message
    assert replay(adds_up, failure.token).reproduced


def test_an_assumption_that_does_not_hold_is_no_failure() -> None:
    """Nor is a filter that nothing passes."""

    async def target() -> None:
        draw(st.integers().filter(lambda _: False))

    assert explore(target, schedules=20).verdict is Verdict.NOT_FOUND


VALID: dict[str, tuple[st.SearchStrategy[Any], Callable[[Any], bool]]] = {
    "any integer": (st.integers(), lambda n: isinstance(n, int)),
    "a wide range": (st.integers(-3, 10**9), lambda n: -3 <= n <= 10**9),
    "a narrow range": (st.integers(5, 7), lambda n: n in (5, 6, 7)),
    "any float": (st.floats(), lambda f: isinstance(f, float)),
    "an open range": (st.floats(0, 1, exclude_min=True), lambda f: 0 < f <= 1),
    "text": (st.text("abc", min_size=2), lambda t: len(t) >= 2 and set(t) <= set("abc")),
    "bytes": (st.binary(max_size=3), lambda b: len(b) <= 3),
    "a set": (st.sets(st.sampled_from("abcdef"), min_size=1), lambda s: 1 <= len(s) <= 6),
    "built": (
        st.builds(dict, a=st.none() | st.booleans()),
        lambda d: d["a"] in (None, True, False),
    ),
    "nested": (st.recursive(st.just(0), st.lists, max_leaves=4), lambda v: v == 0 or list(v) == v),
}


@pytest.mark.parametrize("kind", VALID)
def test_every_kind_of_value_is_valid(kind: str) -> None:
    """Whatever is chosen, among at least two options, the value is one of the generator's."""
    generator, valid = VALID[kind]

    @given(value=generator)
    def test(value: object) -> None:
        assert valid(value), value

    for seed in range(50):
        random = Random(seed)

        def chosen(_label: str, options: int, random: Random = random) -> int:
            return random.randrange(0, options) if options > 1 else 1 // 0

        run_given(test, chosen, {})


def test_the_first_options_are_the_simplest_value() -> None:
    """As those of every choice are."""
    drawn: dict[str, object] = {}
    run_given(given(a=st.integers(3), b=st.text(), c=st.floats())(_takes), lambda _l, _n: 0, drawn)
    assert drawn == {"a": 3, "b": "", "c": 0.0}


def _takes(a: int, b: str, c: float) -> None:
    """A test of three values."""


def test_outside_of_an_execution_a_drawn_value_is_the_simplest() -> None:
    """As every choice takes its default there."""
    assert draw(st.lists(st.integers(1, 5), min_size=1)) == [1]


def test_each_example_of_hypothesis_is_explored() -> None:
    """It shrinks the data, and for each of them the schedule is searched and shrunk."""
    tried: list[int] = []

    @given(st.integers(1, 8))
    @settings(max_examples=20, deadline=None, database=None)
    @explored(schedules=30)
    async def increments(tasks: int) -> None:
        value = 0

        async def increment() -> None:
            nonlocal value
            seen = value
            await trio.lowlevel.checkpoint()
            value = seen + 1

        tried.append(tasks)
        async with trio.open_nursery() as nursery:
            for _ in range(tasks):
                nursery.start_soon(increment)
        assert value == tasks

    with pytest.raises(CounterexampleFound) as found:
        increments()
    assert tried[-1] == 2
    assert found.value.result.failures[0].preemptions == 1
