"""``hocket replay``: one exact schedule again."""

from pathlib import Path

import click

from hocket.reports.story import describe_failure
from hocket.reports.verdicts import Exit, exit_code
from hocket.scenarios.cli.console import output
from hocket.scenarios.exploration import told
from hocket.scenarios.selection import REFERENCE, Subject, select
from hocket.scenarios.usage import UsageProblem
from hocket.simulator import Failure, TokenError, Verdict
from hocket.simulator.engine.token import Token, decode
from hocket.simulator.exploring import ReplayResult, replay_target

__all__ = ["replay"]


@click.command()
@click.argument("file_or_token")
def replay(file_or_token: str) -> int:
    """Run one recorded schedule again, and tell whether the failure is the same.

    \b
    hocket replay hk1.eNpt...        the token that a failure printed
    hocket replay failure.token      a file that holds one
    """
    word = _word(file_or_token)
    try:
        token = decode(word)
    except TokenError as error:
        raise UsageProblem(str(error)) from error
    subject = _subject(token)
    if subject is None:
        click.echo(f"{Verdict.INCONCLUSIVE}: stale token: there is no {token.target} any more")
        return Exit.INCONCLUSIVE
    result = replay_target(subject.target(), token)
    _tell(subject, token, word, result)
    interrupted = result.execution is not None and result.execution.interrupted
    return exit_code([result.verdict], strict=False, interrupted=interrupted)


def _word(file_or_token: str) -> str:
    if file_or_token.startswith("hk") or not Path(file_or_token).is_file():
        return file_or_token
    try:
        return Path(file_or_token).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(f"cannot read a token from {file_or_token}: {error}") from error


def _subject(token: Token) -> Subject | None:
    file = token.context.get("file")
    if file is None:
        raise UsageProblem(
            f"the token is of {token.target}; replay it with hocket.simulator.replay(target, token)"
        )
    subjects = select([file], token.context.get("runtime", REFERENCE))
    found = next((subject for subject in subjects if subject.name == token.target), None)
    return found.in_sweep() if found is not None and token.cancel is not None else found


def _tell(subject: Subject, token: Token, word: str, result: ReplayResult) -> None:
    execution = result.execution
    if not result.reproduced or execution is None or execution.rejection is None:
        click.echo(f"{result.verdict}: {result.reason}")
        return
    rejection = execution.rejection
    failure = Failure(
        kind=rejection.origin.kind,
        origin=rejection.origin,
        message=rejection.message,
        token=word,
        deviations=execution.deviations,
        digest=result.digest,
        schedule=1,
        strategy="replay",
        model=token.model,
        clashing=rejection.clashing,
        waits=rejection.waits,
    )
    console = output()
    console.print(describe_failure(told(subject, failure, execution), console.width), markup=False)
    click.echo(f"\nreproduced: the same failure, trace {result.digest}")
