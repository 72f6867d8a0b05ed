"""``hocket fmt``: the one style, and the way from one form to the other."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from hocket.reports.exits import Exit
from hocket.reports.wording import count
from hocket.scenarios.cli.writing import write
from hocket.scenarios.files import CATALOGUE, files_of, text_of
from hocket.scenarios.language.diagnostics import render
from hocket.scenarios.language.formatter import Unwritable, format_scenarios, format_text
from hocket.scenarios.language.forms import is_json, read_document
from hocket.scenarios.language.json_form import dumps
from hocket.scenarios.language.model import Scenario
from hocket.scenarios.usage import UsageProblem

__all__ = ["fmt"]


@click.command()
@click.argument("paths", nargs=-1, metavar="PATHS")
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit 1 if one differs.")
@click.option("--stdin", "from_stdin", is_flag=True, help="From standard input to standard output.")
@click.option(
    "--to",
    "form",
    type=click.Choice(["text", "json"]),
    help="Print one file in this form instead; comments have no place in the JSON form.",
)
def fmt(paths: Sequence[str], form: str | None, *, only_check: bool, from_stdin: bool) -> int:
    """Write scenario files in the one style there is; comments are kept.

    \b
    hocket fmt races/                          every scenario file in the folder
    hocket fmt --check races/                  in CI: exit 1 if a file is not in that style
    hocket fmt --to json late.hocket > late.hocket.json
    """
    if from_stdin:
        click.echo(_styled("stdin.hocket", sys.stdin.buffer.read().decode("utf-8")), nl=False)
        return Exit.OK
    if form is not None:
        click.echo(_converted(paths, form), nl=False)
        return Exit.OK
    files = files_of(paths)
    changed = [file for file in files if _is_changed(file, only_check=only_check)]
    if not only_check:
        said = (
            f"{count(len(changed), 'file')} changed, {len(files) - len(changed)} left as they are"
        )
        click.echo(said)
        return Exit.OK
    for file in changed:
        click.echo(f"{file}: not in the style; run: hocket fmt {file}")
    return Exit.FAILED if changed else Exit.OK


def _is_changed(file: str, *, only_check: bool) -> bool:
    before = text_of(file)
    after = _styled(file, before)
    if after != before and not only_check:
        if file.startswith(CATALOGUE):
            raise UsageProblem(f"{file} is part of hocket; name files of your own")
        write(Path(file), after, new=False)
    return after != before


def _styled(file: str, text: str) -> str:
    """A text in its one style; raises UsageProblem, with the mistakes, if it cannot be read."""
    try:
        if is_json(file):
            return dumps(_scenarios(file, text))
        formatted = format_text(text, name=file)
    except Unwritable as error:
        raise UsageProblem(f"{file} cannot be formatted: {error}") from error
    if formatted.diagnostics:
        rows = text.split("\n")
        shown = (render(d, file=file, source=rows[d.line - 1]) for d in formatted.diagnostics)
        raise UsageProblem("\n".join(["mend these first:", *shown]))
    return formatted.text


def _converted(paths: Sequence[str], form: str) -> str:
    if len(paths) != 1:
        raise UsageProblem("--to prints one file; name one")
    scenarios = _scenarios(paths[0], text_of(paths[0]))
    return dumps(scenarios) if form == "json" else format_scenarios(scenarios)


def _scenarios(file: str, text: str) -> tuple[Scenario, ...]:
    result = read_document(text, name=file)
    if result.diagnostics:
        row = result.source.row
        shown = (render(d, file=file, source=row(d.line)) for d in result.diagnostics)
        raise UsageProblem("\n".join(["mend these first:", *shown]))
    return result.scenarios
