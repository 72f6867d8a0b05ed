"""JUnit XML, in the dialect that the schema of Jenkins' xUnit plugin (junit-10) accepts.

Readers differ.  Jenkins splits ``classname`` on dots and shows ``message``; it cuts long output in
the middle, so the replay command comes first.  GitLab takes two cases with one class and name for
one, so parameters and strategy are in the name.  That schema knows no ``file`` and ``line`` of a
case, which GitLab and publish-unit-test-result-action link to: :func:`junit_with_places` adds them.

JUnit has no word for *inconclusive*: it is ``skipped``, and under ``--strict`` an ``error``.

junitparser lets through characters that XML 1.0 cannot hold, and then no reader parses the file, so
they are removed first.
"""

import re
from collections.abc import Sequence
from typing import Any

from junitparser import Attr, Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from hocket.reports.bundle import Bundle
from hocket.reports.compare import Change
from hocket.reports.fingerprint import place_of, rule_id
from hocket.reports.results import FailureReport, Row
from hocket.reports.story import describe_failure
from hocket.reports.verdicts import worth
from hocket.simulator.engine.outcome import Verdict

__all__ = ["junit", "junit_with_places"]

WIDTH = 100

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Case(TestCase):
    file = Attr("file")
    line = Attr("line")


class _Suite(TestSuite):
    file = Attr("file")


def junit(bundle: Bundle, _changes: Sequence[Change] = ()) -> str:
    """A suite for each scenario file and a case for each row, as Jenkins' schema has it."""
    return _xml(bundle, places=False)


def junit_with_places(bundle: Bundle, _changes: Sequence[Change] = ()) -> str:
    """The same with the file and line of each case, for GitLab and GitHub."""
    return _xml(bundle, places=True)


def _xml(bundle: Bundle, *, places: bool) -> str:
    used = [e.settings["strict"].value for e in bundle.environments if "strict" in e.settings]
    files: dict[str, list[Row]] = {}
    for row in bundle.rows:
        files.setdefault(row.file, []).append(row)
    document: Any = JUnitXml("hocket")  # its methods have no types
    suites: list[Any] = []
    for file, rows in files.items():
        suite = _Suite(_legal(file))
        suite.file = _legal(file)
        # Stricter schemas want properties before the cases.
        for name, value in _properties(bundle):
            suite.add_property(name, _legal(value))
        for row in rows:
            suite.add_testcase(_case(row, strict=any(used), places=places))
        suites.append(suite)
    _add(document, suites)
    text: str = document.tostring().decode()
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _add(document: Any, suites: Sequence[Any]) -> None:
    """The suites with their numbers.  Jenkins' schema knows none that the document had skipped."""
    for suite in suites:
        suite.update_statistics()
        document.append(suite)
    for name in ("tests", "failures", "errors", "time"):
        setattr(document, name, sum(getattr(suite, name) for suite in suites))


def _properties(bundle: Bundle) -> list[tuple[str, str]]:
    names = ("tool", "python", "trio", "hash_seed", "commit")
    found = ((n, sorted({getattr(e, n) for e in bundle.environments})) for n in names)
    return [(f"hocket.{name}", ", ".join(values)) for name, values in found]


def _case(row: Row, *, strict: bool, places: bool) -> _Case:
    case = _Case(_legal(_name(row)), classname=_legal(_dotted(row.file)))
    case.time = round(row.result.seconds, 3)  # never so small that it is written as a power
    if places:
        line = place_of(row.failures[0])[1] if row.failures else row.line
        case.file, case.line = _legal(row.file), str(line)
    result = _result(row, strict=strict)
    if result is not None:
        case.result = [result]
    if row.vacuous:
        case.system_out = _legal("nothing to judge in any schedule: " + ", ".join(row.vacuous))
    return case


def _result(row: Row, *, strict: bool) -> Failure | Error | Skipped | None:
    match row.verdict:
        case Verdict.VERIFIED | Verdict.NOT_FOUND:
            return None
        case Verdict.FAILED:
            made: Failure | Error | Skipped = Failure(_message(row), _type(row))
        case Verdict.NONDETERMINISTIC | Verdict.ERROR:
            made = Error(_message(row), _type(row))
        case Verdict.INCONCLUSIVE if strict:
            made = Error(_message(row), "inconclusive")
        case Verdict.INCONCLUSIVE | Verdict.UNSUPPORTED:
            made = Skipped(_message(row), str(row.verdict))
    made.text = _legal("\n\n".join(_told(report) for report in row.failures) or worth(row))
    return made


def _told(report: FailureReport) -> str:
    return f"{report.command}\n\n{describe_failure(report, WIDTH)}"


def _message(row: Row) -> str:
    sentence = row.failures[0].sentence if row.failures else worth(row)
    return _legal(f"{row.verdict}: {sentence}")


def _type(row: Row) -> str:
    return rule_id(row.failures[0].failure.origin) if row.failures else str(row.verdict)


def _name(row: Row) -> str:
    """``scenario[param=value,strategy]``."""
    if row.name.endswith("]"):
        return f"{row.name[:-1]},{row.result.strategy}]"
    return f"{row.name}[{row.result.strategy}]"


def _dotted(file: str) -> str:
    parts = file.rpartition(".")[0] or file
    return parts.strip("./").replace("/", ".")


def _legal(text: str) -> str:
    return _ILLEGAL.sub("", text)
