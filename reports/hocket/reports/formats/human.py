"""The report of a run for a person at a terminal.

Names, messages and commands are foreign text, which must never be read as rich's markup: a
scenario is called ``race[n=2]``, and ``[n=2]`` would vanish.  So everything is a ``Text``.  Colour
repeats what a word already says.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hocket.reports.coverage import describe_coverage
from hocket.reports.results import Row
from hocket.reports.story import describe_failure
from hocket.reports.verdicts import hints, worth
from hocket.reports.wording import count, duration, printable
from hocket.simulator.engine.outcome import Verdict

__all__ = ["print_failures", "print_report", "print_summary", "print_table"]

_STYLES = {
    Verdict.VERIFIED: "green",
    Verdict.NOT_FOUND: "green",
    Verdict.UNSUPPORTED: "yellow",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.NONDETERMINISTIC: "red",
    Verdict.FAILED: "red",
    Verdict.ERROR: "red",
}
"""From the best verdict to the worst, which is also the order of the summary."""

HINTED_MAX = 3
"""Rows up to which their hints are printed; more would bury the table.  Machines get them all."""


def print_report(
    console: Console, rows: Sequence[Row], *, seconds: float, interrupted: bool = False
) -> None:
    """Print the table, each failure and the summary of a run that took ``seconds`` of wall time.

    ``interrupted`` says that a person stopped it, so that what is missing was not tried.
    """
    if rows:
        print_table(console, rows)
    print_failures(console, rows)
    print_summary(console, rows, seconds=seconds, interrupted=interrupted)


def print_table(console: Console, rows: Sequence[Row]) -> None:
    """Print one line for each row, then what the verdicts without a failure are worth."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    table.add_column("scenario", overflow="fold")
    table.add_column("verdict", no_wrap=True)
    for heading in ("schedules", "time", "found after"):
        table.add_column(heading, justify="right", overflow="fold")
    for row in rows:
        found = min((failure.schedule for failure in row.result.failures), default=0)
        table.add_row(
            Text(printable(row.name)),
            Text(row.verdict, style=_STYLES[row.verdict]),
            f"{row.result.schedules:,}",
            duration(row.result.seconds),
            f"{found:,}" if found else "-",
        )
    console.print(table)
    told: dict[str, list[str]] = {}
    for row in rows:
        if not row.failures:
            told.setdefault(worth(row), []).append(printable(row.name))
    for sentence, names in told.items():
        who = names[0] if len(names) == 1 else f"each of {len(names):,} scenarios"
        console.print(Text(f"{who}: {sentence}"))
    for row in rows if len(rows) <= HINTED_MAX else ():
        for hint in hints(row):
            console.print(Text(f"{printable(row.name)}: {hint}"), soft_wrap=True)
    for row in rows:
        if row.note:
            console.print(Text(printable(f"{row.name}: {row.note}")))
        if row.result.coverage is not None:
            told_of = f"{printable(row.name)}: {describe_coverage(row.result.coverage)}"
            console.print(Text(told_of), soft_wrap=True)


def print_failures(console: Console, rows: Iterable[Row]) -> None:
    """Print the story of each failure under the name and place of its scenario."""
    for row in rows:
        for number, report in enumerate(row.failures, 1):
            which = f", {number} of {len(row.failures)}" if len(row.failures) > 1 else ""
            title = f"{row.verdict}: {row.name}{which} ({row.file}:{row.line})"
            console.print()
            console.print(Text(printable(title), style=f"bold {_STYLES[row.verdict]}"))
            console.print()
            console.print(Text(describe_failure(report, console.width)), soft_wrap=True)


def print_summary(
    console: Console, rows: Sequence[Row], *, seconds: float, interrupted: bool = False
) -> None:
    """Print one line for the whole run, after a warning for each thing that was not tested."""
    console.print()
    for warning in _warnings(rows, interrupted=interrupted):
        console.print(Text(f"warning: {warning}", style="yellow"))
    if not rows:
        console.print(Text("nothing was selected", style="yellow"))
        return
    met = Counter(row.verdict for row in rows)
    verdicts = ", ".join(f"{met[verdict]:,} {verdict}" for verdict in _STYLES if met[verdict])
    schedules = count(sum(row.result.schedules for row in rows), "schedule")
    worst = [verdict for verdict in _STYLES if met[verdict]][-1]
    line = f"{count(len(rows), 'scenario')}: {verdicts}; {schedules} in {duration(seconds)}"
    console.print(Text(line, style=f"bold {_STYLES[worst]}"))


def _warnings(rows: Iterable[Row], *, interrupted: bool) -> list[str]:
    warnings: list[str] = []
    for row in rows:
        name = printable(row.name)
        if row.vacuous:
            properties = ", ".join(map(printable, row.vacuous))
            warnings.append(f"{name}: nothing to judge in any schedule: {properties}")
        if row.unmet:
            patterns = ", ".join(map(printable, row.unmet))
            warnings.append(f"{name}: never seen in any schedule: {patterns}")
    if interrupted:
        warnings.append("interrupted; the verdicts cover only what was done until then")
    return warnings
