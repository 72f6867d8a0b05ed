"""CTRF has the keys of its schema and no others."""

import json
from typing import Any

from hocket.reports.bundle import Bundle
from hocket.reports.compare import Change, ChangeKind
from hocket.reports.formats.ctrf import ctrf

TEST_KEYS = {
    "name", "status", "duration", "suite", "filePath", "line", "rawStatus", "message", "trace",
    "tags", "extra",
}  # fmt: skip


def read(bundle: Bundle) -> Any:
    """The report."""
    return json.loads(ctrf(bundle))


def test_statuses_keep_doubt_apart(every: Bundle) -> None:
    """``other`` is what the format has for inconclusive; the verdict is the raw status."""
    tests = {test["rawStatus"]: test["status"] for test in read(every)["results"]["tests"]}
    assert tests == {
        "failed": "failed",
        "nondeterministic": "failed",
        "error": "failed",
        "verified": "passed",
        "not-found": "passed",
        "inconclusive": "other",
        "unsupported": "skipped",
    }


def test_the_summary_counts_the_tests(every: Bundle) -> None:
    """Each status, and how long it took in whole milliseconds."""
    results = read(every)["results"]
    summary = results["summary"]
    counted = sum(summary[k] for k in ("passed", "failed", "skipped", "pending", "other"))
    assert counted == summary["tests"] == len(every.rows)
    assert summary["stop"] - summary["start"] == summary["duration"] > 0
    assert all(isinstance(test["duration"], int) for test in results["tests"])


def test_keys_are_those_of_the_schema(every: Bundle) -> None:
    """It refuses others; what it lacks is in ``extra``."""
    report = read(every)
    assert (report["reportFormat"], report["specVersion"]) == ("CTRF", "1.0.0")
    assert set(report) == {"reportFormat", "specVersion", "reportId", "generatedBy", "results"}
    assert set(report["results"]) == {"tool", "summary", "tests", "extra"}
    assert all(set(test) <= TEST_KEYS for test in report["results"]["tests"])
    assert all(test["name"] and test["suite"] for test in report["results"]["tests"])


def test_a_failure_has_its_command_and_its_line(every: Bundle) -> None:
    """And the token of each finding, for programs."""
    test = read(every)["results"]["tests"][1]
    assert test["trace"].startswith("hocket replay hkt1.abc")
    assert (test["filePath"], test["line"]) == ("catalogue/approve.hocket", 12)
    assert test["extra"]["tokens"] == ["hkt1.abc", "hkt1.abc"]


def test_one_bundle_makes_one_report(every: Bundle) -> None:
    """Its id too is made from what it says."""
    assert ctrf(every) == ctrf(every)
    change = Change(ChangeKind.FIXED, "f", "n", "now verified")
    changed = json.loads(ctrf(every, [change]))
    assert changed["results"]["extra"]["changes"][0]["kind"] == "fixed"
    assert changed["reportId"] != read(every)["reportId"]
