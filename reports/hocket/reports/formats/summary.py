"""A GitHub step summary: Markdown, with a sequence diagram of the first failures.

GitHub drops a summary of more than a mebibyte whole, and Mermaid draws at most so much that a
person can read; so there are at most three diagrams of thirty rows, and a long table ends in a
line that says what is left out.  Tool output is foreign text: it may hold Markdown, HTML or the
words of Mermaid, so everything is escaped.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from hocket.reports.bundle import Bundle
from hocket.reports.compare import Change
from hocket.reports.formats.mermaid import sequence_diagram
from hocket.reports.results import FailureReport, Row
from hocket.reports.verdicts import worth
from hocket.reports.wording import count, printable
from hocket.simulator.engine.choices import describe_cost
from hocket.simulator.engine.outcome import Verdict

__all__ = ["step_summary"]

BYTES_MAX = 900_000
FAILURES_MAX = 3
CHANGES_MAX = 50
TEXT_LENGTH_MAX = 120
_MARKUP = "&<>`*_[]|\\#~:@!"

_URGENT = (
    Verdict.FAILED,
    Verdict.ERROR,
    Verdict.NONDETERMINISTIC,
    Verdict.INCONCLUSIVE,
    Verdict.UNSUPPORTED,
    Verdict.NOT_FOUND,
    Verdict.VERIFIED,
)


def step_summary(bundle: Bundle, changes: Sequence[Change] = ()) -> str:
    """The verdicts in numbers, what changed, the first failures, and a table of all rows."""
    rows = sorted(bundle.rows, key=lambda row: _URGENT.index(row.verdict))
    met = Counter(row.verdict for row in rows)
    verdicts = ", ".join(f"{met[v]:,} {v}" for v in _URGENT if met[v]) or "nothing was selected"
    head = [f"## hocket: {verdicts}\n\n", *_changes(changes)]
    failures = [(row, report) for row in rows for report in row.failures]
    told = [_failure(row, report) for row, report in failures[:FAILURES_MAX]]
    if len(failures) > FAILURES_MAX:
        told.append(f"And {count(len(failures) - FAILURES_MAX, 'more failure')}.\n\n")
    return "".join(_fitting([*head, *told], _table(rows)))


def _fitting(parts: Sequence[str], table: Iterable[str]) -> Iterator[str]:
    """All of it, as long as it fits; the table is cut first, at the end of a row."""
    left = BYTES_MAX
    for part in parts:
        left -= len(part.encode("utf-8", "replace"))
        if left > 0:
            yield part
    for line in table:
        left -= len(line.encode("utf-8", "replace"))
        if left <= 0:
            yield "\nThe rest is left out; `hocket report` shows it.\n"
            return
        yield line


def _changes(changes: Sequence[Change]) -> Iterator[str]:
    for change in changes[:CHANGES_MAX]:
        what = f"{_text(change.name)}: {_text(change.sentence)}"
        yield f"- **{change.kind}** {what}\n"
    if len(changes) > CHANGES_MAX:
        yield f"- and {len(changes) - CHANGES_MAX:,} more\n"
    if changes:
        yield "\n"


def _table(rows: Iterable[Row]) -> Iterator[str]:
    yield "| scenario | verdict | schedules | what it is worth |\n| --- | --- | ---: | --- |\n"
    for row in rows:
        worth_it = _text(row.failures[0].sentence if row.failures else worth(row))
        yield f"| {_text(row.name)} | {row.verdict} | {row.result.schedules:,} | {worth_it} |\n"


def _failure(row: Row, report: FailureReport) -> str:
    place = _text(report.place)
    cost = describe_cost(report.failure.deviations)
    diagram = sequence_diagram(report)
    command = printable(report.command).replace("`", "'")
    drawn = f"```mermaid\n{diagram}```\n\n" if diagram else ""
    return (
        f"### {_text(row.name)}\n\n{_text(report.sentence)} ({place})\n\n{drawn}"
        f"Differs from the default order by {_text(cost)}. See it again:\n\n"
        f"```sh\n{command}\n```\n\n"
    )


def _text(text: str) -> str:
    """Foreign text in Markdown: no markup, no cell's end, and not too long."""
    short = text if len(text) <= TEXT_LENGTH_MAX else f"{text[: TEXT_LENGTH_MAX - 1]}…"
    return "".join(f"&#{ord(c)};" if c in _MARKUP else c for c in printable(short))
