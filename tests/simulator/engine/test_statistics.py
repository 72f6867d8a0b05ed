"""What a search that found nothing is worth."""

from hypothesis import given
from hypothesis import strategies as st

from hocket.simulator.engine.statistics import failure_bound, pct_guarantee


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
