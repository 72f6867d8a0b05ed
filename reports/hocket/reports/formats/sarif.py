"""SARIF 2.1.0 (OASIS, 2020), so that code scanning shows a failure at the property's line.

What GitHub asks beyond the schema (its rules GH1001 to GH2013 in the SARIF Multitool): every rule
has descriptions and help, every result a place with a region.  The interleaving is a code flow with
one thread flow for each lane, which is the standard's own form for it.  A result is a class of
failure, not a run of it: see :mod:`hocket.reports.fingerprint`.

Plain dictionaries, since the libraries for SARIF write names that the schema refuses, or no JSON.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from hocket.reports.bundle import Bundle
from hocket.reports.compare import Change
from hocket.reports.fingerprint import fingerprint, place_of, rule_id
from hocket.reports.results import FailureReport, Moment, Row
from hocket.reports.story import describe_failure
from hocket.reports.wording import printable
from hocket.simulator.engine.outcome import Verdict

__all__ = ["sarif"]

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
STEPS_MAX = 1_000
"""The steps of one code flow that GitHub shows."""
RESULTS_MAX = 5_000
"""The results of one run that GitHub shows."""
WIDTH = 100


def sarif(bundle: Bundle, _changes: Sequence[Change] = ()) -> str:
    """One run with a result for each class of failure."""
    found = list(_classes(bundle.rows))[:RESULTS_MAX]
    rules = {rule_id(report.failure.origin): report for _, report in found}
    indices = {name: index for index, name in enumerate(rules)}
    strategies = sorted({row.result.strategy for row in bundle.rows})
    run = {
        "tool": {"driver": {**_driver(bundle), "rules": [_rule(*one) for one in rules.items()]}},
        "automationDetails": {"id": f"hocket/{'+'.join(strategies) or 'none'}/"},
        "columnKind": "utf16CodeUnits",
        "results": [_result(row, report, indices) for row, report in found],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _classes(rows: Iterable[Row]) -> Iterator[tuple[Row, FailureReport]]:
    """The failures of all rows, one for each fingerprint."""
    seen: set[str] = set()
    for row in rows:
        for report in row.failures:
            name = fingerprint(row, report)
            if name not in seen:
                seen.add(name)
                yield row, report


def _driver(bundle: Bundle) -> dict[str, Any]:
    versions = sorted({environment.tool for environment in bundle.environments})
    return {
        "name": "hocket",
        "semanticVersion": versions[-1] if versions else "0.0.0",
    }


def _rule(name: str, report: FailureReport) -> dict[str, Any]:
    what = printable(report.failure.origin.name)
    statement = printable(report.statement) or f"No schedule fails with: {what}."
    return {
        "id": name,
        "name": "".join(word.capitalize() for word in name.replace(".", "-").split("-")),
        "shortDescription": {"text": _sentence(what)},
        "fullDescription": {"text": _sentence(statement)},
        "help": {
            "text": "A schedule that the program allows breaks this. "
            "Replay it with the command in the result, and read its code flow from top to bottom."
        },
        "defaultConfiguration": {"level": _level(report)},
        "properties": {"tags": ["concurrency", str(report.failure.kind)]},
    }


def _result(row: Row, report: FailureReport, indices: dict[str, int]) -> dict[str, Any]:
    name = rule_id(report.failure.origin)
    where = _location(*place_of(report))
    text = f"{report.sentence}\n\n{report.command}\n\n{describe_failure(report, WIDTH)}"
    result: dict[str, Any] = {
        "ruleId": name,
        "ruleIndex": indices[name],
        "level": _level(report),
        "message": {"text": f"{row.name}: {text}"},
        "locations": [where],
        "partialFingerprints": {"primaryLocationLineHash": f"{fingerprint(row, report)}:1"},
    }
    flows = list(_thread_flows(report))
    if flows:
        result["codeFlows"] = [{"threadFlows": flows}]
    return result


def _thread_flows(report: FailureReport) -> Iterator[dict[str, Any]]:
    """One for each lane with something in it; the order over all lanes counts from 1."""
    told = report.moments[-STEPS_MAX:]
    for lane in dict.fromkeys((*report.lanes, *(m.lane for m in told))):
        steps = [
            {"location": _step(report, moment), "executionOrder": order}
            for order, moment in enumerate(told, 1)
            if moment.lane == lane
        ]
        if steps:
            yield {"id": lane, "locations": steps}


def _step(report: FailureReport, moment: Moment) -> dict[str, Any]:
    return {**_location(*place_of(report)), "message": {"text": f"{moment.lane}: {moment.text}"}}


def _location(file: str, line: int) -> dict[str, Any]:
    region = {"startLine": line, "startColumn": 1, "endLine": line, "endColumn": 2}
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(file)}, "region": region}}


def _uri(file: str) -> str:
    return quote(file.removeprefix("./"), errors="replace")


def _level(report: FailureReport) -> str:
    return "error" if report.failure.kind.verdict is Verdict.FAILED else "warning"


def _sentence(text: str) -> str:
    """GitHub wants descriptions to end with a full stop."""
    return text if text.endswith(".") else f"{text}."
