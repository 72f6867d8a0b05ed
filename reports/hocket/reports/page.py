"""What the HTML page shows, as values: made from rows here, laid out by the template.

Nothing here knows of HTML, and the template decides nothing: it puts each text where it belongs.
Foreign text is escaped twice: what no screen should be sent is spelled out here, and what HTML
would obey is escaped by the template.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from hocket.reports.coverage import describe_coverage
from hocket.reports.diagram import Diagram, Event, Pictures, parting, window
from hocket.reports.results import FailureReport, Row
from hocket.reports.story import Account, account_of
from hocket.reports.timeline import LaneTable, LeftOut, Shown
from hocket.reports.verdicts import worth
from hocket.reports.wording import count, duration, printable
from hocket.simulator.engine.outcome import Verdict

__all__ = ["GLYPHS", "Cells", "FailureSection", "Page", "ResultLine", "VerdictCount", "page_of"]

DETAIL_MAX = 2_000
"""The characters of an event's detail that are shown, such as those of a message."""

EVENTS_ON_PAGE_MAX = 40_000
"""The events that the diagrams of one page have together; further failures go without."""

GLYPHS = {
    Verdict.FAILED: "✕",
    Verdict.ERROR: "!",
    Verdict.NONDETERMINISTIC: "≠",
    Verdict.INCONCLUSIVE: "?",
    Verdict.UNSUPPORTED: "-",
    Verdict.NOT_FOUND: "○",
    Verdict.VERIFIED: "✓",
}
"""A shape for each verdict, so that colour is never the only sign; the worst first."""


@frozen
class VerdictCount:
    """How many rows have a verdict."""

    verdict: str
    glyph: str
    number: int


@frozen
class ResultLine:
    """One line of the verdict table; ``failures`` are the numbers of its sections."""

    verdict: str
    glyph: str
    name: str
    place: str
    schedules: str
    time: str
    found_after: str
    worth: str
    notes: tuple[str, ...]
    failures: tuple[int, ...]


@frozen
class Cells:
    """One line of a lane table: a text for each lane, or in words how much was left out."""

    texts: tuple[str, ...]
    clashing: bool
    left_out: str = ""


@frozen
class FailureSection:
    """One failure: its number on the page, its account, and whether there is a diagram.

    ``remark`` says why there is none, if it was left out.
    """

    number: int
    verdict: str
    glyph: str
    title: str
    place: str
    account: Account
    table: tuple[Cells, ...]
    clashes: bool
    pictured: bool
    remark: str


@frozen
class Page:
    """The whole page.

    ``about`` says where the results come from and ``warnings`` what was not tested; ``pictures``
    are the diagrams of the failures, in order, as plain values for the script.
    """

    title: str
    headline: str
    about: tuple[str, ...]
    warnings: tuple[str, ...]
    counts: tuple[VerdictCount, ...]
    rows: tuple[ResultLine, ...]
    failures: tuple[FailureSection, ...]
    pictures: tuple[Mapping[str, Any] | None, ...]


def page_of(rows: Sequence[Row], about: Iterable[str] = (), *, interrupted: bool = False) -> Page:
    """The page about ``rows``; ``about`` says in a few lines where they come from.

    ``interrupted`` says that a person stopped the run, so that what is missing was not tried.
    """
    reports = [(row, report) for row in rows for report in row.failures]
    pictures = tuple(_all_pictures(report.pictures for _, report in reports))
    numbers = iter(range(1, len(reports) + 1))
    lines = tuple(_line(row, [next(numbers) for _ in row.failures]) for row in rows)
    met = Counter(row.verdict for row in rows)
    counts = tuple(VerdictCount(v, GLYPHS[v], met[v]) for v in GLYPHS if met[v])
    schedules = count(sum(row.result.schedules for row in rows), "schedule")
    told = ", ".join(f"{each.number:,} {each.verdict}" for each in counts) or "nothing was selected"
    stopped = ("interrupted; the verdicts cover only what was done until then",)
    return Page(
        title=f"hocket: {told}",
        headline=f"{count(len(rows), 'scenario')}: {told}",
        about=(f"{schedules} explored", *about),
        warnings=stopped if interrupted else (),
        counts=counts,
        rows=lines,
        failures=tuple(
            _section(number, row, report, pictured=pictures[number - 1] is not None)
            for number, (row, report) in enumerate(reports, 1)
        ),
        pictures=pictures,
    )


def _line(row: Row, failures: Sequence[int]) -> ResultLine:
    found = min((failure.schedule for failure in row.result.failures), default=0)
    return ResultLine(
        verdict=row.verdict,
        glyph=GLYPHS[row.verdict],
        name=row.name,
        place=f"{row.file}:{row.line}",
        schedules=f"{row.result.schedules:,}",
        time=duration(row.result.seconds),
        found_after=f"{found:,}" if found else "-",
        worth=worth(row),
        notes=tuple(_notes(row)),
        failures=tuple(failures),
    )


def _notes(row: Row) -> Iterator[str]:
    if row.vacuous:
        yield f"nothing to judge in any schedule: {', '.join(row.vacuous)}"
    if row.unmet:
        yield f"never seen in any schedule: {', '.join(row.unmet)}"
    if row.note:
        yield row.note
    if row.result.coverage is not None:
        yield from describe_coverage(row.result.coverage).splitlines()


def _section(number: int, row: Row, report: FailureReport, *, pictured: bool) -> FailureSection:
    account = account_of(report)
    table = tuple(_cells(account.table, shown) for shown in account.table.rows)
    verdict = report.failure.kind.verdict
    return FailureSection(
        number=number,
        verdict=verdict,
        glyph=GLYPHS[verdict],
        title=row.name,
        place=report.place or f"{row.file}:{row.line}",
        account=account,
        table=table,
        clashes=any(cells.clashing for cells in table),
        pictured=pictured,
        remark=_LEFT_OUT if report.pictures is not None and not pictured else "",
    )


def _cells(table: LaneTable, row: Shown | LeftOut) -> Cells:
    match row:
        case LeftOut(count=left_out):
            return Cells((), clashing=False, left_out=f"{count(left_out, 'row')} not shown")
        case Shown(moment=moment, clashing=clashing):
            texts = (moment.text if lane == moment.lane else "" for lane in table.lanes)
            return Cells(tuple(texts), clashing)


# -- diagrams as plain values -----------------------------------------------------------------


_LEFT_OUT = (
    "Its diagram is left out, since those of the failures above fill the page; "
    "a report of this scenario alone has it."
)


def _all_pictures(every: Iterable[Pictures | None]) -> Iterator[dict[str, Any] | None]:
    """Those that fit on the page, in order."""
    room = EVENTS_ON_PAGE_MAX
    for pictures in every:
        drawn = _pictures(pictures)
        sides = [drawn[side] for side in ("failing", "passing") if side in drawn] if drawn else []
        room -= sum(len(side["events"]) for side in sides)
        yield drawn if room >= 0 else None


def _pictures(pictures: Pictures | None) -> dict[str, Any] | None:
    """Both diagrams, and the number of the event in which they part; each within its window."""
    if pictures is None:
        return None
    failing, passing = pictures.failing, pictures.passing
    clashing = (n for n, event in enumerate(failing.events) if event.clashing)
    drawn = {"failing": _plain(window(failing, max(clashing, default=len(failing.events) - 1)))}
    if passing is None:
        return drawn
    parts = parting(failing, passing)
    return {**drawn, "passing": _plain(window(passing, parts)), "parting": parts}


def _plain(diagram: Diagram) -> dict[str, Any]:
    return {
        "lanes": [
            _filled(title=lane.title, detail=lane.detail, told=lane.told) for lane in diagram.lanes
        ],
        "events": [_event(event) for event in diagram.events],
        "messages": [
            _filled(sent=message.sent, received=message.received, text=message.text)
            for message in diagram.messages
        ],
        "spans": [
            _filled(lane=s.lane, kind=s.kind.value, since=s.since, until=s.until, text=s.text)
            for s in diagram.spans
        ],
        "changes": [
            _filled(at=c.at, kind=c.kind, name=c.name, state=c.state, over=c.over)
            for c in diagram.changes
        ],
        "first": diagram.first,
        "left_out": diagram.left_out,
    }


def _event(event: Event) -> dict[str, Any]:
    return _filled(
        lane=event.lane,
        mark=event.mark.value,
        time=event.time,
        text=event.text,
        detail=event.detail[:DETAIL_MAX],
        place=event.place,
        parents=list(event.parents),
        quiet=event.quiet,
        clash=event.clashing,
    )


def _filled(**fields: Any) -> dict[str, Any]:
    """The fields that say something; a number always does."""
    return {
        name: printable(value) if isinstance(value, str) else value
        for name, value in fields.items()
        if value not in (None, "", [], False) or (value == 0 and value is not False)
    }
