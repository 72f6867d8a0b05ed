"""Sentences on what a verdict is worth, and exit codes."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from hocket.reports.exits import Exit
from hocket.reports.results import Row
from hocket.reports.verdicts import exit_code, hints, most_urgent, worth
from hocket.simulator.engine.outcome import ExitReason, Verdict
from hocket.simulator.engine.statistics import Guarantee, Sample

MakeRow = Callable[..., Row]

F = Verdict.FAILED
V = Verdict.VERIFIED
N = Verdict.NOT_FOUND
Q = Verdict.INCONCLUSIVE
D = Verdict.NONDETERMINISTIC
U = Verdict.UNSUPPORTED
E = Verdict.ERROR


@pytest.mark.parametrize(
    ("verdicts", "options", "code"),
    [
        ([N, V], {}, 0),
        ([N, F], {}, 1),
        ([Q], {}, 3),
        ([D, N], {}, 3),
        ([E], {}, 4),
        ([], {}, 5),
        ([U, N], {}, 0),
        ([U, N], {"strict": True}, 3),
        ([N], {"vacuous": True}, 0),
        ([N], {"vacuous": True, "strict": True}, 3),
        ([N, V], {"strict": True}, 0),
        ([Q, F, N], {}, 1),
        ([F, U], {"strict": True}, 1),
        ([F, E, Q], {}, 4),
        ([N], {"interrupted": True}, 130),
        ([E, F], {"interrupted": True}, 130),
        ([], {"interrupted": True}, 130),
    ],
)
def test_exit_code(verdicts: list[Verdict], options: dict[str, Any], code: int) -> None:
    """One code tells the most urgent thing that the run met."""
    assert exit_code(verdicts, **{"strict": False, "interrupted": False, **options}) == code


def test_urgency() -> None:
    """130 before 4 before 2 before 1 before 3 before 5 before 0, whatever the order met."""
    order = [130, 4, 2, 1, 3, 5, 0]
    for number, code in enumerate(order):
        assert most_urgent(map(Exit, reversed(order[number:]))) == code
    assert most_urgent([]) is Exit.OK


DRAWN = Sample("random", 2_000, independent=True, classes=40, singletons=5)
MEASURED = Guarantee(tasks=3, steps=10, depth=2, schedules=1_997, held=True)


def test_independent_draws_have_the_exact_bound(row: MakeRow) -> None:
    """The strategy random, and it alone, supports a probability."""
    assert worth(row(samples=(DRAWN,))) == (
        "not found in 2,000 schedules; "
        "one drawn by random fails with probability under 0.15% (95% confidence)"
    )


def test_a_number_that_was_not_fixed_beforehand_bounds_nothing(row: MakeRow) -> None:
    """Who stops for another reason might have stopped because of what came."""
    stopped = row(samples=(DRAWN,), exit_reason=ExitReason.TIME)
    assert worth(stopped) == "not found in 2,000 schedules"


def test_pct_tells_its_bound_with_its_numbers(row: MakeRow) -> None:
    """The probability, rounded down, and the four numbers that it follows from."""
    pct = Sample("pct(2)", 2_000, independent=False, guarantee=evolve(MEASURED, schedules=29))
    assert worth(row(strategy="pct(2)", samples=(pct,))) == (
        "not found in 2,000 schedules; pct(2) would have met any one bug of depth 2 "
        "with probability 62% or more (n=3, k=10, d=2, N=29)"
    )
    withdrawn = evolve(pct, guarantee=evolve(MEASURED, held=False))
    assert worth(row(strategy="pct(2)", samples=(withdrawn,))) == "not found in 2,000 schedules"


def test_a_mixture_has_only_its_count(row: MakeRow) -> None:
    """What its members are worth is no sentence about it."""
    both = (DRAWN, Sample("guided", 2_000, independent=False))
    assert worth(row(strategy="portfolio", samples=both)) == "not found in 2,000 schedules"


def test_hints_tell_classes_and_members(row: MakeRow) -> None:
    """The classes met, each member's own bound, and how likely something new is."""
    pct = Sample("pct(2)", 2_000, False, classes=9, singletons=1, guarantee=MEASURED)
    guided = Sample("guided", 2_000, False, classes=90, singletons=30)
    bound = "one drawn by random fails with probability under 0.15% (95% confidence)"
    guarantee = (
        "pct(2) would have met any one bug of depth 2 "
        "with probability 99% or more (n=3, k=10, d=2, N=1,997)"
    )
    told = hints(row(strategy="portfolio", samples=(DRAWN, pct, guided), classes=120))
    assert told == (
        "120 happens-before classes met",
        f"of 2,000 schedules {bound}",
        "the next one by random is of a new class with a chance of about 0.25%",
        f"of 2,000 schedules {guarantee}",
        "the next one by pct(2) is of a new class with a chance of about 0.05%",
    )


def test_there_are_no_hints_where_nobody_counted_or_something_failed(row: MakeRow) -> None:
    """A failure needs no statistics, and no count none."""
    assert not hints(row(samples=(DRAWN,)))
    assert not hints(row(F, samples=(DRAWN,), classes=3))


def test_a_verified_row_states_its_bound(row: MakeRow) -> None:
    """The number of schedules, the strategy and the model bound what was verified."""
    sentence = worth(row(V, schedules=22, strategy="exhaustive"))
    assert "22 schedules of exhaustive in the free model" in sentence


def test_a_failed_row_says_where_it_was_found(row: MakeRow) -> None:
    """The schedule and the strategy that met it are named."""
    assert "schedule 17 by pct(3)" in worth(row(F))


def test_what_was_never_seen_is_named(row: MakeRow) -> None:
    """An unmet expectation is the reason of the verdict it gives, after a search or all of it."""
    for verdict in (N, V):
        assert "never seen" in worth(row(verdict, unmet=("sometimes x",)))
        assert worth(row(verdict, unmet=("sometimes x",))).endswith(": sometimes x")


@pytest.mark.parametrize("verdict", [D, U, E, Q])
def test_a_row_without_a_conclusion_gives_its_reason(row: MakeRow, verdict: Verdict) -> None:
    """The note says why; without one, why the campaign stopped is said."""
    assert worth(row(verdict, note="needs delegation")).endswith(": needs delegation")
    assert worth(row(verdict)).endswith(f": {ExitReason.BUDGET.value}")


def test_an_interrupted_row_says_how_far_it_came(row: MakeRow) -> None:
    """What was done until then counts, and no more."""
    sentence = worth(row(Q, exit_reason=ExitReason.INTERRUPTED, schedules=3))
    assert sentence.startswith("interrupted after 3 schedules")


@pytest.mark.parametrize("verdict", list(Verdict))
@pytest.mark.parametrize("strategy", ["random", "pct(3)", "portfolio"])
def test_no_sentence_claims_too_much(row: MakeRow, verdict: Verdict, strategy: str) -> None:
    """Nothing is ever proved or guaranteed."""
    for unmet in ((), ("sometimes x",)):
        sentence = worth(row(verdict, strategy=strategy, unmet=unmet))
        assert sentence
        assert "prove" not in sentence
        assert "guarantee" not in sentence


def test_exhaustion_that_the_fairness_rule_spoiled_says_so(row: Callable[..., Row]) -> None:
    """All schedules were explored, and still some orders were left out."""
    spoiled = row(Verdict.INCONCLUSIVE, exit_reason=ExitReason.EXHAUSTED, unfair=3)
    told = worth(spoiled)
    assert told.endswith("all there are, but in 3 schedules a task only spun")
