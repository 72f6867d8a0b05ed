"""The set of built-in invariants as a whole."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hocket.runtime.protocol.events import EVENT_FIELDS
from hocket.runtime.protocol.lifecycle import ApprovalStatus, CallStatus, RunStatus
from hocket.scenarios.properties import POLICIES, REGISTRY, built_in
from hocket.simulator.invariants import Monitor

IDS = st.sampled_from(["1", "2", "3"])
MAYBE = st.none() | IDS
USERS = st.sampled_from(["ann", "ben"])
TEXTS = st.sampled_from(["", "plain", "hi <ann.1.1>", "hi <ben.2.2>"])
TUPLES = st.lists(IDS, max_size=2).map(tuple)
ROLES = st.sampled_from(["system", "user", "assistant", "tool", "summary"])
FRAMES = ["run_started", "message_delta", "turn_paused", "turn_completed", "turn_cancelled"]
STATUSES = st.sampled_from([str(status) for status in RunStatus])

FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "user": USERS,
    "resumed": MAYBE,
    "tools": TUPLES,
    "runs": TUPLES,
    "approvals": TUPLES,
    "calls": TUPLES,
    "connections": TUPLES,
    "records": TUPLES,
    "locks": TUPLES,
    "stale": TUPLES,
    "mentions": TUPLES,
    "blocks": st.lists(st.tuples(st.sampled_from(["summary", "memory"]), TEXTS)).map(tuple),
    "arguments": st.lists(st.tuples(IDS, TUPLES)).map(tuple),
    "epoch": st.integers(0, 3),
    "size": st.integers(0, 3),
    "op": st.integers(0, 3),
    "seconds": st.floats(0, 100),
    "in_context": st.booleans(),
    "constraint": st.booleans(),
    "main": st.booleans(),
    "work": st.sampled_from(["extraction", "promotion", "episode", "close"]),
    "type": st.sampled_from(FRAMES),
    "terminal": st.booleans(),
    "content": TEXTS,
    "old": st.none() | STATUSES,
    "new": STATUSES,
    "status": STATUSES,
    "seq": st.integers(0, 3),
    "step": st.integers(0, 3),
    "role": ROLES,
    "messages": st.lists(st.tuples(ROLES, TEXTS, MAYBE), max_size=4).map(tuple),
    "site": st.sampled_from(["server", "client"]),
    "approval": MAYBE,
    "outcome": st.sampled_from([str(status) for status in CallStatus]),
    "verdict": st.sampled_from([str(status) for status in ApprovalStatus]),
    "reason": st.sampled_from([str(status) for status in ApprovalStatus]),
}


OPTIONAL = {
    "frame.out": {"run", "thread", "user"},
    "conn.close": {"user"},
    "run.status": {"conn"},
    "cancel.request": {"conn", "user"},
    "appr.decide": {"conn", "user"},
    "tool.end": {"exec"},
    "wire.result": {"tool", "value"},
    "turn.request": {"text"},
    "tx.commit": {"job"},
    "job.sched": {"run", "thread", "user"},
    "episode.add": {"runs"},
    "quiesce": {"records", "locks", "stale"},
}


def events(kind: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    fields = {name: FIELDS.get(name, IDS) for name in EVENT_FIELDS[kind]}
    fields |= {name: st.none() | fields[name] for name in OPTIONAL.get(kind, ())}
    return st.tuples(st.just(kind), st.fixed_dictionaries(fields))


def stories(kinds: frozenset[str]) -> st.SearchStrategy[list[tuple[str, dict[str, Any], float]]]:
    event = st.sampled_from(sorted(kinds)).flatmap(events)
    timed = st.tuples(event, st.sampled_from([0.0, 0.6])).map(lambda pair: (*pair[0], pair[1]))
    return st.lists(timed, min_size=1, max_size=20)


@pytest.mark.parametrize("name", REGISTRY)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), *(st.sampled_from(POLICIES[name]) for name in ("lost_call", "disconnect")))
def test_no_checker_raises(name: str, data: st.DataObject, lost_call: str, disconnect: str) -> None:
    """Whatever happens in whatever order, a checker answers with a violation or with nothing."""
    policies = {"lost_call": lost_call, "disconnect": disconnect}
    others = set(REGISTRY) - {name}
    (checker,) = built_in(policies, server_tools=["1"], gated_tools=["2"], without=others)
    monitor, time = Monitor((checker,)), 0.0
    found = None
    for kind, fields, delay in data.draw(stories(checker.kinds)):
        time += delay
        found = found or monitor.observe(kind, fields, time)
    found = found or monitor.conclude(time)
    if found is not None:
        assert found.property == name
        assert list(found.indices) == sorted(set(found.indices))
        assert all(index < len(monitor.seen) for index in found.indices)


def test_every_invariant_is_stated_and_asks_for_known_events() -> None:
    """Each has the id it is registered under, one sentence as its statement, and known kinds."""
    for name, kind in REGISTRY.items():
        assert name == kind.ID
        assert kind.STATEMENT.endswith(".")
        assert kind.KINDS
        assert EVENT_FIELDS.keys() >= kind.KINDS


def test_checkers_are_fresh() -> None:
    """Two executions never share a checker."""
    assert not set(map(id, built_in())) & set(map(id, built_in()))
    assert [checker.name for checker in built_in()] == list(REGISTRY)


def test_an_invariant_is_switched_off_by_its_id() -> None:
    """What is left out is left out, and the others stay."""
    names = [checker.name for checker in built_in(without=["LOCK-3"])]
    assert set(REGISTRY) - set(names) == {"LOCK-3"}


@pytest.mark.parametrize(
    ("policies", "without", "complaint"),
    [
        ({"lost_call": "retry"}, [], "no such policy: lost_call: retry"),
        ({"lost_cal": "fail"}, [], "no such policy: lost_cal: fail"),
        ({}, ["LOCK-9"], "no such invariant: LOCK-9"),
    ],
)
def test_unknown_names_are_refused(
    policies: dict[str, str], without: list[str], complaint: str
) -> None:
    """A misspelt policy or id never silently weakens what is checked."""
    with pytest.raises(ValueError, match=complaint):
        built_in(policies, without=without)
