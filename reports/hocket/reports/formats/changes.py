"""What changed between two campaigns, for a person at a terminal and for programs."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hocket.reports.compare import Change, ChangeKind
from hocket.reports.schema import SCHEMA_VERSION, plain
from hocket.reports.wording import printable

__all__ = ["changes_to_json", "print_changes"]

_STYLES = {
    ChangeKind.NEW_FAILURE: "red",
    ChangeKind.STILL_FAILING: "red",
    ChangeKind.WEAKENED: "yellow",
    ChangeKind.COVERAGE_LOST: "yellow",
    ChangeKind.VACUOUS: "yellow",
    ChangeKind.REMOVED: "yellow",
    ChangeKind.COST_UP: "",
    ChangeKind.ADDED: "",
    ChangeKind.FIXED: "green",
}


def print_changes(
    console: Console, changes: Sequence[Change], regressions: Collection[Change]
) -> None:
    """Print a line for each change, then how many there are and which fail the gate."""
    if changes:
        table = Table(box=box.SIMPLE_HEAD, show_edge=False)
        table.add_column("change", no_wrap=True)
        table.add_column("scenario", overflow="fold")
        table.add_column("what it was, and is", overflow="fold")
        for change in changes:
            told = Text(change.kind, style=_STYLES[change.kind])
            table.add_row(told, Text(printable(change.name)), Text(printable(change.sentence)))
        console.print(table)
        console.print()
    met = Counter(change.kind for change in changes)
    told_of = ", ".join(f"{met[kind]:,} {kind}" for kind in ChangeKind if met[kind])
    gate = f"{len(regressions):,} of them fail the gate" if regressions else "the gate is passed"
    console.print(Text(f"{told_of or 'nothing changed'}; {gate}"))


def changes_to_json(changes: Sequence[Change], regressions: Collection[Change]) -> dict[str, Any]:
    """The changes as plain values; ``regression`` says which fail the gate."""
    told = [{**plain(change), "regression": change in regressions} for change in changes]
    return {"schema_version": SCHEMA_VERSION, "changes": told}
