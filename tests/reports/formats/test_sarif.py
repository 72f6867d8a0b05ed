"""SARIF has what code scanning asks for, and no alert twice."""

import json
from collections.abc import Callable
from typing import Any

from attrs import evolve

from hocket.reports.bundle import Bundle
from hocket.reports.formats import sarif as module
from hocket.reports.formats.sarif import sarif
from hocket.reports.results import FailureReport, Moment, Row
from hocket.simulator.engine.outcome import Verdict

MakeRow = Callable[..., Row]


def run_of(bundle: Bundle) -> Any:
    """The one run of the log."""
    log = json.loads(sarif(bundle))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    return run


def test_rules_have_what_github_requires(every: Bundle) -> None:
    """Descriptions that end in a full stop, help, a level, and an index that fits."""
    run = run_of(every)
    rules = run["tool"]["driver"]["rules"]
    for rule in rules:
        assert rule["help"]["text"]
        assert rule["shortDescription"]["text"].endswith(".")
        assert rule["fullDescription"]["text"].endswith(".")
        assert rule["defaultConfiguration"]["level"] in ("error", "warning")
        assert len(rule["properties"]["tags"]) <= 10
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert run["automationDetails"]["id"].startswith("hocket/")


def test_a_result_stands_at_the_property(every: Bundle) -> None:
    """With a region, a stable fingerprint, and the command in its message."""
    result = run_of(every)["results"][-1]
    where = result["locations"][0]["physicalLocation"]
    assert where["artifactLocation"]["uri"] == "catalogue/approve.hocket"
    assert where["region"]["startLine"] == where["region"]["endLine"] == 12
    assert "hocket replay hkt1.abc" in result["message"]["text"]
    assert result["partialFingerprints"]["primaryLocationLineHash"].endswith(":1")


def test_lanes_are_thread_flows_in_one_order(row: MakeRow) -> None:
    """The standard's own form for an interleaving."""
    (result,) = run_of(Bundle((), (row(Verdict.FAILED),)))["results"]
    flows = result["codeFlows"][0]["threadFlows"]
    assert [flow["id"] for flow in flows] == ["alice", "bob"]
    steps = {s["executionOrder"]: s for flow in flows for s in flow["locations"]}
    texts = [steps[n]["location"]["message"]["text"] for n in sorted(steps)]
    assert texts == ["alice: sends approve", "alice: tool starts", "bob: tool starts"]


def test_one_class_of_failure_is_one_result(every: Bundle, row: MakeRow) -> None:
    """However often it was met, in however many schedules."""
    assert len(run_of(every)["results"]) == 4 - 1
    same = Bundle((), (row(Verdict.FAILED), row(Verdict.FAILED, seed=8)))
    assert len(run_of(same)["results"]) == 1


def test_a_long_story_keeps_its_end(row: MakeRow, report: FailureReport) -> None:
    """GitHub shows a thousand steps; the failure is in the last of them."""
    moments = tuple(Moment("a", str(n), n) for n in range(module.STEPS_MAX + 5))
    long = row(Verdict.FAILED, failures=(evolve(report, lanes=("a",), moments=moments),))
    (result,) = run_of(Bundle((), (long,)))["results"]
    (flow,) = result["codeFlows"][0]["threadFlows"]
    assert len(flow["locations"]) == module.STEPS_MAX
    assert flow["locations"][-1]["location"]["message"]["text"] == f"a: {module.STEPS_MAX + 4}"


def test_a_campaign_without_failures_closes_its_alerts(row: MakeRow) -> None:
    """An empty list of results says so; no list would say nothing."""
    run = run_of(Bundle((), (row(),)))
    assert run["results"] == []
    assert run["tool"]["driver"]["rules"] == []


def test_a_path_is_a_uri(row: MakeRow, report: FailureReport) -> None:
    """With what a URI cannot hold written otherwise."""
    odd = row(Verdict.FAILED, failures=(evolve(report, place="./a b/ü%.hocket:3"),))
    (result,) = run_of(Bundle((), (odd,)))["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "a%20b/%C3%BC%25.hocket"
