"""``hocket compare``: what changed between two campaigns."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from hocket.reports.baseline import read_standings
from hocket.reports.bundle import BundleError
from hocket.reports.compare import ChangeKind, regressions
from hocket.reports.compare import compare as compare_standings
from hocket.reports.exits import Exit
from hocket.reports.formats.changes import changes_to_json, print_changes
from hocket.scenarios.cli.console import output
from hocket.scenarios.cli.gate import fail_on
from hocket.scenarios.usage import UsageProblem

__all__ = ["compare"]


@click.command()
@click.argument("base")
@click.argument("head")
@fail_on
@click.option(
    "--format",
    "form",
    type=click.Choice(("human", "json")),
    default="human",
    show_default=True,
    help="How changes are printed.",
)
def compare(base: str, head: str, fail_on: Sequence[str], form: str) -> int:
    """Say what changed from one campaign to the other, and fail on what got worse.

    \b
    hocket compare release/ .hocket/runs/latest       two bundles
    hocket compare baseline.jsonl .hocket/runs/latest a committed baseline
    hocket compare base/ head/ --fail-on weakened     and fail if a verdict is weaker

    A new failure exits with 1; anything else only if --fail-on names it.
    """
    try:
        changes = compare_standings(read_standings(Path(base)), read_standings(Path(head)))
    except BundleError as error:
        raise UsageProblem(str(error)) from error
    worse = regressions(changes, map(ChangeKind, fail_on))
    if form == "json":
        click.echo(json.dumps(changes_to_json(changes, worse), indent=2))
    else:
        print_changes(output(), changes, worse)
    return Exit.FAILED if worse else Exit.OK
