"""A failure as a Mermaid sequence diagram, for readers that draw no SVG of ours.

Mermaid draws a message level, at the moment it was received, so one that overtakes another is told
by its text alone.  It is small on purpose: the thirty rows before the failure.
"""

from collections.abc import Iterator, Sequence

from hocket.reports.diagram import Diagram, Event, Mark
from hocket.reports.results import FailureReport
from hocket.reports.timeline import Shown, lane_table
from hocket.reports.wording import printable

__all__ = ["ROWS_MAX", "sequence_diagram"]

ROWS_MAX = 30
TEXT_LENGTH_MAX = 60

_TOLD = (Mark.FACT, Mark.CHOICE, Mark.CANCEL)

Row = tuple[str, str, str]
"""Who sends, who receives or does something, and the text; the same twice for no message."""


def sequence_diagram(report: FailureReport) -> str:
    """The text of a diagram, which says nothing that Mermaid would obey; empty without a story."""
    picture = report.pictures
    rows = _moments(report) if picture is None else list(_rows(picture.failing))
    shown = rows[-ROWS_MAX:]
    if not shown:
        return ""
    lanes = list(dict.fromkeys(lane for row in shown for lane in row[:2]))
    return "".join(f"{line}\n" for line in _lines(lanes, shown, left_out=len(rows) - len(shown)))


def _lines(lanes: Sequence[str], rows: Sequence[Row], *, left_out: int) -> Iterator[str]:
    names = {lane: f"L{number}" for number, lane in enumerate(lanes)}
    yield "sequenceDiagram"
    for lane, name in names.items():
        yield f"  participant {name} as {_text(lane)}"
    if left_out:
        yield f"  Note over L0: {left_out} before this are not shown"
    for sender, receiver, text in rows:
        if sender == receiver:
            yield f"  Note over {names[receiver]}: {_text(text)}"
        else:
            yield f"  {names[sender]}->>{names[receiver]}: {_text(text)}"


def _rows(diagram: Diagram) -> Iterator[Row]:
    received = {m.received: m for m in diagram.messages if m.received is not None}
    facts = [number for number, event in enumerate(diagram.events) if event.mark is Mark.FACT]
    # What follows the last fact is the program being taken down.
    story = diagram.events[: facts[-1] + 1] if facts else diagram.events
    for number, event in enumerate(story):
        if event.lane is None:
            continue
        lane = _title(diagram, event.lane)
        message = received.get(number)
        sent = None if message is None else diagram.events[message.sent].lane
        if message is not None and sent is not None:
            yield _title(diagram, sent), lane, message.text
        elif _is_told(event):
            mark = "► " if event.clashing else ""
            yield lane, lane, f"{mark}{event.text}"


def _is_told(event: Event) -> bool:
    return bool(event.text) and not event.quiet and (event.mark in _TOLD or event.clashing)


def _title(diagram: Diagram, lane: int) -> str:
    """What tells a lane from others, also where two have one title."""
    told = diagram.lanes[lane]
    alike = sum(other.title == told.title for other in diagram.lanes) > 1
    return f"{told.title} {told.detail}".rstrip() if alike else told.title


def _moments(report: FailureReport) -> list[Row]:
    table = lane_table(report.lanes, report.moments, report.failure.clashing)
    shown = [row for row in table.rows if isinstance(row, Shown)]
    return [(r.moment.lane, r.moment.lane, "► " * r.clashing + r.moment.text) for r in shown]


def _text(text: str) -> str:
    """Foreign text: whatever could be a word of Mermaid or of HTML is written as its number."""
    short = text if len(text) <= TEXT_LENGTH_MAX else f"{text[: TEXT_LENGTH_MAX - 1]}…"
    plain = (c if c.isalnum() or c in " .,()'-_/=►…" else f"#{ord(c)};" for c in printable(short))
    return "".join(plain) or "-"
