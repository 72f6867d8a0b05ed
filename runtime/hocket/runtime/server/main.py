"""A server from its settings to its last log line: what ``hocket serve`` runs."""

import ssl
import sys
from collections.abc import AsyncIterator, Callable, Generator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from signal import SIGINT, SIGTERM

import trio
from attrs import define, frozen

from hocket.runtime.models.contract import Model, ModelOptions
from hocket.runtime.policies import Limits, Policies
from hocket.runtime.runtime import Runtime
from hocket.runtime.server.accounts import create_tokens, read_tokens
from hocket.runtime.server.home import TOKENS, opened_store
from hocket.runtime.server.logs import JsonLog
from hocket.runtime.server.problems import ServeProblem
from hocket.runtime.server.serving import Address, Listener, Server, ServerLimits, port_of
from hocket.runtime.store.store import Store
from hocket.runtime.tools import ToolBox

__all__ = ["Settings", "run_server"]

FIRST_USER = "me"
"""The user in the file of tokens that a server writes if there is none."""


@frozen
class Settings:
    """What a server is told at its start.

    ``model`` is open while the server serves; ``tokens`` is the file of users and tokens, by
    default in the folder ``db``; ``certificate`` and ``key`` are PEM files, and without them there
    is no TLS; ``log`` is a file to add lines to, or ``None`` for standard error.
    """

    db: Path
    host: str
    port: int
    model: AbstractAsyncContextManager[Model]
    tools: ToolBox
    policies: Policies
    limits: Limits
    server_limits: ServerLimits
    options: ModelOptions
    tokens: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    log: Path | None = None


def run_server(settings: Settings, greet: Callable[[str], None]) -> bool:
    """Serve until SIGTERM or Ctrl-C, drain, and say whether it was Ctrl-C.

    ``greet`` is told the address once clients can connect.  A second signal cuts the draining
    short.  Raises :exc:`ServeProblem` for what the settings name and cannot be used.
    """
    tokens = settings.tokens or settings.db / TOKENS
    tls = _tls(settings)
    if settings.tokens is None:
        create_tokens(tokens, FIRST_USER)
    users = read_tokens(tokens)
    with _log(settings.log) as log, opened_store(settings.db) as store:
        serve = partial(_with_model, settings, store=store, log=log, users=users)
        address = Address(settings.host, settings.port, tls)
        return trio.run(partial(serve, address=address, greet=greet)) == SIGINT


async def _with_model(
    settings: Settings,
    *,
    store: Store,
    log: JsonLog,
    users: Mapping[str, str],
    address: Address,
    greet: Callable[[str], None],
) -> int:
    async with settings.model as model:
        runtime = Runtime(
            store=store,
            model=model,
            tools=settings.tools,
            users=users,
            policies=settings.policies,
            limits=settings.limits,
            options=settings.options,
            emit=log,
        )
        return await _serve(Server(runtime, log, settings.server_limits), address, greet)


async def _serve(server: Server, address: Address, greet: Callable[[str], None]) -> int:
    try:
        listeners = await address.listeners()
    except OSError as error:
        where = f"{address.host}:{address.port}"
        raise ServeProblem(
            f"cannot listen on {where}: {error.strerror or error}; name another with --listen"
        ) from error
    with trio.open_signal_receiver(SIGTERM, SIGINT) as signals:
        async with trio.open_nursery() as nursery:
            heeded = _Heeded()
            nursery.start_soon(heeded.heed, signals, server, nursery.cancel_scope)
            greet(_url(address, listeners[0]))
            await server.run(listeners)
            nursery.cancel_scope.cancel()
    return heeded.first


@define(eq=False)
class _Heeded:
    """The signals that a server was sent: the first lets it drain, the second cuts that short."""

    first: int = 0

    async def heed(
        self, signals: AsyncIterator[int], server: Server, scope: trio.CancelScope
    ) -> None:
        """Do what the signals say, until cancelled."""
        async for number in signals:
            if self.first:
                scope.cancel()
            self.first = self.first or number
            server.stop()


def _url(address: Address, listener: Listener) -> str:
    scheme = "ws" if address.tls is None else "wss"
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"{scheme}://{host}:{port_of(listener)}"


@contextmanager
def _log(path: Path | None) -> Generator[JsonLog]:
    if path is None:
        yield JsonLog(sys.stderr)
        return
    try:
        stream = path.open("a", encoding="utf-8")
    except OSError as error:
        raise ServeProblem(f"cannot write the log {path}: {error.strerror}") from error
    try:
        yield JsonLog(stream)
    finally:
        with suppress(OSError):  # what a full disk did not take
            stream.close()


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.certificate is None and settings.key is None:
        return None
    if settings.certificate is None or settings.key is None:
        raise ServeProblem("TLS needs both files; give --tls-cert and --tls-key")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(settings.certificate, settings.key)
    except (OSError, ssl.SSLError) as error:
        names = f"{settings.certificate} and {settings.key}"
        raise ServeProblem(f"cannot use {names} for TLS: {error}") from error
    return context
