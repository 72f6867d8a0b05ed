"""A failure in words, in the order in which a person asks.

What went wrong, between whom, how the schedule differs from the default one, which property says
so and where it is written, and how to see it again.  Most failures are understood from the first
ten lines, so nothing stands before the sentence and the lanes.
"""

from collections.abc import Sequence
from textwrap import wrap

from attrs import frozen

from hocket.reports.results import FailureReport
from hocket.reports.timeline import WIDTH_MIN, LaneTable, lane_table, render
from hocket.reports.wording import count, printable
from hocket.simulator.engine.choices import Deviation, describe_cost
from hocket.simulator.engine.explanation import Explanation
from hocket.simulator.engine.outcome import Failure, FailureKind, describe_cycle

__all__ = ["DEVIATIONS_MAX", "Account", "Part", "account_of", "describe_failure"]

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


@frozen
class Part:
    """One heading of a story and its lines; a part without a heading is a paragraph."""

    heading: str
    lines: tuple[str, ...]


@frozen
class Account:
    """A failure in words, in order, for whatever shows it.

    ``table`` is the lane table, ``parts`` tell what comes after it, ``met`` how the campaign came
    upon the failure, and ``command`` replays it.
    """

    sentence: str
    table: LaneTable
    parts: tuple[Part, ...]
    met: str
    command: str


def account_of(report: FailureReport) -> Account:
    """The story of one failure."""
    failure = report.failure
    met = f"found in schedule {failure.schedule:,} by {failure.strategy}, {failure.model} model"
    if failure.strategy == "corpus":
        met = f"kept in the corpus by an earlier run, seen again, {failure.model} model"
    lockstep = () if failure.lockstep is None else (str(failure.lockstep),)
    parts = (
        _deviations(failure.deviations),
        Part("", lockstep),
        _cause(failure.explanation),
        _waits(failure),
        _property(report),
    )
    return Account(
        sentence=report.sentence,
        table=lane_table(report.lanes, report.moments, failure.clashing),
        parts=tuple(part for part in parts if part.lines),
        met=met,
        command=report.command,
    )


def describe_failure(report: FailureReport, width: int) -> str:
    """The story of one failure in plain text, for a terminal ``width`` cells wide.

    The command and single long words are never broken, so that they can be copied.
    """
    account = account_of(report)
    blocks = [
        _paragraph(account.sentence, width),
        render(account.table, max(width, WIDTH_MIN)) if account.table.rows else "",
        *(_block(part, width) for part in account.parts),
        f"replay ({account.met}):\n  {printable(account.command)}",
    ]
    return "\n\n".join(block for block in blocks if block)


def _deviations(deviations: Sequence[Deviation]) -> Part:
    if not deviations:
        return Part("", ("It fails in the default schedule.",))
    lines = [str(deviation) for deviation in deviations[:DEVIATIONS_MAX]]
    more = len(deviations) - DEVIATIONS_MAX
    return Part(describe_cost(deviations), (*lines, *([f"and {more} more"] * (more > 0))))


def _cause(explanation: Explanation | None) -> Part:
    """At most six lines: the shape, the facts, the clashing events, and what passes."""
    if explanation is None:
        return Part("why", ())
    lines = [*map(str, explanation.facts), *explanation.events[-EVENTS_MAX:]]
    if explanation.passing is None:
        tries = count(explanation.executions, "schedule")
        lines.append(f"no order makes the difference: all of {tries} near it fail")
    else:
        lines.append(f"passes: {describe_cost(explanation.passing)}; {explanation.parting}")
    name = f" ({explanation.anomaly})" if explanation.anomaly else ""
    return Part(f"why{name}", tuple(lines))


def _waits(failure: Failure) -> Part:
    lines = [str(wait) for wait in failure.waits]
    if failure.wait_cycle:
        lines.append(f"in a circle: {describe_cycle(failure.wait_cycle)}")
    return Part("waiting", tuple(lines))


def _property(report: FailureReport) -> Part:
    failure = report.failure
    name = failure.origin.name if failure.kind is FailureKind.INVARIANT else ""
    message = failure.message.removeprefix(f"{name}: ")
    place = "" if report.place in message else f"at {report.place}"
    lines = dict.fromkeys((name, report.statement, message, place))
    return Part(_HEADINGS[failure.kind], tuple(filter(None, lines)))


def _block(part: Part, width: int) -> str:
    if not part.heading:
        return "\n".join(_paragraph(line, width) for line in part.lines)
    lines = (_paragraph(line, width, indent="  ") for line in part.lines)
    return "\n".join((f"{part.heading}:", *lines))


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
