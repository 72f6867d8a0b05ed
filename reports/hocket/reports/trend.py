"""Several runs of the same scenarios, the oldest first: what a page about their trend shows.

Only what the simulator makes deterministic is compared: verdicts, schedules to the first failure,
what was covered.  Wall time depends on the machine and says nothing about a release.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from statistics import median

from attrs import field, frozen

from hocket.reports.bundle import Bundle
from hocket.reports.page import GLYPHS, VerdictCount
from hocket.reports.results import Row
from hocket.reports.wording import count
from hocket.simulator.engine.outcome import Verdict

__all__ = [
    "Cell",
    "Line",
    "Measure",
    "Part",
    "Point",
    "Run",
    "RunLine",
    "Trend",
    "run_of",
    "trend_of",
]

LEFT, RIGHT, TOP, BOTTOM = 12.0, 288.0, 26.0, 92.0
"""The frame of a chart, in its own units."""


@frozen
class Run:
    """One run: what it is called, such as a date or a version, its rows, and what it covered.

    ``detail`` tells it from others of that name; ``coverage`` are hashes of the kinds of schedule
    that were seen.
    """

    label: str
    rows: tuple[Row, ...]
    detail: str = ""
    coverage: frozenset[str] = field(factory=frozenset[str])


@frozen
class Part:
    """The share of a verdict among the rows of a run, on a bar from 0 to 100."""

    verdict: str
    start: float
    width: float


@frozen
class RunLine:
    """A run with the number of its rows for each verdict, in the order of the trend's."""

    label: str
    detail: str
    numbers: tuple[int, ...]
    parts: tuple[Part, ...]


@frozen
class Point:
    """A value in a chart: where it is drawn, and how it is told; ``told`` beside the mark too."""

    label: str
    value: str
    x: float
    y: float
    anchor: str
    told: bool


@frozen
class Measure:
    """A number that runs have, and its chart: the points, and the lines between neighbours.

    A run without the number, such as one in which nothing failed, has no point and breaks the line.
    """

    name: str
    meaning: str
    points: tuple[Point, ...]
    curves: tuple[tuple[Point, ...], ...]

    @property
    def told(self) -> str:
        """The values in words, for whoever does not see the chart."""
        return ", ".join(f"{point.label} {point.value}" for point in self.points)


@frozen
class Cell:
    """A scenario in one run; without a verdict if the run did not have it.

    ``change`` says what is other than in the run before.
    """

    verdict: str = ""
    glyph: str = ""
    text: str = ""
    change: str = ""


@frozen
class Line:
    """A scenario through all runs."""

    name: str
    place: str
    cells: tuple[Cell, ...]

    @property
    def changed(self) -> bool:
        """Whether it was ever other than in the run before."""
        return any(cell.change for cell in self.cells)


@frozen
class Trend:
    """The whole page."""

    title: str
    headline: str
    verdicts: tuple[VerdictCount, ...]
    runs: tuple[RunLine, ...]
    measures: tuple[Measure, ...]
    lines: tuple[Line, ...]

    @property
    def changed(self) -> int:
        """How many scenarios changed at all."""
        return sum(line.changed for line in self.lines)


def run_of(bundle: Bundle, name: str) -> Run:
    """The run that ``bundle`` keeps in a folder of that name, called by when it started."""
    environments = sorted(bundle.environments, key=lambda environment: environment.started)
    started = [e.started[:16].replace("T", " ") for e in environments if e.started]
    made_by = (f"hocket {e.tool} {e.commit[:7]}".rstrip() for e in environments)
    detail = ", ".join(dict.fromkeys((name, *made_by)))
    return Run(started[0] if started else name, bundle.rows, detail, bundle.coverage)


def trend_of(runs: Sequence[Run]) -> Trend:
    """The trend over ``runs``, the oldest first; raises :class:`ValueError` for none."""
    if not runs:
        raise ValueError("a trend needs at least one run")
    met = Counter(row.verdict for run in runs for row in run.rows)
    verdicts = tuple(VerdictCount(v, GLYPHS[v], met[v]) for v in GLYPHS if met[v])
    keys = dict.fromkeys((row.file, row.name) for run in runs for row in run.rows)
    lines = tuple(_line(file, name, runs) for file, name in keys)
    told = f"{count(len(runs), 'run')}, {count(len(lines), 'scenario')}"
    return Trend(
        title=f"hocket trend: {told}",
        headline=f"{told}, {sum(line.changed for line in lines):,} of them changed",
        verdicts=verdicts,
        runs=tuple(_run_line(run, [Verdict(v.verdict) for v in verdicts]) for run in runs),
        measures=tuple(_measures(runs)),
        lines=lines,
    )


def _run_line(run: Run, verdicts: Sequence[Verdict]) -> RunLine:
    met = Counter(row.verdict for row in run.rows)
    numbers = tuple(met[verdict] for verdict in verdicts)
    scale = 100 / max(1, sum(numbers))
    starts = [scale * sum(numbers[:n]) for n in range(len(numbers))]
    parts = (
        Part(verdict, round(start, 2), round(scale * number, 2))
        for verdict, start, number in zip(verdicts, starts, numbers, strict=True)
        if number
    )
    return RunLine(run.label, run.detail, numbers, tuple(parts))


def _line(file: str, name: str, runs: Sequence[Run]) -> Line:
    rows = [_find(run, file, name) for run in runs]
    before = [None, *rows[:-1]]
    firsts = [True] + [False] * (len(rows) - 1)
    cells = (
        Cell(change="" if first or earlier is None else "removed")
        if row is None
        else _cell(row, earlier, first=first)
        for row, earlier, first in zip(rows, before, firsts, strict=True)
    )
    place = next(f"{row.file}:{row.line}" for row in reversed(rows) if row is not None)
    return Line(name, place, tuple(cells))


def _find(run: Run, file: str, name: str) -> Row | None:
    return next((row for row in run.rows if (row.file, row.name) == (file, name)), None)


def _cell(row: Row, before: Row | None, *, first: bool) -> Cell:
    found = _found_after(row)
    text = f"after {count(found, 'schedule')}" if found else count(row.result.schedules, "schedule")
    return Cell(row.verdict, GLYPHS[row.verdict], text, "" if first else _change(row, before))


def _change(row: Row, before: Row | None) -> str:
    """What is other than before, in the words of a comparison of two runs."""
    if before is None:
        return "new"
    if row.verdict is not before.verdict:
        return f"was {before.verdict}"
    if set(row.vacuous) - set(before.vacuous):
        return "less is judged"
    known = {failure.origin for failure in before.result.failures}
    if any(failure.origin not in known for failure in row.result.failures):
        return "fails otherwise"
    return ""


def _found_after(row: Row) -> int:
    """The schedules until the first failure; 0 if there was none."""
    return min((failure.schedule for failure in row.result.failures), default=0)


# -- measures -----------------------------------------------------------------------------------


def _kill(run: Run) -> float | None:
    found = [after for row in run.rows if (after := _found_after(row))]
    return median(found) if found else None


def _points_hit(run: Run) -> float | None:
    hit = [row.result.coverage.hit() for row in run.rows if row.result.coverage is not None]
    return sum(hit) if hit else None


_MEASURES: tuple[tuple[str, str, Callable[[Run], float | None]], ...] = (
    (
        "schedules to kill",
        "until the first failure, the median of the scenarios that fail",
        _kill,
    ),
    (
        "schedules explored",
        "in all scenarios together",
        lambda run: sum(row.result.schedules for row in run.rows),
    ),
    ("coverage", "kinds of schedule that were seen", lambda run: len(run.coverage)),
    ("cancellation points", "at which a cancellation was delivered", _points_hit),
)


def _measures(runs: Sequence[Run]) -> Iterator[Measure]:
    """Those that are more than nothing in some run."""
    for name, meaning, value_of in _MEASURES:
        values = [value_of(run) for run in runs]
        if any(values):
            points = _points([run.label for run in runs], values)
            drawn = tuple(point for point in points if point is not None)
            yield Measure(name, meaning, drawn, tuple(_curves(points)))


def _curves(points: Sequence[Point | None]) -> Iterator[tuple[Point, ...]]:
    """The stretches of runs that have the number."""
    for _, stretch in groupby(points, lambda point: point is None):
        if curve := tuple(point for point in stretch if point is not None):
            yield curve


def _points(labels: Sequence[str], values: Sequence[float | None]) -> list[Point | None]:
    most, last = max(filter(None, values)), len(values) - 1
    points: list[Point | None] = []
    for number, (label, value) in enumerate(zip(labels, values, strict=True)):
        if value is None:
            points.append(None)
            continue
        x = LEFT + (RIGHT - LEFT) * (number / last if last else 0.5)
        y = BOTTOM - (BOTTOM - TOP) * value / most
        anchor = "middle" if 0 < number < last or not last else ("start", "end")[number > 0]
        told = number in (0, last) or value != values[number - 1]
        points.append(Point(label, f"{value:,g}", round(x, 1), round(y, 1), anchor, told))
    return points
