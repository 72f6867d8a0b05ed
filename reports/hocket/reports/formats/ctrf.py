"""CTRF, the Common Test Report Format (ctrf.io), whose schema refuses keys that it does not know.

What hocket knows beyond it goes into ``extra``.  Nothing is ever ``flaky`` or retried.
"""

import json
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from hocket.reports.bundle import Bundle
from hocket.reports.compare import Change
from hocket.reports.fingerprint import fingerprint, place_of
from hocket.reports.results import Row
from hocket.reports.schema import plain
from hocket.reports.story import describe_failure
from hocket.reports.verdicts import worth
from hocket.simulator.engine.outcome import Verdict

__all__ = ["ctrf"]

SPECIFICATION = "1.0.0"
WIDTH = 100

_STATUSES = {
    Verdict.VERIFIED: "passed",
    Verdict.NOT_FOUND: "passed",
    Verdict.FAILED: "failed",
    Verdict.NONDETERMINISTIC: "failed",
    Verdict.ERROR: "failed",
    Verdict.UNSUPPORTED: "skipped",
    Verdict.INCONCLUSIVE: "other",
}


def ctrf(bundle: Bundle, changes: Sequence[Change] = ()) -> str:
    """One test for each row; ``changes`` since a baseline are told in ``extra``."""
    tests = [_test(row) for row in bundle.rows]
    met = Counter(test["status"] for test in tests)
    start = _start(bundle)
    duration = sum(test["duration"] for test in tests)
    counts = {name: met[name] for name in ("passed", "failed", "skipped", "pending", "other")}
    versions = sorted({environment.tool for environment in bundle.environments})
    results = {
        "tool": {"name": "hocket", "version": ", ".join(versions)},
        "summary": {
            "tests": len(tests),
            **counts,
            "suites": len({row.file for row in bundle.rows}),
            "start": start,
            "stop": start + duration,
            "duration": duration,
        },
        "tests": tests,
        "extra": {"campaigns": plain(bundle.environments), "changes": plain(tuple(changes))},
    }
    report = {
        "reportFormat": "CTRF",
        "specVersion": SPECIFICATION,
        "reportId": str(uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(results))),
        "generatedBy": "hocket",
        "results": results,
    }
    return json.dumps(report, indent=1) + "\n"


def _start(bundle: Bundle) -> int:
    """The beginning of the first campaign, in milliseconds since 1970."""
    started = min((environment.started for environment in bundle.environments), default="")
    moment = datetime.fromisoformat(started) if started else datetime.fromtimestamp(0, UTC)
    return int(moment.timestamp() * 1_000)


def _test(row: Row) -> dict[str, Any]:
    test: dict[str, Any] = {
        "name": f"{row.name} ({row.result.strategy})",
        "status": _STATUSES[row.verdict],
        "duration": round(row.result.seconds * 1_000),
        "suite": [row.file or "none"],
        "filePath": row.file,
        "line": row.line,
        "rawStatus": str(row.verdict),
        "message": worth(row),
        "tags": [row.result.strategy, row.result.model],
        "extra": {
            "schedules": row.result.schedules,
            "classes": row.result.classes,
            "vacuous": list(row.vacuous),
            "unmet": list(row.unmet),
        },
    }
    if row.failures:
        first = row.failures[0]
        told = [f"{one.command}\n\n{describe_failure(one, WIDTH)}" for one in row.failures]
        test["message"] = first.sentence
        test["line"] = place_of(first)[1]
        test["trace"] = "\n\n".join(told)
        test["extra"]["fingerprints"] = [fingerprint(row, one) for one in row.failures]
        test["extra"]["tokens"] = [one.failure.token for one in row.failures]
    return test
