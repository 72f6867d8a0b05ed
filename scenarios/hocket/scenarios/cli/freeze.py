"""``hocket freeze``: a failing schedule becomes a scenario that says so for good."""

import re
from collections.abc import Sequence
from pathlib import Path

import click

from hocket.reports.exits import Exit
from hocket.scenarios.cli.tokens import failure_of, subject_of, token_of, use_option
from hocket.scenarios.cli.writing import write
from hocket.scenarios.corpus import Corpus
from hocket.scenarios.exploration import told
from hocket.scenarios.freezing import freeze as freeze_text
from hocket.scenarios.freezing import names_of_tasks
from hocket.scenarios.prepared import Prepared
from hocket.scenarios.usage import UsageProblem
from hocket.simulator import Verdict
from hocket.simulator.engine.token import Token
from hocket.simulator.exploring import ReplayResult, replay_target

__all__ = ["freeze"]


@click.command()
@click.argument("failure", metavar="FAILURE")
@click.option("--name", help="The name of the frozen scenario; else that of the story, _frozen.")
@click.option(
    "-o", "file", metavar="FILE", help="The file to write; else the name with .hocket after it."
)
@click.option(
    "--corpus",
    envvar="HOCKET_CORPUS",
    default=".hocket/corpus",
    show_default=True,
    metavar="FOLDER",
    help="Where failures are kept.",
)
@use_option
def freeze(
    failure: str, name: str | None, file: str | None, corpus: str, allowed: Sequence[str]
) -> int:
    """Write a failing schedule down as a scenario with a replay section.

    FAILURE is a scenario whose failure the corpus has kept, a replay token, or a file that holds
    one.  The new file is a regression test: it is run under this schedule alone, and a schedule
    that cannot be followed any more is called stale.

    \b
    hocket freeze paid_twice                          what the last run found
    hocket freeze hk1.eNpt... -o races/paid_twice_again.hocket
    """
    word, token = token_of(_kept(failure, Corpus(Path(corpus))))
    subject = subject_of(token, allowed)
    if subject is not None and not isinstance(subject, Prepared):
        raise UsageProblem(f"{token.target} is a function; its token is frozen as it is")
    if subject is None:
        return _not_now(ReplayResult(Verdict.INCONCLUSIVE, f"no {token.target} any more", None, ""))
    result = replay_target(subject.target(), token)
    if not result.reproduced or result.execution is None:
        return _not_now(result)
    name = _name(name, token)
    report = told(subject, failure_of(token, word, result), result.execution)
    tasks = names_of_tasks(subject, token)
    text = freeze_text(subject.text, token, report, name=name, tasks=tasks)
    path = Path(file or f"{name}.hocket")
    write(path, text, new=True)
    runtime = token.context.get("runtime", "reference")
    click.echo(f"{path}: fails as {token.origin} ({runtime})")
    click.echo(f"run it: hocket run {path}")
    return Exit.OK


def _kept(failure: str, corpus: Corpus) -> str:
    """The token of the one failure that is kept of a scenario; any other word as it is."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*(\[.*\])?", failure):
        return failure
    kept = corpus.named(failure)
    if len(kept) == 1:
        return next(iter(kept.values()))
    if not kept:
        raise UsageProblem(f"no failure of {failure} is kept in {corpus.folder}; run it first")
    listed = "\n".join(f"  {told}\n    hocket freeze {token}" for told, token in kept.items())
    raise UsageProblem(f"{failure} has several failures; freeze one by its token:\n{listed}")


def _not_now(result: ReplayResult) -> int:
    click.echo(f"not frozen: {result.verdict}: {result.reason}", err=True)
    return Exit.INCONCLUSIVE


def _name(name: str | None, token: Token) -> str:
    name = name or f"{token.target.partition('[')[0]}_frozen"
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise UsageProblem(f"{name!r} is no name: letters, digits and underscores, please")
    return name
