"""What a search that found nothing is worth."""

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from hocket.simulator.engine.statistics import (
    WORTH_TELLING,
    Guarantee,
    Sample,
    failure_bound,
    pct_guarantee,
)


@given(st.integers(1, 100_000), st.floats(0.5, 0.999))
def test_the_failure_bound_is_exact(schedules: int, confidence: float) -> None:
    """At the bound itself, the chance to see no failure in so many draws is 1 - confidence."""
    p = failure_bound(schedules, confidence)
    assert abs((1 - p) ** schedules - (1 - confidence)) < 1e-6


def test_no_schedules_bound_nothing() -> None:
    """Without a single draw every failure rate is possible."""
    assert failure_bound(0) == 1.0


@given(st.integers(1, 8), st.integers(1, 100), st.integers(1, 4), st.integers(0, 1000))
def test_the_pct_guarantee_grows_with_schedules(n: int, k: int, depth: int, schedules: int) -> None:
    """It is a probability, and one more schedule never lowers it."""
    now = pct_guarantee(tasks=n, steps=k, depth=depth, schedules=schedules)
    later = pct_guarantee(tasks=n, steps=k, depth=depth, schedules=schedules + 1)
    assert 0.0 <= now <= later <= 1.0


@given(st.integers(1, 8), st.integers(1, 100), st.integers(1, 4), st.integers(0, 1000))
def test_a_guarantee_is_told_if_it_held_and_is_large(n: int, k: int, d: int, drawn: int) -> None:
    """Below five percent, or once a schedule was larger than was measured, there is none."""
    chance = pct_guarantee(tasks=n, steps=k, depth=d, schedules=drawn)
    told = chance if chance >= WORTH_TELLING else None
    assert Guarantee(n, k, d, drawn, held=True).chance == told
    assert Guarantee(n, k, d, drawn, held=False).chance is None


def test_only_steady_samplers_speak_of_what_comes_next() -> None:
    """A search that learns from its own schedules has no next draw like the last ones."""
    measured = Guarantee(tasks=2, steps=9, depth=2, schedules=97, held=True)
    guided = Sample("guided", 100, independent=False, classes=20, singletons=5)
    assert evolve(guided, strategy="random", independent=True).chance_of_new == 0.05
    assert evolve(guided, strategy="pct(2)", guarantee=measured).chance_of_new == 0.05
    assert guided.chance_of_new is None
    assert Sample("random", 100, independent=True).chance_of_new is None


def test_only_independent_draws_bound_the_failure_rate() -> None:
    """The exact bound is for the random walk alone."""
    assert Sample("random", 100, independent=True).bound == failure_bound(100)
    assert Sample("surw", 100, independent=False).bound is None
    assert Sample("random", 0, independent=True).bound is None
