"""``hocket trend``: how the results of several runs went on."""

from collections.abc import Sequence
from pathlib import Path

import click

from hocket.reports.bundle import Bundle, BundleError, read_bundle
from hocket.reports.exits import Exit
from hocket.reports.files import write_whole
from hocket.reports.formats.html import html_trend
from hocket.reports.trend import Run, run_of
from hocket.reports.wording import count
from hocket.scenarios.usage import UsageProblem

__all__ = ["trend"]


@click.command()
@click.argument("bundles", nargs=-1, required=True, metavar="BUNDLE...", type=click.Path())
@click.option(
    "--output",
    "-o",
    default="trend.html",
    show_default=True,
    metavar="PATH",
    help="The page to write.",
)
def trend(bundles: Sequence[str], output: str) -> int:
    """Show how verdicts, schedules to kill and coverage went from run to run, as one HTML page.

    \b
    hocket trend .hocket/runs/1 .hocket/runs/2    writes trend.html
    hocket trend nightly/* -o nightly.html        a folder of bundles

    The runs are ordered by when they started.
    """
    runs = _runs([Path(bundle) for bundle in bundles])
    try:
        write_whole(Path(output), html_trend(runs))
    except OSError as error:
        raise UsageProblem(f"cannot write {output}: {error.strerror}") from error
    click.echo(f"wrote {output}: {count(len(runs), 'run')}")
    return Exit.OK


def _runs(folders: Sequence[Path]) -> list[Run]:
    """What the folders hold, the oldest first; a link to one of the others adds nothing."""
    there = {folder.resolve(): folder for folder in folders}
    try:
        bundles = [(read_bundle(folder), folder.name) for folder in there]
    except BundleError as error:
        raise UsageProblem(str(error)) from error
    return [run_of(bundle, name) for bundle, name in sorted(bundles, key=_started)]


def _started(named: tuple[Bundle, str]) -> str:
    return min((environment.started for environment in named[0].environments), default="")
