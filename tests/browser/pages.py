"""Reports to open in a browser: of real failures, of hostile text, and of very many events."""

from functools import cache
from pathlib import Path

from attrs import evolve

from hocket.reports.diagram import (
    EVENTS_MAX,
    Change,
    Diagram,
    Event,
    Lane,
    Mark,
    Message,
    Pictures,
    Span,
    Stretch,
)
from hocket.reports.results import Row
from hocket.reports.trend import Run
from hocket.scenarios.exploration import row_of
from hocket.scenarios.selection import select
from hocket.simulator import Budget, Campaign
from hocket.simulator.strategies import make_strategy

__all__ = ["HOSTILE", "hostile_rows", "long_rows", "real_rows", "real_runs"]

HOSTILE = "</script><img src=x onerror=\"document.title='obeyed'\">"
EXAMPLES = Path(__file__).parents[2] / "examples"
LANES = 8


def _row(path: str, runtime: str, schedules: int = 60) -> Row:
    subject = select([path], runtime)[0]
    budget = Budget(schedules=schedules)
    result = Campaign(subject.target(), make_strategy("pct", 1), budget=budget).run()
    return row_of(subject, result)


@cache
def real_rows() -> tuple[Row, ...]:
    """Failures of scenarios with a planted defect, one of a small program, and two that hold."""
    return (
        _row("catalogue/approve_races_cancel.hocket", "M06", 400),
        _row("catalogue/duplicate_call_id.hocket", "M17"),
        _row("catalogue/deny.hocket", "reference"),
        _row(f"{EXAMPLES / 'lost_update.py'}:main", "reference"),
        _row("catalogue/approve_twice.hocket", "reference"),
    )


def real_runs() -> tuple[Run, ...]:
    """Four runs, in which a scenario fails and is mended, and one comes and goes."""
    rows = real_rows()
    held = tuple(evolve(row, result=rows[2].result, failures=()) for row in rows)
    covered = [frozenset(map(str, range(size))) for size in (310, 342, 290, 401)]
    return (
        Run("2026-11-02", held[:4], "0.1.0, 4fa1c2e", covered[0]),
        Run("2026-11-09", rows, "0.1.0, 91bb0d2", covered[1]),
        Run("2026-11-16", (rows[0], *held[1:3], *held[4:]), "0.1.0, aa0102f", covered[2]),
        Run("2026-11-23", held, "0.1.0, 77e01aa", covered[3]),
    )


@cache
def hostile_rows() -> tuple[Row, ...]:
    """A failure every text of which wants to be markup."""
    row = real_rows()[1]
    (report,) = row.failures
    assert report.pictures is not None
    drawn = report.pictures.failing
    diagram = evolve(
        drawn,
        lanes=tuple(evolve(lane, title=HOSTILE, detail=HOSTILE) for lane in drawn.lanes),
        events=tuple(evolve(event, text=HOSTILE, detail=HOSTILE) for event in drawn.events),
        messages=tuple(evolve(message, text=HOSTILE) for message in drawn.messages),
        spans=tuple(evolve(span, text=HOSTILE) for span in drawn.spans),
        changes=tuple(evolve(change, state=HOSTILE) for change in drawn.changes),
    )
    told = evolve(report, sentence=HOSTILE, command=HOSTILE, pictures=Pictures(diagram, diagram))
    return (evolve(row, name=HOSTILE, note=HOSTILE, failures=(told,)),)


@cache
def long_rows(events: int = EVENTS_MAX) -> tuple[Row, ...]:
    """A failure whose diagram has ``events`` events, with messages, waits, holds and states."""
    row = real_rows()[1]
    (report,) = row.failures
    pictures = Pictures(_long(events), None)
    return (evolve(row, failures=(evolve(report, pictures=pictures),)),)


def _long(events: int) -> Diagram:
    """Lanes in turn; each fourth event sends a message, which arrives three events later."""
    marks = (Mark.FACT, Mark.SEND, Mark.STEP, Mark.FACT, Mark.RECEIVE)
    drawn = [
        Event(
            lane=n % LANES,
            mark=marks[n % len(marks)],
            time=n / 100,
            text=f"what happened as number {n}",
            detail=f"run.status: run run-{n}, thread T, old running, new completed, by turn",
            parents=tuple(p for p in (n - LANES, n - 3) if p >= 0),
        )
        for n in range(events)
    ]
    drawn[-1] = evolve(drawn[-1], clashing=True)
    return Diagram(
        lanes=tuple(Lane(f"lane {n}", f"main/{n}") for n in range(LANES)),
        events=tuple(drawn),
        messages=tuple(Message(n, n + 3, f"message {n}") for n in range(1, events - 3, 5)),
        spans=tuple(
            Span(n % LANES, kind, n, min(n + 40, events - 1), f"{kind} {n}")
            for kind in Stretch
            for n in range(0, events - 1, 45)
        ),
        changes=tuple(Change(n, "run", f"run-{n % 12}", f"state {n}") for n in range(events)),
    )
