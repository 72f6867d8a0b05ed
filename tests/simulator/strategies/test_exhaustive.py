"""Depth-first search: every schedule once, and the bounds count what they say."""

from itertools import combinations
from math import comb

import pytest
import trio
from tests.simulator.strategies.small_programs import executions, interleaved, lost_update

from hocket.simulator import Verdict, explore
from hocket.simulator.endings import Profile
from hocket.simulator.strategies import Bound, Exhaustive, make_strategy


@pytest.mark.parametrize(("first", "second"), [(1, 1), (2, 2), (3, 3), (4, 2), (5, 3)])
def test_two_tasks_have_as_many_schedules_as_ways_to_merge_them(first: int, second: int) -> None:
    """The number is the binomial coefficient, and no schedule is taken twice."""
    search = Exhaustive()
    seen = [tuple(e.choices) for e in executions(interleaved(first, second), search, 1_000)]
    assert len(seen) == len(set(seen)) == comb(first + second, first)
    assert search.complete
    assert not search.pruned


def test_failing_schedules_are_counted_exactly() -> None:
    """Of the six orders of two increments four lose an update."""
    rejected = [e.rejection is not None for e in executions(lost_update, Exhaustive(), 100)]
    assert (len(rejected), sum(rejected)) == (6, 4)


def _orders(bound: Bound) -> int:
    """Merges of aaa and bbb within ``bound``, counted one by one.

    The first step follows main, which has blocked: b first is no preemption, but a delay of one.
    """
    within = 0
    for places in combinations(range(6), 3):
        order = ["a" if n in places else "b" for n in range(6)]
        switches = sum(
            order[n] != order[n - 1] and order[:n].count(order[n - 1]) < 3 for n in range(1, 6)
        )
        first = order[0] == "b"
        counted = {"preemptions": switches, "delays": switches + first}
        within += counted.get(bound.measure, switches + first) <= bound.limit
    return within


@pytest.mark.parametrize("measure", ["preemptions", "delays", "deviations"])
@pytest.mark.parametrize("limit", [0, 1, 2, 3, 9])
def test_a_bound_explores_what_is_within_it_and_nothing_else(measure: str, limit: int) -> None:
    """Each measure counts as defined, and what was left out is said."""
    bound = Bound.parse(f"{measure}={limit}")
    search = Exhaustive(bound)
    seen = len(list(executions(interleaved(3, 3), search, 100)))
    assert seen == _orders(bound)
    assert search.complete
    assert search.pruned == (seen < 20)


def test_delays_count_the_tasks_that_are_passed_over() -> None:
    """The third of three tasks first is one deviation and two delays."""
    target = interleaved(1, 1, 1, forbidden=["cab"])

    def fails(bound: str) -> bool:
        return explore(target, bound=bound).verdict is Verdict.FAILED

    assert fails("preemptions=0")
    assert fails("deviations=1")
    assert fails("delays=2")
    assert not fails("delays=1")


def test_exhaustion_is_verified_with_its_bound() -> None:
    """The verdict is won by the whole space, and a budget that is too small does not win it."""
    target = interleaved(3, 3)
    result = explore(target, strategy="exhaustive")
    assert (result.verdict, result.schedules) == (Verdict.VERIFIED, 20)
    bounded = explore(target, bound="preemptions=1")
    assert (bounded.verdict, bounded.strategy) == (
        Verdict.VERIFIED,
        "exhaustive(preemptions=1)",
    )
    assert explore(target, strategy="exhaustive", schedules=19).verdict is Verdict.NOT_FOUND


def test_a_schedule_that_the_fairness_rule_bent_is_not_verified() -> None:
    """Orders that it ruled out were not explored."""

    async def polls() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 1)
            for _ in range(22):
                await trio.lowlevel.checkpoint()

    assert explore(polls, strategy="exhaustive").verdict is Verdict.INCONCLUSIVE


def test_a_target_that_changes_ends_the_search_unverified() -> None:
    """The same choices led to other places, so that nothing can be exhausted."""
    runs: list[None] = []

    async def target() -> None:
        runs.append(None)
        await interleaved(*([2] * (1 + len(runs) % 3)))()

    result = explore(target, strategy="exhaustive")
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.schedules < 20


@pytest.mark.parametrize("text", ["2", "preemptions", "preemptions=-1", "hops=2", "delays=two"])
def test_text_that_is_no_bound_is_refused(text: str) -> None:
    """The error lists the measures."""
    with pytest.raises(ValueError, match="preemptions, delays, deviations"):
        Bound.parse(text)


def test_only_an_exhaustive_search_has_a_bound() -> None:
    """A sampler that was given one would leave the user in a false belief."""
    with pytest.raises(ValueError, match="only the strategy exhaustive"):
        make_strategy("random", 0, "preemptions=2")


def test_the_profile_of_benchmarks_does_not_branch_after_a_failure() -> None:
    """What trio does while it unwinds is choices by default, and none in that profile."""

    async def target() -> None:
        async def boom() -> None:
            raise ValueError

        async with trio.open_nursery() as nursery:
            nursery.start_soon(boom)
            nursery.start_soon(trio.sleep, 1)
            nursery.start_soon(trio.sleep, 1)

    counts = [len(list(executions(target, Exhaustive(), 100, p))) for p in Profile]
    assert counts[0] > counts[1] == 5


def test_the_profile_of_benchmarks_has_no_rule_of_fairness() -> None:
    """A task of many checkpoints is the default to its end, so that one delay is enough."""
    order = "a" * 30 + "b" + "a"
    search = Exhaustive(Bound.parse("delays=1"))
    target = interleaved(31, 1, forbidden=[order])
    assert any(e.rejection is not None for e in executions(target, search, 100))
