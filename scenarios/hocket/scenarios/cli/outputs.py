"""Where results go: to standard output in one format, and to files in others."""

import json
from collections.abc import Sequence
from pathlib import Path

import click
from attrs import frozen

from hocket.reports.bundle import Bundle
from hocket.reports.compare import Change
from hocket.reports.files import write_whole
from hocket.reports.formats.changes import changes_to_json, print_changes
from hocket.reports.formats.human import print_report
from hocket.reports.formats.machine import jsonl
from hocket.reports.schema import row_to_json
from hocket.reports.writers import WRITERS
from hocket.scenarios.cli.console import output
from hocket.scenarios.cli.gate import Judgement
from hocket.scenarios.language.diagnostics import suggestion
from hocket.scenarios.usage import UsageProblem

__all__ = ["FORMATS", "Output", "print_bundle", "write_outputs"]

FORMATS = ("human", "json", "jsonl")


@frozen
class Output:
    """A file to write, and in which format."""

    form: str
    path: Path

    @classmethod
    def parse(cls, word: str) -> "Output":
        """What ``FORMAT=PATH`` means; raises :class:`UsageProblem` if it cannot be written."""
        form, separator, path = word.partition("=")
        if not separator or not path:
            raise UsageProblem(f"-o takes FORMAT=PATH, as in -o jsonl=results.jsonl, not {word!r}")
        if form not in WRITERS:
            near = suggestion(form, list(WRITERS))
            hint = f"did you mean {near}?" if near else f"it writes {', '.join(WRITERS)}"
            raise UsageProblem(f"-o cannot write {form!r}; {hint}")
        folder = Path(path).resolve().parent
        if not folder.is_dir():
            raise UsageProblem(f"cannot write {path}: there is no folder {folder}")
        if Path(path).is_dir():
            raise UsageProblem(f"cannot write {path}: it is a folder")
        return cls(form, Path(path))


def write_outputs(
    outputs: Sequence[Output], bundle: Bundle, changes: Sequence[Change] = ()
) -> None:
    """Write each file whole; raises :class:`UsageProblem` for one that cannot be written."""
    for one in outputs:
        try:
            write_whole(one.path, WRITERS[one.form](bundle, changes))
        except OSError as error:
            raise UsageProblem(f"cannot write {one.path}: {error.strerror}") from error


def print_bundle(
    bundle: Bundle, judgement: Judgement, form: str, *, seconds: float, interrupted: bool
) -> None:
    """Print a bundle in one of :data:`FORMATS`; the campaign took ``seconds`` of wall time.

    What changed since a baseline is told with it: to a person as a table, in JSON as ``changes``.
    """
    told = changes_to_json(judgement.changes, judgement.regressions)
    if form == "jsonl":
        click.echo(jsonl(bundle.rows), nl=False)
    elif form == "json":
        rows = [row_to_json(row) for row in bundle.rows]
        click.echo(json.dumps({**told, "rows": rows}, indent=2))
    else:
        console = output()
        print_report(console, bundle.rows, seconds=seconds, interrupted=interrupted)
        if judgement.compared:
            console.print()
            print_changes(console, judgement.changes, judgement.regressions)
