"""Tokens on the command line: which schedule is meant, and of what."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from hocket.scenarios.selection import REFERENCE, Subject, select
from hocket.scenarios.usage import UsageProblem
from hocket.simulator import Failure, TokenError
from hocket.simulator.engine.token import Token, decode
from hocket.simulator.exploring import ReplayResult

__all__ = ["failure_of", "subject_of", "token_of", "use_option"]

use_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--use",
    "allowed",
    multiple=True,
    metavar="PACKAGE",
    help="Let scenarios name code of this package by `use`; may be repeated.",
)
"""The option that allows code that scenarios name."""


def token_of(file_or_token: str) -> tuple[str, Token]:
    """The token that a word is, or that the file of that name holds, as text and decoded."""
    word = _word(file_or_token)
    try:
        return word, decode(word)
    except TokenError as error:
        raise UsageProblem(str(error)) from error


def _word(file_or_token: str) -> str:
    if file_or_token.startswith("hk") or not Path(file_or_token).is_file():
        return file_or_token
    try:
        return Path(file_or_token).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(f"cannot read a token from {file_or_token}: {error}") from error


def subject_of(token: Token, allowed: Sequence[str] = ()) -> Subject | None:
    """What a token is a schedule of, None if there is no such thing any more."""
    file = token.context.get("file")
    if file is None:
        raise UsageProblem(
            f"the token is of {token.target}; replay it with hocket.simulator.replay(target, token)"
        )
    subjects = select([file], token.context.get("runtime", REFERENCE), allowed)
    found = next((subject for subject in subjects if subject.name == token.target), None)
    return found.in_sweep() if found is not None and token.cancel is not None else found


def failure_of(token: Token, word: str, result: ReplayResult) -> Failure:
    """The failure that a replay has shown again."""
    execution = result.execution
    assert execution is not None
    rejection = execution.rejection
    assert rejection is not None
    return Failure(
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
