"""``hocket check``: are these scenarios well written?"""

import sys
from collections.abc import Sequence

import click
from attrs import frozen

from hocket.reports.exits import Exit
from hocket.reports.wording import count
from hocket.scenarios.files import files_of, text_of
from hocket.scenarios.language import parameters
from hocket.scenarios.language.diagnostics import render
from hocket.scenarios.language.forms import read_document
from hocket.scenarios.language.parser import ParseResult
from hocket.scenarios.usage import UsageProblem

__all__ = ["check"]


@frozen
class _Checked:
    """A file and what was found in it."""

    file: str
    text: str
    result: ParseResult


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATHS]")
@click.option("--stdin", "from_stdin", is_flag=True, help="Check what comes from standard input.")
@click.option(
    "--stdin-name",
    default="stdin.hocket",
    show_default=True,
    metavar="NAME",
    help="How that is called; the JSON form if it ends in .json.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["human", "json"]),
    default="human",
    show_default=True,
    help="For people, or as diagnostics of the Language Server Protocol.",
)
@click.option(
    "--runtime",
    metavar="MODULE:ATTR",
    help="Also find the properties whose events your Adapter does not emit.",
)
def check(
    paths: Sequence[str], form: str, runtime: str | None, *, from_stdin: bool, stdin_name: str
) -> int:
    """Read scenario files and say everything that is wrong with them, in one pass.

    \b
    hocket check races/late_answer.hocket
    hocket check                            the shipped catalogue
    hocket check --stdin --format json      for an editor
    """
    if from_stdin and paths:
        raise UsageProblem("--stdin takes no paths: what is checked comes from standard input")
    texts = [(stdin_name, _stdin())] if from_stdin else [(f, text_of(f)) for f in files_of(paths)]
    checked = [_Checked(name, text, read_document(text, name=name)) for name, text in texts]
    if runtime is not None:
        checked = [_against(one, runtime) for one in checked]
    if form == "json":
        _print_for_editors(checked)
    return _verdict(checked, quiet=form == "json")


def _print_for_editors(checked: Sequence[_Checked]) -> None:
    import json  # noqa: PLC0415 - people are not to wait for it

    from hocket.scenarios.language.lsp import for_editors  # noqa: PLC0415

    click.echo(json.dumps([for_editors(one.file, one.result) for one in checked], indent=2))


def _stdin() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageProblem("standard input is not UTF-8 text") from error


def _against(checked: _Checked, runtime: str) -> _Checked:
    """The same with the properties reported that this runtime cannot answer."""
    from hocket.scenarios.emitted import check_emitted  # noqa: PLC0415 - it loads the runtime

    return _Checked(checked.file, checked.text, check_emitted(checked.result, runtime))


def _verdict(checked: Sequence[_Checked], *, quiet: bool) -> int:
    mistakes = scenarios = instances = 0
    for one in checked:
        found = one.result.diagnostics
        mistakes += len(found)
        for diagnostic in () if quiet else found:
            row = one.result.source.row(diagnostic.line)
            click.echo(render(diagnostic, file=one.file, source=row))
        if not found:
            scenarios += len(one.result.scenarios)
            instances += sum(parameters.count(scenario) for scenario in one.result.scenarios)
    if mistakes:
        if not quiet:
            click.echo(count(mistakes, "mistake"), err=True)
        return Exit.USAGE
    if not scenarios:
        click.echo("there are no scenarios in these files", err=True)
        return Exit.NOTHING_SELECTED
    if not quiet:
        click.echo(f"{count(scenarios, 'scenario')}, {instances} to run: no mistakes")
    return Exit.OK
