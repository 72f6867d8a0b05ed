"""A failure in words, in the order in which a person asks.

What went wrong, between whom, how the schedule differs from the default one, which property says
so and where it is written, and how to see it again.  Most failures are understood from the first
ten lines, so nothing stands before the sentence and the lanes.
"""

from collections.abc import Iterable, Sequence
from textwrap import wrap

from hocket.reports.results import FailureReport
from hocket.reports.timeline import WIDTH_MIN, lane_table, render
from hocket.reports.wording import count, printable
from hocket.simulator.engine.choices import Deviation, describe_cost
from hocket.simulator.engine.explanation import Explanation
from hocket.simulator.engine.outcome import Failure, FailureKind, describe_cycle

__all__ = ["DEVIATIONS_MAX", "describe_failure"]

DEVIATIONS_MAX = 12
"""The deviations that are told one by one."""

EVENTS_MAX = 2
"""The clashing events whose lines are told."""

_HEADINGS = {
    FailureKind.EXCEPTION: "raised",
    FailureKind.INVARIANT: "violated",
    FailureKind.DEADLOCK: "deadlock",
    FailureKind.LEAK: "leaked",
    FailureKind.STEP_BOUND: "cut short",
    FailureKind.ESCAPE: "reached for the real world",
    FailureKind.NONDETERMINISTIC: "not deterministic",
}


def describe_failure(report: FailureReport, width: int) -> str:
    """The story of one failure in plain text, for a terminal ``width`` cells wide.

    The command and single long words are never broken, so that they can be copied.
    """
    failure = report.failure
    table = lane_table(report.lanes, report.moments, failure.clashing)
    met = f"found in schedule {failure.schedule:,} by {failure.strategy}, {failure.model} model"
    if failure.strategy == "corpus":
        met = f"kept in the corpus by an earlier run, seen again, {failure.model} model"
    parts = [
        _paragraph(report.sentence, width),
        render(table, max(width, WIDTH_MIN)) if table.rows else "",
        _deviations(failure.deviations, width),
        _paragraph(str(failure.lockstep), width) if failure.lockstep is not None else "",
        _cause(failure.explanation, width),
        _waits(failure, width),
        _property(report, width),
        f"replay ({met}):\n  {printable(report.command)}",
    ]
    return "\n\n".join(part for part in parts if part)


def _deviations(deviations: Sequence[Deviation], width: int) -> str:
    if not deviations:
        return _paragraph("It fails in the default schedule.", width)
    lines = [str(deviation) for deviation in deviations[:DEVIATIONS_MAX]]
    more = len(deviations) - DEVIATIONS_MAX
    return _block(describe_cost(deviations), [*lines, *([f"and {more} more"] * (more > 0))], width)


def _cause(explanation: Explanation | None, width: int) -> str:
    """At most six lines: the shape, the facts, the clashing events, and what passes."""
    if explanation is None:
        return ""
    lines = [*map(str, explanation.facts), *explanation.events[-EVENTS_MAX:]]
    if explanation.passing is None:
        tries = count(explanation.executions, "schedule")
        lines.append(f"no order makes the difference: all of {tries} near it fail")
    else:
        lines.append(f"passes: {describe_cost(explanation.passing)}; {explanation.parting}")
    name = f" ({explanation.anomaly})" if explanation.anomaly else ""
    return _block(f"why{name}", lines, width)


def _waits(failure: Failure, width: int) -> str:
    lines = [str(wait) for wait in failure.waits]
    if failure.wait_cycle:
        lines.append(f"in a circle: {describe_cycle(failure.wait_cycle)}")
    return _block("waiting", lines, width) if lines else ""


def _property(report: FailureReport, width: int) -> str:
    failure = report.failure
    name = failure.origin.name if failure.kind is FailureKind.INVARIANT else ""
    message = failure.message.removeprefix(f"{name}: ")
    place = "" if report.place in message else f"at {report.place}"
    lines = dict.fromkeys((name, report.statement, message, place))
    return _block(_HEADINGS[failure.kind], filter(None, lines), width)


def _block(heading: str, lines: Iterable[str], width: int) -> str:
    return "\n".join((f"{heading}:", *(_paragraph(line, width, indent="  ") for line in lines)))


def _paragraph(text: str, width: int, indent: str = "") -> str:
    lines = wrap(
        printable(text),
        max(width, WIDTH_MIN),
        initial_indent=indent,
        subsequent_indent=indent * 2,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines)
