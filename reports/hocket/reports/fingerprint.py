"""What a failure is called by those who track it: a rule, a place, and a fingerprint.

Trackers take two results with one fingerprint for the same defect.  A fingerprint is made from the
scenario, the property and the *class* of the schedule (which tasks overtook which, or what fault
was taken, without positions and steps), so that neither another seed nor an earlier longer schedule
opens a second alert.
"""

import hashlib
import re

from hocket.reports.baseline import finding
from hocket.reports.results import FailureReport, Row
from hocket.simulator.engine.choices import Deviation
from hocket.simulator.engine.outcome import Origin

__all__ = ["fingerprint", "place_of", "rule_id"]

_RULE_LENGTH_MAX = 80


def fingerprint(row: Row, report: FailureReport) -> str:
    """32 hexadecimal digits."""
    classes = sorted(map(_class, report.failure.deviations))
    words = "\0".join((row.file, row.name, finding(report.failure.origin), *classes))
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def rule_id(origin: Origin) -> str:
    """A rule for each property or type of exception, in letters that every tracker takes.

    >>> from hocket.simulator.engine.outcome import FailureKind
    >>> rule_id(Origin(FailureKind.INVARIANT, "at most once: tool.start", ""))
    'invariant.at-most-once-tool.start'
    """
    kind = str(origin.kind)
    words = kind if origin.name == kind else f"{kind}.{origin.name}"
    return re.sub(r"[^A-Za-z0-9.]+", "-", words).strip("-.")[:_RULE_LENGTH_MAX]


def place_of(report: FailureReport) -> tuple[str, int]:
    """The file and line that a report is about; line 1 if it names none."""
    file, _, line = report.place.rpartition(":")
    return (file, max(1, int(line))) if line.isdecimal() and file else (report.place, 1)


def _class(deviation: Deviation) -> str:
    taken, default = (anchor.partition("@")[0] for anchor in (deviation.taken, deviation.default))
    return f"{deviation.kind} {deviation.label} {taken} {default}"
