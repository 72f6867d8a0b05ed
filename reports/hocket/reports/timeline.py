"""The lane table: a column for each lane, a row for each moment, read from top to bottom.

The form is Lincheck's, which people paste into issues: concurrent operations side by side, and
only those that matter.  The moments that clash are marked, so that the eye finds the two or three
rows a violation is about.  A long story keeps these, then its end; each gap says how much is not
shown.  Two moments never share a row, since one happened before the other.

Choosing the rows is a function from values to a value; drawing them is another, through rich, which
knows how wide a character is.
"""

from collections.abc import Collection, Sequence
from io import StringIO

from attrs import frozen
from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hocket.reports.results import Moment
from hocket.reports.wording import count, printable

__all__ = ["ROWS_MAX", "WIDTH_MIN", "LaneTable", "LeftOut", "Shown", "lane_table", "render"]

ROWS_MAX = 20
"""The rows of a table, those that stand for a gap included."""

WIDTH_MIN = 24
"""The narrowest table, in terminal cells."""

_COLUMN_MIN = 14
_LINES_MAX = 3


@frozen
class Shown:
    """A row with one moment; ``clashing`` if a violated property named it."""

    moment: Moment
    clashing: bool


@frozen
class LeftOut:
    """A row that stands for ``count`` moments that are not shown."""

    count: int


@frozen
class LaneTable:
    """The lanes that have something to show, in order, and the rows, at most ``ROWS_MAX``."""

    lanes: tuple[str, ...]
    rows: tuple[Shown | LeftOut, ...]


def lane_table(
    lanes: Sequence[str], moments: Sequence[Moment], clashing: Collection[int] = ()
) -> LaneTable:
    """Choose what to show of ``moments``; ``clashing`` are the indices of observations to mark.

    If there are too many, those that clash are kept first and then the latest.  A lane without a
    row is left away; one that ``lanes`` lacks is put behind the others.
    """
    shown = [Shown(m, m.index is not None and m.index in clashing) for m in moments]
    rows = _fitting(shown)
    used = [row.moment.lane for row in rows if isinstance(row, Shown)]
    ordered = dict.fromkeys((*(lane for lane in lanes if lane in used), *used))
    return LaneTable(tuple(ordered), rows)


def _fitting(shown: Sequence[Shown]) -> tuple[Shown | LeftOut, ...]:
    """As many rows as fit, the gaps between them counted."""
    urgent = sorted(range(len(shown)), key=lambda i: (not shown[i].clashing, -i))
    for kept in range(min(len(shown), ROWS_MAX), 0, -1):
        rows = _with_gaps(shown, set(urgent[:kept]))
        if len(rows) <= ROWS_MAX:
            return rows
    return ()


def _with_gaps(shown: Sequence[Shown], kept: Collection[int]) -> tuple[Shown | LeftOut, ...]:
    rows: list[Shown | LeftOut] = []
    gap: list[Shown] = []
    for number, row in enumerate(shown):
        if number not in kept:
            gap.append(row)
            continue
        rows += [*_gap(gap), row]
        gap = []
    return (*rows, *_gap(gap))


def _gap(gap: Sequence[Shown]) -> Sequence[Shown | LeftOut]:
    """A gap of one moment takes the same room as the moment, which says more."""
    return [LeftOut(len(gap))] if len(gap) > 1 else gap


def render(table: LaneTable, width: int) -> str:
    """``table`` in plain text, no line wider than ``width`` terminal cells (``WIDTH_MIN`` or more).

    Long texts are wrapped, then shortened.  Where the lanes do not fit side by side, they become
    one column of names.  Raises :class:`ValueError` for a ``width`` that is too small.
    """
    if width < WIDTH_MIN:
        raise ValueError(f"a lane table needs a width of {WIDTH_MIN} cells, not {width}")
    side_by_side = len(table.lanes) * _COLUMN_MIN <= width
    drawn = _columns(table, width) if side_by_side else _list(table, width)
    out = StringIO()
    console = Console(file=out, width=width, color_system=None, force_terminal=False)
    console.print(drawn)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def _columns(table: LaneTable, width: int) -> Table:
    drawn = Table(box=box.MINIMAL, show_edge=False)
    for lane in table.lanes:
        drawn.add_column(Text(_short(lane, _COLUMN_MIN)), overflow="fold")
    cells = _LINES_MAX * (width // max(1, len(table.lanes)) - 5)
    for row in table.rows:
        drawn.add_row(*(_cell(row, lane, cells) for lane in table.lanes))
    return drawn


def _cell(row: Shown | LeftOut, lane: str, cells: int) -> RenderableType:
    match row:
        case LeftOut(count=left_out):
            return Text(f"⋮ {count(left_out, 'row')} not shown")
        case Shown(moment=Moment(lane=other)) if other != lane:
            return ""
        case Shown(moment=moment, clashing=clashing):
            return _marked(_short(moment.text, cells), clashing=clashing)


def _list(table: LaneTable, width: int) -> Table:
    names = width // 3
    drawn = Table(box=box.MINIMAL, show_edge=False)
    drawn.add_column("lane", max_width=names)
    drawn.add_column("what happened", overflow="fold")
    for row in table.rows:
        match row:
            case LeftOut(count=left_out):
                gap = f"{count(left_out, 'row')} not shown"
                drawn.add_row("⋮", _marked(gap, clashing=False))
            case Shown(moment=moment, clashing=clashing):
                text = _short(moment.text, _LINES_MAX * (width - names - 6))
                drawn.add_row(Text(_short(moment.lane, names)), _marked(text, clashing=clashing))
    return drawn


def _marked(text: str, *, clashing: bool) -> RenderableType:
    """The text with its mark to the left, which continued lines leave free."""
    if not clashing:
        return Padding(Text(text, overflow="fold"), (0, 0, 0, 2))
    grid = Table.grid(padding=(0, 1, 0, 0), pad_edge=False)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row("►", Text(text, overflow="fold"))
    return grid


def _short(text: str, cells: int) -> str:
    """``text`` in at most that many terminal cells, with an ellipsis where it was cut."""
    shown = Text(printable(text))
    shown.truncate(cells, overflow="ellipsis")
    return shown.plain
