"""GitLab's code quality report: what it reads, once for each class of failure."""

import json

from hocket.reports.bundle import Bundle
from hocket.reports.fingerprint import fingerprint
from hocket.reports.formats.code_quality import code_quality


def test_an_entry_has_what_gitlab_reads(every: Bundle) -> None:
    """A sentence, the property, a severity, the same fingerprint as in SARIF, and a place."""
    entries = json.loads(code_quality(every))
    assert len({entry["fingerprint"] for entry in entries}) == len(entries) == 3
    row = every.rows[1]
    (entry,) = [e for e in entries if e["fingerprint"] == fingerprint(row, row.failures[0])]
    assert entry["check_name"] == "invariant.at-most-once-tool.start"
    assert entry["severity"] == "critical"
    assert entry["location"] == {"path": "catalogue/approve.hocket", "lines": {"begin": 12}}
    assert entry["description"].startswith("again: It said ")
    assert "\x1b" not in entry["description"]
    assert {entry["severity"] for entry in entries} == {"critical", "minor"}
