"""Allowances: never more than the burst at once, never more than the rate in the long run."""

from hypothesis import given
from hypothesis import strategies as st

from hocket.runtime.rates import Allowance

RATES = st.sampled_from([0.5, 1, 2, 4, 8])  # exact in floats, so that laws can be exact too
GAPS = st.lists(st.integers(0, 40).map(lambda quarter: quarter / 4), max_size=60)


@given(st.integers(1, 9), RATES, GAPS)
def test_no_span_of_time_gives_more_than_it_may(
    burst: int, per_second: float, gaps: list[float]
) -> None:
    """In each span there are at most ``burst`` and the rate times its length."""
    now, spent = 0.0, list[float]()
    allowance = Allowance(burst, per_second, now)
    for gap in gaps:
        now += gap
        if allowance.spend(now):
            spent.append(now)
    for i, first in enumerate(spent):
        for j, last in enumerate(spent[i:]):
            assert j + 1 <= burst + (last - first) * per_second


@given(st.integers(1, 9), RATES)
def test_whoever_keeps_to_the_rate_is_never_refused(burst: int, per_second: float) -> None:
    """However long it lasts."""
    allowance = Allowance(burst, per_second, 0.0)
    assert all(allowance.spend(n / per_second) for n in range(100))
