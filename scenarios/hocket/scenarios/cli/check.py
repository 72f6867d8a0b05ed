"""``hocket check``: are these scenarios well written?"""

from collections.abc import Sequence
from pathlib import Path

import click

from hocket.reports.verdicts import Exit
from hocket.reports.wording import count
from hocket.scenarios import catalogue
from hocket.scenarios.language import parameters
from hocket.scenarios.language.checks import read
from hocket.scenarios.language.diagnostics import render
from hocket.scenarios.selection import CATALOGUE, text_of

__all__ = ["check"]


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATHS]")
def check(paths: Sequence[str]) -> int:
    """Read scenario files and say everything that is wrong with them, in one pass.

    \b
    hocket check races/late_answer.hocket
    hocket check                            the shipped catalogue
    """
    mistakes = scenarios = instances = 0
    for file in _files(paths):
        result = read(text_of(file), name=file)
        mistakes += len(result.diagnostics)
        for diagnostic in result.diagnostics:
            click.echo(render(diagnostic, file=file, source=result.source.row(diagnostic.line)))
        if not result.diagnostics:
            scenarios += len(result.scenarios)
            instances += sum(parameters.count(scenario) for scenario in result.scenarios)
    if mistakes:
        click.echo(count(mistakes, "mistake"), err=True)
        return Exit.USAGE
    if not scenarios:
        click.echo("there are no scenarios in these files", err=True)
        return Exit.NOTHING_SELECTED
    click.echo(f"{count(scenarios, 'scenario')}, {instances} to run: no mistakes")
    return Exit.OK


def _files(paths: Sequence[str]) -> list[str]:
    if not paths:
        return [CATALOGUE + name for name in catalogue.texts()]
    files: list[str] = []
    for path in paths:
        folder = Path(path)
        files.extend(sorted(map(str, folder.rglob("*.hocket"))) if folder.is_dir() else [path])
    return files
