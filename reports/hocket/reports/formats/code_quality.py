"""GitLab's code quality report: a list of places with a fingerprint each."""

import json
from collections.abc import Sequence

from hocket.reports.bundle import Bundle
from hocket.reports.compare import Change
from hocket.reports.fingerprint import fingerprint, place_of, rule_id
from hocket.reports.wording import printable
from hocket.simulator.engine.outcome import Verdict

__all__ = ["code_quality"]


def code_quality(bundle: Bundle, _changes: Sequence[Change] = ()) -> str:
    """One entry for each class of failure, with the same fingerprints as in SARIF."""
    entries: dict[str, object] = {}
    for row in bundle.rows:
        for report in row.failures:
            file, line = place_of(report)
            name = fingerprint(row, report)
            failed = report.failure.kind.verdict is Verdict.FAILED
            entries.setdefault(
                name,
                {
                    "description": printable(f"{row.name}: {report.sentence}"),
                    "check_name": rule_id(report.failure.origin),
                    "fingerprint": name,
                    "severity": "critical" if failed else "minor",
                    "location": {"path": file.removeprefix("./"), "lines": {"begin": line}},
                },
            )
    return json.dumps(list(entries.values()), indent=1) + "\n"
