"""GitHub's workflow commands, which put a message at a line of a change.

A step may say ten errors and ten warnings; what is beyond vanishes without a word (zizmor and
reviewdog met that), so the tenth says how many there are.  New failures come first.
"""

from collections.abc import Iterable, Iterator, Sequence

from attrs import frozen

from hocket.reports.baseline import finding
from hocket.reports.bundle import Bundle
from hocket.reports.compare import Change, ChangeKind
from hocket.reports.fingerprint import place_of, rule_id
from hocket.reports.results import Row
from hocket.reports.verdicts import worth
from hocket.simulator.engine.outcome import Verdict

__all__ = ["annotations"]

COUNT_MAX = 10
"""The annotations of one level that GitHub shows of one step."""


@frozen
class _Note:
    level: str
    file: str
    line: int
    title: str
    message: str

    def __str__(self) -> str:
        where = f"file={_property(self.file)},line={self.line},title={_property(self.title)}"
        return f"::{self.level} {where}::{_escaped(self.message)}"


def annotations(bundle: Bundle, changes: Sequence[Change] = ()) -> str:
    """The commands, one a line, at most ten of each level; print them to a step's output."""
    new = {(c.file, c.name, c.finding) for c in changes if c.kind is ChangeKind.NEW_FAILURE}
    notes = [note for row in bundle.rows for note in _notes(row, new)]
    ranked = [note for _, note in sorted(notes, key=lambda ranked: ranked[0])]
    lines = [str(n) for level in ("error", "warning") for n in _capped(ranked, level)]
    return "".join(f"{line}\n" for line in lines)


def _notes(row: Row, new: set[tuple[str, str, str]]) -> Iterator[tuple[int, _Note]]:
    """The notes of a row, each with its rank: 0 for what is new."""
    for report in row.failures:
        level = "error" if report.failure.kind.verdict is Verdict.FAILED else "warning"
        known = (row.file, row.name, finding(report.failure.origin)) not in new
        title = f"{row.name}: {rule_id(report.failure.origin)}"
        message = f"{report.sentence}\n{report.command}"
        yield int(known), _Note(level, *place_of(report), title, message)
    if not row.failures and row.verdict is Verdict.FAILED:
        yield 1, _Note("error", row.file, row.line, f"{row.name}: never seen", worth(row))
    if not row.failures and row.verdict in (Verdict.INCONCLUSIVE, Verdict.ERROR):
        title = f"{row.name}: {row.verdict}"
        yield 1, _Note("warning", row.file, row.line, title, worth(row))
    for name in row.vacuous:
        yield 1, _Note("warning", row.file, row.line, f"{row.name}: nothing to judge", name)


def _capped(notes: Iterable[_Note], level: str) -> list[_Note]:
    all_of = [note for note in notes if note.level == level]
    if len(all_of) <= COUNT_MAX:
        return all_of
    shown, last = all_of[: COUNT_MAX - 1], all_of[COUNT_MAX - 1]
    more = f"and {len(all_of) - COUNT_MAX} more; hocket report shows them all"
    return [*shown, _Note(level, last.file, last.line, last.title, f"{last.message}\n{more}")]


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
