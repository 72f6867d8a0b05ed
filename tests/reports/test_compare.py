"""Every kind of change between two campaigns is told, and none where there is none."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from hocket.reports.baseline import Standing, finding, standing_of
from hocket.reports.compare import GATES, Change, ChangeKind, compare, regressions
from hocket.reports.results import Row
from hocket.simulator.engine.outcome import FailureKind, Origin, Verdict

MakeRow = Callable[..., Row]


def standing(verdict: Verdict = Verdict.NOT_FOUND, **fields: Any) -> Standing:
    """A scenario with nothing remarkable about it."""
    found = ("invariant: A",) if verdict is Verdict.FAILED else ()
    usual: dict[str, Any] = {
        "file": "f.hocket",
        "name": "race",
        "strategy": "random",
        "schedules": 100,
        "classes": 50,
        "found_after": 7 if found else 0,
        "cut": False,
        "findings": found,
    }
    return Standing(verdict=verdict, **{**usual, **fields})


FAILED, SAMPLED = standing(Verdict.FAILED), standing()
VERIFIED = standing(Verdict.VERIFIED, strategy="exhaustive(preemptions=2)")


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        (SAMPLED, FAILED, ["new-failure"]),
        (FAILED, FAILED, ["still-failing"]),
        (FAILED, evolve(FAILED, findings=("invariant: B",)), ["new-failure"]),
        (FAILED, SAMPLED, ["fixed"]),
        (FAILED, standing(Verdict.INCONCLUSIVE), ["weakened"]),
        (VERIFIED, SAMPLED, ["weakened"]),
        (VERIFIED, evolve(VERIFIED, strategy="exhaustive(preemptions=1)"), ["weakened"]),
        (VERIFIED, evolve(VERIFIED, strategy="exhaustive(delays=1)"), []),
        (evolve(VERIFIED, strategy="exhaustive"), VERIFIED, ["weakened"]),
        (VERIFIED, evolve(VERIFIED, strategy="exhaustive(preemptions=3)"), []),
        (SAMPLED, VERIFIED, []),
        (SAMPLED, standing(schedules=50), ["weakened"]),
        (SAMPLED, standing(schedules=50, cut=True), []),
        (SAMPLED, standing(Verdict.UNSUPPORTED), ["weakened"]),
        (SAMPLED, standing(Verdict.NONDETERMINISTIC), ["weakened"]),
        (standing(pairs=("a", "b")), standing(pairs=("b", "c")), ["coverage-lost"]),
        (standing(pairs=("a",)), evolve(FAILED, pairs=()), ["new-failure"]),
        (standing(pairs=("a",)), standing(cut=True), []),
        (SAMPLED, standing(vacuous=("never x",)), ["vacuous"]),
        (standing(vacuous=("never x",)), standing(vacuous=("never x",)), []),
        (FAILED, evolve(FAILED, found_after=15), ["still-failing", "cost-up"]),
        (FAILED, evolve(FAILED, found_after=14), ["still-failing"]),
        (VERIFIED, evolve(VERIFIED, schedules=201), ["cost-up"]),
        (SAMPLED, None, ["removed"]),
        (None, SAMPLED, ["added"]),
        (None, FAILED, ["new-failure", "added"]),
    ],
)
def test_each_change_has_its_kind(
    before: Standing | None, after: Standing | None, kinds: list[str]
) -> None:
    """Verdicts, bounds, coverage, vacuity, cost, and what came or went."""
    changes = compare(filter(None, [before]), filter(None, [after]))
    assert [change.kind for change in changes] == kinds


def test_sentences_say_what_was_and_what_is() -> None:
    """With the bound of what was verified, and the names of what was covered."""
    (weaker,) = compare([VERIFIED], [SAMPLED])
    assert weaker.sentence == (
        "it was verified by exhaustive(preemptions=2) (100 schedules), "
        "and is not found in 100 schedules"
    )
    (lost,) = compare([standing(pairs=("run a: b", "run c: d"))], [SAMPLED])
    assert lost.sentence == "no schedule shows any more: run a: b; run c: d"


def test_scenarios_are_compared_by_file_name_and_strategy() -> None:
    """What has the same strategy first; and then one with what took its place."""
    random, pct = standing(), standing(strategy="pct(3)")
    assert compare([random, pct], [pct, random]) == ()
    elsewhere = standing(file="g.hocket")
    assert [c.kind for c in compare([random], [elsewhere])] == ["removed", "added"]


verdicts = st.sampled_from(Verdict)
standings = st.builds(
    standing,
    verdicts,
    name=st.sampled_from("ab"),
    strategy=st.sampled_from(["random", "exhaustive(delays=1)", "exhaustive(delays=2)"]),
    schedules=st.integers(0, 3),
    pairs=st.frozensets(st.sampled_from("xy")).map(sorted).map(tuple),
)


@given(st.lists(standings, unique_by=lambda s: (s.name, s.strategy)))
def test_a_campaign_beside_itself_has_no_regression(sides: list[Standing]) -> None:
    """Whatever is compared with itself only fails still."""
    changes = compare(sides, reversed(sides))
    assert {change.kind for change in changes} <= {ChangeKind.STILL_FAILING}
    assert regressions(changes, GATES) == ()


@given(st.lists(standings, unique_by=lambda s: (s.name, s.strategy)), st.randoms())
def test_changes_do_not_depend_on_the_order_of_rows(sides: list[Standing], dice: Any) -> None:
    """The worst come first, and then scenarios by name."""
    mixed = dice.sample(sides, len(sides))
    assert compare(sides, [SAMPLED]) == compare(mixed, [SAMPLED])


def test_the_gate_lets_through_what_it_is_not_told() -> None:
    """New failures never; the other kinds only by policy; and costs in any case."""
    changes = [Change(kind, "f", "n", "") for kind in ChangeKind]
    assert [c.kind for c in regressions(changes)] == ["new-failure"]
    assert [c.kind for c in regressions(changes, [ChangeKind.VACUOUS])] == [
        "new-failure",
        "vacuous",
    ]
    assert ChangeKind.COST_UP not in GATES


def test_a_finding_does_not_move_with_its_line() -> None:
    """An edit above it is no new failure; another function, exception or property is."""
    names = {
        finding(Origin(FailureKind.EXCEPTION, name, place))
        for name, place in [
            ("KeyError", "main:3"),
            ("KeyError", "main:30"),
            ("KeyError", "other:3"),
            ("ValueError", "main:3"),
        ]
    }
    assert sorted(names) == [
        "exception: KeyError in main",
        "exception: KeyError in other",
        "exception: ValueError in main",
    ]


def test_a_row_stands_where_its_verdict_is(row: MakeRow) -> None:
    """An expectation that an exhausted search never met is a finding of its own."""
    failed = standing_of(row(Verdict.FAILED, pairs=("p",), classes=3))
    assert failed.findings == ("invariant: at most once: tool.start",)
    assert (failed.found_after, failed.pairs, failed.classes) == (17, ("p",), 3)
    unmet = standing_of(row(Verdict.VERIFIED, unmet=("sometimes x",)))
    assert (unmet.verdict, unmet.findings) == (Verdict.FAILED, ("never seen: sometimes x",))
