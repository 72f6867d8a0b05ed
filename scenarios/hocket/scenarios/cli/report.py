"""``hocket report``: what a bundle says, again and in other formats."""

from collections.abc import Sequence
from pathlib import Path

import click

from hocket.reports.bundle import BundleError, read_bundle
from hocket.reports.exits import Exit
from hocket.reports.merge import doubts, gaps
from hocket.reports.verdicts import most_urgent
from hocket.scenarios.cli.gate import Gate, fail_on
from hocket.scenarios.cli.outputs import FORMATS, Output, print_bundle, write_outputs
from hocket.scenarios.usage import UsageProblem

__all__ = ["report"]


@click.command()
@click.argument("bundle", default=".hocket/runs/latest")
@click.option("--strict", is_flag=True, help="What is missing or not judged is inconclusive.")
@click.option("--baseline", metavar="FILE", help="Compare with this file or bundle.")
@fail_on
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="human",
    show_default=True,
    help="How results are printed.",
)
@click.option("--output", "-o", multiple=True, metavar="FORMAT=PATH", help="Write a file.")
def report(
    bundle: str,
    *,
    strict: bool,
    baseline: str | None,
    fail_on: Sequence[str],
    form: str,
    output: Sequence[str],
) -> int:
    """Print what a bundle says, and write it in other formats.

    \b
    hocket report                                   the newest run
    hocket report merged/ -o junit=report.xml       as a file that CI reads
    hocket report -o baseline=baseline.jsonl        a baseline to commit

    The exit code is that of the run, so shards that were merged can be judged here.
    """
    outputs = [Output.parse(word) for word in output]
    gate = Gate.of(baseline, fail_on)
    try:
        found = read_bundle(Path(bundle))
        judgement = gate.judge(found)
    except BundleError as error:
        raise UsageProblem(str(error)) from error
    missing = gaps(found)
    for warning in (*missing, *doubts(found)):
        click.echo(f"warning: {warning}", err=True)
    seconds = sum(row.result.seconds for row in found.rows)
    print_bundle(found, judgement, form, seconds=seconds, interrupted=found.interrupted)
    write_outputs(outputs, found, judgement.changes)
    code = judgement.exit_of(found, strict=strict, interrupted=False)
    return most_urgent([code, *([Exit.INCONCLUSIVE] * bool(strict and missing))])
