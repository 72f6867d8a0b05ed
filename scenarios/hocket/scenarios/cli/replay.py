"""``hocket replay``: one exact schedule again."""

from collections.abc import Sequence

import click

from hocket.reports.exits import Exit
from hocket.reports.story import describe_failure
from hocket.reports.verdicts import exit_code
from hocket.scenarios.cli.console import output
from hocket.scenarios.cli.tokens import failure_of, subject_of, token_of, use_option
from hocket.scenarios.exploration import told
from hocket.scenarios.selection import Subject
from hocket.simulator import Verdict
from hocket.simulator.engine.token import Token
from hocket.simulator.exploring import ReplayResult, replay_target

__all__ = ["replay"]


@click.command()
@click.argument("file_or_token")
@use_option
def replay(file_or_token: str, allowed: Sequence[str]) -> int:
    """Run one recorded schedule again, and tell whether the failure is the same.

    \b
    hocket replay hk1.eNpt...        the token that a failure printed
    hocket replay failure.token      a file that holds one
    """
    word, token = token_of(file_or_token)
    subject = subject_of(token, allowed)
    if subject is None:
        click.echo(f"{Verdict.INCONCLUSIVE}: stale token: there is no {token.target} any more")
        return Exit.INCONCLUSIVE
    result = replay_target(subject.target(), token)
    _tell(subject, token, word, result)
    interrupted = result.execution is not None and result.execution.interrupted
    return exit_code([result.verdict], strict=False, interrupted=interrupted)


def _tell(subject: Subject, token: Token, word: str, result: ReplayResult) -> None:
    execution = result.execution
    if not result.reproduced or execution is None or execution.rejection is None:
        click.echo(f"{result.verdict}: {result.reason}")
        return
    failure = failure_of(token, word, result)
    console = output()
    console.print(describe_failure(told(subject, failure, execution), console.width), markup=False)
    click.echo(f"\nreproduced: the same failure, trace {result.digest}")
