"""``hocket chat``: talk to a server from a terminal."""

import ssl
from functools import partial
from pathlib import Path
from typing import Any

import click
import trio

from hocket.reports.exits import Exit
from hocket.scenarios.cli.extras import brought_by
from hocket.scenarios.cli.serve import DEFAULT_ADDRESS
from hocket.scenarios.usage import UsageProblem

__all__ = ["chat"]

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("url", default=f"ws://{DEFAULT_ADDRESS}")
@click.option("--token", envvar="HOCKET_TOKEN", help="Who you are.  [env: HOCKET_TOKEN]")
@click.option("--tokens", type=_FILE, help="Take the token from a server's file of tokens.")
@click.option("--user", help="Whose token in that file.  [default: the first]")
@click.option("--thread", metavar="ID", help="Another thread than your main one.")
@click.option("--shell", is_flag=True, help="Let the agent run commands here; approve each one.")
@click.option("--tls-ca", type=_FILE, help="A PEM file of authorities to believe, for wss.")
def chat(url: str, **options: Any) -> int:
    """Talk to an agent that ``hocket serve`` serves; /help says how.

    \b
    hocket chat --tokens data/tokens
    hocket chat wss://agents.example --token "$TOKEN" --shell
    echo hello | hocket chat --tokens data/tokens
    """
    with brought_by("serve", "hocket chat"):
        from hocket.runtime.chat.dialing import Unreachable, Where  # noqa: PLC0415
        from hocket.runtime.chat.talk import ASK, SHELL  # noqa: PLC0415
        from hocket.runtime.chat.terminal import Refused, Visit  # noqa: PLC0415
        from hocket.runtime.chat.terminal import chat as talk  # noqa: PLC0415
        from hocket.runtime.server.problems import first_of  # noqa: PLC0415
    try:
        where = Where.parse(url)
    except ValueError as error:
        raise UsageProblem(str(error)) from error
    visit = Visit(
        where,
        options["token"] or _token_in(options["tokens"], options["user"]),
        options["thread"],
        (ASK, SHELL) if options["shell"] else (ASK,),
        _trust(options["tls_ca"]),
    )
    problem: BaseException | None = None
    interrupted = False
    try:
        interrupted = trio.run(partial(talk, visit))
    except* (Unreachable, Refused) as told:
        problem = first_of(told)
    if problem is not None:
        raise UsageProblem(str(problem)) from problem
    return Exit.INTERRUPTED if interrupted else Exit.OK


def _token_in(tokens: Path | None, user: str | None) -> str:
    from hocket.runtime.server.accounts import read_tokens  # noqa: PLC0415
    from hocket.runtime.server.problems import ServeProblem  # noqa: PLC0415

    if tokens is None:
        raise UsageProblem("give a token with --token, HOCKET_TOKEN, or --tokens DIR/tokens")
    try:
        users = read_tokens(tokens)
    except ServeProblem as problem:
        raise UsageProblem(str(problem)) from problem
    for token, owner in users.items():
        if user is None or owner == user:
            return token
    raise UsageProblem(f"there is no token of {user} in {tokens}")


def _trust(authorities: Path | None) -> ssl.SSLContext | None:
    if authorities is None:
        return None
    try:
        return ssl.create_default_context(cafile=authorities)
    except (OSError, ssl.SSLError) as error:
        raise UsageProblem(f"cannot read the authorities in {authorities}: {error}") from error
