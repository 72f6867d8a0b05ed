"""Each kind of property is seen to hold and seen to fail on planted observations."""

from collections.abc import Mapping
from typing import Any

import pytest

from hocket.scenarios.checkers import Checker
from hocket.scenarios.expectations import checkers, sometimes, witnesses
from hocket.scenarios.language.model import EventPattern, Scenario
from hocket.scenarios.language.parser import parse
from hocket.simulator.invariants import Monitor, Observation, Violation

REQUESTS = {"t": "q1", "u": "q2"}


def scenario_of(asked: str) -> Scenario:
    """A scenario that expects what the lines of ``asked`` say."""
    lines = "\n".join(f"    {line}" for line in asked.splitlines())
    result = parse(f"scenario s\n  expect\n{lines}\n", name="x")
    assert result.diagnostics == ()
    return result.scenarios[0]


def checker_of(asked: str, requests: Mapping[str, str] = REQUESTS) -> Checker:
    (checker,) = checkers(scenario_of(asked), requests)
    return checker


Planted = tuple[str, dict[str, Any]] | tuple[str, dict[str, Any], float]


def judge(checker: Checker, *events: Planted, end: float = 100.0) -> Violation | None:
    """What the checker says about these events, in order, and about the end."""
    monitor = Monitor([checker])
    for kind, fields, *time in events:
        violation = monitor.observe(kind, fields, *(time or [0.0]))
        if violation is not None:
            return violation
    return monitor.conclude(end)


def status(run: str, new: str, old: str | None = "running", request: str = "") -> Planted:
    return "run.status", {"run": run, "old": old, "new": new, "request": request}


def accepted(run: str, request: str) -> Planted:
    return status(run, "accepted", None, request)


def started(run: str, tool: str = "f") -> Planted:
    return "tool.start", {"run": run, "tool": tool}


def ended(outcome: str, run: str = "r1") -> Planted:
    fields = {"run": run, "tool": "f", "model_call": "call_1", "outcome": outcome}
    return "tool.end", fields


T, U = accepted("r1", "q1"), accepted("r2", "q2")
T_DONE, U_DONE = status("r1", "completed"), status("r2", "completed")
T_OFF = status("r1", "cancelled")

HOLD_OR_FAIL: list[tuple[str, list[Planted], tuple[int, ...] | None]] = [
    # the property, the events, and the indices of the violation, or None if it holds
    ("never turn.completed(turn: t)", [T, U, U_DONE], None),
    ("never turn.completed(turn: t)", [T, U, T_DONE], (2,)),
    ("never turn.terminal(turn: t)", [T, status("r1", "expired")], (1,)),
    ("never turn.started(turn: t)", [T, status("r1", "running", "resuming")], None),
    ("never turn.started(turn: t)", [T, status("r1", "running", "accepted")], (1,)),
    (
        "always tool.started(turn: t) with (tool: f)",
        [T, U, started("r1"), started("r2", "g")],
        None,
    ),
    ("always tool.started(turn: t) with (tool: f)", [T, started("r1"), started("r1", "g")], (2,)),
    ("always tool.started with (tool: f)", [], None),
    ("exactly once turn.completed(turn: t)", [T, U, U_DONE, T_DONE], None),
    ("exactly once turn.completed(turn: t)", [T, U, U_DONE], ()),
    ("exactly once turn.completed(turn: t)", [T, T_DONE, T_DONE], (1, 2)),
    ("at most once tool.started(tool: f)", [started("r1"), started("r1", "g")], None),
    ("at most once tool.started(tool: f)", [], None),
    ("at most once tool.started(tool: f)", [started("r1"), started("r2")], (0, 1)),
    ("at most once tool.started per turn", [started("r1"), started("r2")], None),
    ("at most once tool.started per turn", [started("r1"), started("r1")], (0, 1)),
    ("exactly one of turn.completed(turn: t), turn.cancelled(turn: t)", [T, T_DONE], None),
    ("exactly one of turn.completed(turn: t), turn.cancelled(turn: t)", [T, T_OFF], None),
    ("exactly one of turn.completed(turn: t), turn.cancelled(turn: t)", [T], ()),
    ("exactly one of turn.completed(turn: t), turn.cancelled(turn: t)", [T, T_DONE, T_OFF], (1, 2)),
    ("turn.completed(turn: t) before turn.completed(turn: u)", [T, U, T_DONE, U_DONE], None),
    ("turn.completed(turn: t) before turn.completed(turn: u)", [T, U, T_DONE], None),
    ("turn.completed(turn: t) before turn.completed(turn: u)", [T, U, U_DONE, T_DONE], (2,)),
    ("after turn.cancelled(turn: t) never tool.started(turn: t)", [T, started("r1"), T_OFF], None),
    (
        "after turn.cancelled(turn: t) never tool.started(turn: t)",
        [T, T_OFF, started("r2"), started("r1")],
        (1, 3),
    ),
    ("eventually turn.completed(turn: t)", [T, T_DONE], None),
    ("eventually turn.completed(turn: t)", [T], ()),
    ("eventually turn.completed(turn: t) within 5s", [T, (*T_DONE[:2], 5.0)], None),
    ("eventually turn.completed(turn: t) within 5s", [T, (*T_DONE[:2], 5.1)], (1,)),
    ("eventually turn.completed(turn: t) within 5s", [T, (*U[:2], 5.1), T_DONE], (1,)),
    ("eventually turn.completed(turn: t) within 5s", [T], ()),
    ("finally no pending", [("quiesce", {"runs": (), "approvals": (), "calls": ()})], None),
    ("finally no pending", [("quiesce", {"runs": (), "approvals": ("a1",), "calls": ()})], (0,)),
    ('never call.timed_out(id: "call_1")', [ended("succeeded")], None),
    ('never call.timed_out(id: "call_1")', [ended("timed_out")], (0,)),
    ("never turn.rejected(turn: t)", [("turn.reject", {"request": "q2", "code": "busy"})], None),
    ("never turn.rejected(turn: t)", [("turn.reject", {"request": "q1", "code": "busy"})], (0,)),
    ("never approval.voided", [("appr.end", {"reason": "expired"})], (0,)),
    ('never result.accepted(value: "AAA")', [("wire.resolve", {"value": "AAA <ann.T.3>"})], (0,)),
    ('never result.accepted(value: "AAA")', [("wire.resolve", {"value": "AAAA"})], None),
    (
        'never model.asked(says: "hi")',
        [("llm.request", {"messages": (("system", "", None), ("user", "hi <ann.T.1>", None))})],
        (0,),
    ),
    (
        'never model.asked(says: "hi")',
        [("llm.request", {"messages": (("user", "oh hi", None),)})],
        None,
    ),
]


@pytest.mark.parametrize(("asked", "events", "indices"), HOLD_OR_FAIL)
def test_a_property_holds_or_fails(
    asked: str, events: list[Planted], indices: tuple[int, ...] | None
) -> None:
    """A violation names the property by its spelling and the clashing events by their indices."""
    violation = judge(checker_of(asked), *events)
    if indices is None:
        assert violation is None
    else:
        assert violation is not None
        assert (violation.property, violation.indices) == (asked, indices)
        assert violation.message


VACUITY: list[tuple[str, list[Planted], bool]] = [
    ('never result.accepted(value: "x")', [], True),
    ('never result.accepted(value: "x")', [("wire.resolve", {"value": "y"})], True),
    ("exactly once turn.completed(turn: t)", [T, T_DONE], True),
    ("at most once tool.started", [], True),
    ("at most once tool.started", [started("r1")], True),
    ("turn.paused(turn: t) before tool.started", [T], False),
    ("turn.accepted(turn: t) before tool.started", [T, started("r1")], True),
    ("after turn.cancelled(turn: t) never tool.started", [T, started("r1")], False),
    ("after turn.cancelled(turn: t) never tool.started", [T, T_OFF], True),
    ("eventually turn.completed(turn: t)", [T, T_DONE], True),
    ("finally no pending", [], False),
    ("finally no pending", [("quiesce", {"runs": (), "approvals": (), "calls": ()})], True),
]


@pytest.mark.parametrize(("asked", "events", "triggered"), VACUITY)
def test_a_property_knows_whether_it_was_put_to_the_test(
    asked: str, events: list[Planted], triggered: bool
) -> None:
    """A property that held because nothing it is about happened says so."""
    checker = checker_of(asked)
    assert judge(checker, *events) is None
    assert checker.triggered is triggered


def test_turns_are_bound_while_the_run_goes_on() -> None:
    """A name given to a request after the run was accepted is known from then on."""
    requests: dict[str, str] = {}
    monitor = Monitor([checker_of("never turn.completed(turn: t)", requests)])
    assert monitor.observe(*T[:2], 0.0) is None
    assert monitor.observe(*T_DONE[:2], 0.0) is None
    requests["t"] = "q1"
    assert monitor.observe(*T_DONE[:2], 0.0) is not None


def test_a_turn_that_nobody_asked_for_has_no_events() -> None:
    """An event without a run is not taken for one of a turn without a run."""
    checker = checker_of("never tool.started(turn: nobody)", {})
    assert judge(checker, ("tool.start", {"run": None}), ("tool.start", {"run": ""})) is None


def test_checkers_know_where_they_come_from() -> None:
    """A checker has the line of its property, a statement, and asks for the kinds it judges."""
    first, second = checkers(scenario_of("never turn.failed\nfinally no pending"), REQUESTS)
    assert (first.line, second.line) == (3, 4)
    assert first.kinds == {"run.status"}
    assert second.kinds == {"quiesce"}
    assert first.statement != second.statement


def test_sometimes_is_for_the_campaign() -> None:
    """``sometimes`` makes no checker; its witness tells whether one execution showed it."""
    scenario = scenario_of("sometimes turn.cancelled(turn: t)\nnever turn.failed")
    assert len(checkers(scenario, REQUESTS)) == 1
    assert [pattern.word for pattern in sometimes(scenario)] == ["turn.cancelled"]
    for events, met in (([T, T_DONE], False), ([T, T_OFF, T_DONE], True)):
        (witness,) = witnesses(scenario, REQUESTS)
        assert (witness.name, witness.line) == ("sometimes turn.cancelled(turn: t)", 3)
        for index, event in enumerate(events):
            assert event[0] in witness.kinds
            witness.observe(Observation(index, 0.0, event[0], event[1]))
        assert witness.met is met


def test_a_varied_scenario_has_no_checkers() -> None:
    """Conditions are decided before a run begins, not during it."""
    with pytest.raises(ValueError, match="no property of one execution"):
        checkers(scenario_of("when d < 5s\n  never turn.failed"), REQUESTS)


def test_patterns_without_arguments_match_all_events_of_the_word() -> None:
    """An argument that is not given is free."""
    assert sometimes(scenario_of("sometimes turn.failed")) == (EventPattern("turn.failed"),)
    assert judge(checker_of("never turn.failed"), status("r9", "failed")) is not None
