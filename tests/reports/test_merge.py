"""Bundles are merged by rules that do not care for the order or the number of times."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from tests.reports.strategies import bundles

from hocket.reports.bundle import Bundle, BundleError
from hocket.reports.environment import Environment, Shard, here
from hocket.reports.merge import doubts, gaps, merge
from hocket.reports.results import Row
from hocket.simulator.engine.outcome import ExitReason, Verdict

MakeRow = Callable[..., Row]


def environment(number: int = 1, total: int = 1, **other: Any) -> Environment:
    """One campaign's, of a shard with two scenarios."""
    made = here({}, sources="", selected=2, shard=Shard(number, total))
    return evolve(made, **other)


@given(bundles(), bundles())
def test_merging_is_commutative(one: Bundle, other: Bundle) -> None:
    """Which shard came first is chance."""
    assert merge([one, other]) == merge([other, one])


@given(bundles(), bundles(), bundles())
def test_merging_is_associative(one: Bundle, two: Bundle, three: Bundle) -> None:
    """Shards may be joined in any grouping, also one after the other as they arrive."""
    left = merge([merge([one, two]), three])
    assert left == merge([one, merge([two, three])]) == merge([one, two, three])


@given(bundles(), bundles())
def test_merging_is_idempotent(one: Bundle, other: Bundle) -> None:
    """A shard that was delivered twice counts once."""
    merged = merge([one, other])
    assert merge([merged, one]) == merge([merged, merged]) == merged


@given(bundles(), bundles())
def test_nothing_is_lost(one: Bundle, other: Bundle) -> None:
    """Each row of either is there, or one of the same key that says at least as much."""
    merged = merge([one, other])
    keys = {row.key for bundle in (one, other) for row in bundle.rows}
    assert {row.key for row in merged.rows} == keys
    assert merged.coverage == one.coverage | other.coverage
    failed = {r.key for b in (one, other) for r in b.rows if r.verdict is Verdict.FAILED}
    assert {row.key for row in merged.rows if row.verdict is Verdict.FAILED} == failed


@pytest.mark.parametrize(
    ("kept", "left"),
    [
        (Verdict.FAILED, Verdict.VERIFIED),
        (Verdict.VERIFIED, Verdict.NOT_FOUND),
        (Verdict.NOT_FOUND, Verdict.INCONCLUSIVE),
        (Verdict.INCONCLUSIVE, Verdict.UNSUPPORTED),
    ],
)
def test_of_two_results_the_one_that_says_more_is_kept(
    row: MakeRow, kept: Verdict, left: Verdict
) -> None:
    """A counterexample outdoes a proof, and a proof a search, whatever it cost."""
    more, less = row(kept, schedules=1), row(left, schedules=9)
    merged = merge([Bundle((), (less,)), Bundle((), (more,))])
    assert merged.rows == (more,)


def test_another_version_of_hocket_is_refused() -> None:
    """Its verdicts may not mean the same."""
    parts = [Bundle((environment(tool=tool),), ()) for tool in ("0.1.0", "0.2.0")]
    with pytest.raises(BundleError, match=r"hocket 0\.1\.0 and 0\.2\.0 cannot be merged"):
        merge(parts)


def test_another_python_or_hash_seed_is_told() -> None:
    """They should make no difference, so whoever sees one wants to know."""
    parts = [
        Bundle((environment(python="3.11.9", hash_seed="0"),), ()),
        Bundle((environment(python="3.13.0", hash_seed="random"),), ()),
    ]
    told = doubts(merge(parts))
    assert told == [
        "the parts have another Python each: 3.11.9, 3.13.0",
        "the parts have another hash seed each: 0, random",
    ]
    assert doubts(parts[0]) == []


def test_lost_shards_are_told(row: MakeRow) -> None:
    """By number, and so that nobody takes seven for eight."""
    rows = [row(name=str(n), position=n) for n in range(6)]
    parts = [Bundle((environment(n, 4),), tuple(rows[2 * n - 2 : 2 * n])) for n in (1, 3)]
    assert gaps(merge(parts)) == ["2 of 4 shards; missing: 2, 4"]
    whole = [Bundle((environment(n, 4),), ()) for n in (1, 2, 3, 4)]
    assert gaps(merge(whole)) == ["0 of 8 scenarios explored"]


def test_a_campaign_that_was_cut_is_told(row: MakeRow) -> None:
    """What was interrupted counts as not explored."""
    rows = (row(name="a"), row(name="b", exit_reason=ExitReason.INTERRUPTED))
    assert gaps(Bundle((environment(),), rows)) == ["1 of 2 scenarios explored"]
    assert gaps(Bundle((environment(),), (row(name="a"), row(name="b")))) == []
