"""``hocket new``: a scenario to begin with."""

import re
from pathlib import Path

import click

from hocket.reports.exits import Exit
from hocket.scenarios.cli.writing import write
from hocket.scenarios.language.templates import TEMPLATES
from hocket.scenarios.usage import UsageProblem

__all__ = ["new"]


@click.command()
@click.argument("name")
@click.option(
    "--template",
    type=click.Choice(list(TEMPLATES)),
    default="blank",
    show_default=True,
    help="The story to begin with.",
)
@click.option("-o", "file", metavar="FILE", help="The file to write; else NAME.hocket.")
def new(name: str, template: str, file: str | None) -> int:
    """Write a scenario that runs as it is, to be turned into your own.

    \b
    hocket new paid_twice --template approval-race
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise UsageProblem(f"{name!r} is no name: letters, digits and underscores, please")
    path = Path(file or f"{name}.hocket")
    write(path, TEMPLATES[template].replace("NAME", name, 1), new=True)
    click.echo(f"wrote {path}; next: hocket run {path}")
    return Exit.OK
