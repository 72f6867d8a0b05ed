"""``hocket serve``: the reference runtime for real."""

import importlib
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Any

import attrs
import click

from hocket.reports.exits import Exit
from hocket.runtime.models.contract import Model, ModelOptions
from hocket.runtime.models.dictated import DictatedModel
from hocket.runtime.policies import (
    DisconnectPolicy,
    IdleThreadPolicy,
    Limits,
    LostCallPolicy,
    MemoryPolicy,
    PendingApprovalPolicy,
    Policies,
    SecondTurnPolicy,
)
from hocket.runtime.tools import ToolBox
from hocket.scenarios.cli.extras import brought_by
from hocket.scenarios.usage import UsageProblem

__all__ = ["serve"]

DEFAULT_ADDRESS = "127.0.0.1:8765"
_FILE = click.Path(dir_okay=False, path_type=Path)
_SECONDS = click.FloatRange(min=0, min_open=True)


def _policy(flag: str, name: str, kind: type[StrEnum], says: str) -> Callable[[Any], Any]:
    """The option of one policy: its values are the words of the policy."""
    words = [str(member) for member in kind]
    return click.option(
        flag, name, type=click.Choice(words), default=words[0], show_default=True, help=says
    )


@click.command()
@click.option(
    "--db",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where everything is kept; made if it is not there.",
)
@click.option("--listen", default=DEFAULT_ADDRESS, show_default=True, metavar="HOST:PORT")
@click.option("--tokens", type=_FILE, help="Users and their tokens.  [default: DIR/tokens]")
@click.option("--tls-cert", type=_FILE, help="A PEM file, for wss.")
@click.option("--tls-key", type=_FILE, help="The key of --tls-cert.")
@click.option("--log", type=_FILE, help="Add JSON lines to a file, not standard error.")
@click.option("--tools", metavar="MODULE:ATTR", help="The server's own tools: a ToolBox.")
@click.option("--approve", multiple=True, metavar="TOOL", help="A person must approve its calls.")
@_policy("--second-turn", "second_turn", SecondTurnPolicy, "A turn while another one runs.")
@_policy(
    "--pending-approval", "pending_approval", PendingApprovalPolicy, "A turn while one is asked."
)
@_policy("--on-disconnect", "disconnect", DisconnectPolicy, "The connection of a turn is lost.")
@_policy("--lost-call", "lost_call", LostCallPolicy, "The client that runs a tool is lost.")
@_policy("--memory", "memory", MemoryPolicy, "Whether completed turns are learned from.")
@_policy("--idle-thread", "idle_thread", IdleThreadPolicy, "A thread is not used for long.")
@click.option("--model", help="A model's name at --model-url.  [default: none; it does as told]")
@click.option("--model-url", metavar="URL", help="An OpenAI-compatible endpoint, up to /v1.")
@click.option("--model-key", envvar="HOCKET_MODEL_KEY", help="Its key.  [env: HOCKET_MODEL_KEY]")
@click.option("--temperature", type=click.FloatRange(0, 2), default=0.0, show_default=True)
@click.option("--reply-tokens", type=click.IntRange(1), default=1024, show_default=True)
@click.option("--frame-characters", type=click.IntRange(1), default=262_144, show_default=True)
@click.option("--frames-per-second", type=_SECONDS, default=100.0, show_default=True)
@click.option("--approval-seconds", type=_SECONDS, default=600.0, show_default=True)
@click.option("--drain-seconds", type=_SECONDS, default=30.0, show_default=True)
def serve(**options: Any) -> int:
    """Serve agents over WebSockets, until Ctrl-C or SIGTERM.

    \b
    hocket serve --db data                      then, elsewhere: hocket chat --tokens data/tokens
    hocket serve --db data --listen 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem
    hocket serve --db data --tools mytools:box --approve deploy

    The first start writes DIR/tokens with a token for the user "me"; add a line for each other
    user.  Without a model the server does what your messages say: "call TOOL {...}".

    \b
    hocket serve --db data --model small --model-url http://localhost:8080/v1
    """
    with brought_by("serve", "hocket serve"):
        from hocket.runtime.server.main import Settings, run_server  # noqa: PLC0415
        from hocket.runtime.server.problems import ServeProblem  # noqa: PLC0415
        from hocket.runtime.server.serving import ServerLimits  # noqa: PLC0415
    host, port = _address(options["listen"])
    frames = ("frame_characters", "frames_per_second", "approval_seconds")
    policies = tuple(field.name for field in attrs.fields(Policies))
    settings = Settings(
        *(options["db"], host, port),
        _model(options["model"], options["model_url"], options["model_key"]),
        _tools(options["tools"], options["approve"]),
        Policies(**{name: options[name] for name in policies}),
        Limits(**{name: options[name] for name in frames}),
        ServerLimits(drain_seconds=options["drain_seconds"]),
        ModelOptions(options["temperature"], options["reply_tokens"]),
        options["tokens"],
        *(options["tls_cert"], options["tls_key"], options["log"]),
    )
    tokens = options["tokens"] or options["db"] / "tokens"
    try:
        interrupted = run_server(settings, lambda url: _greet(url, tokens))
    except ServeProblem as problem:
        raise UsageProblem(str(problem)) from problem
    return Exit.INTERRUPTED if interrupted else Exit.OK


def _greet(url: str, tokens: Path) -> None:
    click.echo(f"listening on {url}")
    click.echo(f"talk to it:  hocket chat {url} --tokens {tokens}")
    click.echo("Ctrl-C ends it when no turn is under way, a second one at once")


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise UsageProblem(f"--listen takes HOST:PORT, as in {DEFAULT_ADDRESS}, not {listen!r}")
    return host.strip("[]"), int(port)


def _model(
    name: str | None, url: str | None, key: str | None
) -> AbstractAsyncContextManager[Model]:
    if name is None and url is None:
        return nullcontext(DictatedModel())
    if name is None or url is None:
        raise UsageProblem("a model needs both; give --model NAME and --model-url URL")
    if not url.startswith(("http://", "https://")):
        raise UsageProblem(
            f"--model-url takes an address like http://localhost:8080/v1, not {url!r}"
        )
    with brought_by("serve", "hocket serve --model"):
        from hocket.runtime.models.openai import Endpoint, opened_model  # noqa: PLC0415
    return opened_model(Endpoint(url, name, key or ""))


def _tools(named: str | None, approve: Sequence[str]) -> ToolBox:
    box = ToolBox() if named is None else _toolbox(named)
    local = [
        attrs.evolve(tool, needs_approval=tool.needs_approval or tool.name in approve)
        for tool in box.local.values()
    ]
    rules = {**box.delegated, **{name: box.rule(name) for name in approve if not box.owns(name)}}
    delegated = [
        attrs.evolve(rule, needs_approval=rule.needs_approval or rule.name in approve)
        for rule in rules.values()
    ]
    return ToolBox(local=local, delegated=delegated)


def _toolbox(named: str) -> ToolBox:
    module_name, _, attribute = named.partition(":")
    sys.path.insert(0, str(Path.cwd()))
    try:
        box = getattr(importlib.import_module(module_name), attribute, None)
        box = box() if callable(box) else box
    except Exception as error:
        raise UsageProblem(
            f"cannot have the tools {named}: {type(error).__name__}: {error}"
        ) from error
    finally:
        sys.path.pop(0)
    if not isinstance(box, ToolBox):
        raise UsageProblem(f"{named} is no ToolBox; name one, or a function that returns one")
    return box
