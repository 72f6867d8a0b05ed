"""From an address to a channel of text.

trio-websocket opens its own sockets, but does not close them when it is the server that says
good-bye; here they are ours, and closed in every case.
"""

import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import trio
from attrs import frozen
from trio_websocket import (
    ConnectionClosed,
    HandshakeError,
    WebSocketConnection,
    wrap_client_stream,
)

__all__ = ["Unreachable", "Where", "dialed"]

_Stream = trio.SocketStream | trio.SSLStream[trio.SocketStream]
_PORTS = {"ws": 80, "wss": 443}
_HANDSHAKE_SECONDS = 10


class Unreachable(Exception):
    """Nobody there speaks WebSocket with us; the message is a sentence that says why."""


@frozen
class Where:
    """The parts of a WebSocket address."""

    tls: bool
    host: str
    port: int
    resource: str

    @property
    def at(self) -> str:
        """The server, as ``HOST:PORT``."""
        return f"{self.host}:{self.port}"

    @classmethod
    def parse(cls, url: str) -> "Where":
        """Read ``ws://HOST:PORT/PATH``, or ``wss://``; raises :exc:`ValueError` if it is none."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError(f"an address looks like ws://HOST:PORT, not {url!r}")
        port = parts.port or _PORTS[parts.scheme]
        return cls(parts.scheme == "wss", parts.hostname, port, parts.path or "/")


@asynccontextmanager
async def dialed(
    where: Where, trust: ssl.SSLContext | None = None
) -> AsyncGenerator[WebSocketConnection]:
    """A WebSocket to a server, inside the block.

    ``trust`` says which certificates are believed, by default those that the system believes.
    Raises a group with :exc:`Unreachable` in it if there is no server.
    """
    try:
        async with trio.open_nursery() as nursery:
            stream = await _connect(where, trust)
            try:
                yield (socket := await _shake_hands(nursery, stream, where))
                await _say_good_bye(socket)
            finally:
                nursery.cancel_scope.cancel()
                await _close(stream)
    except* HandshakeError as refusals:  # of the task that reads
        told = _not_let_in(where, refusals.exceptions[0])
        raise ExceptionGroup("no connection", [told]) from refusals


async def _say_good_bye(socket: WebSocketConnection) -> None:
    with trio.move_on_after(_HANDSHAKE_SECONDS):
        await socket.aclose()


async def _close(stream: _Stream) -> None:
    # Shielded: a Cancelled that the nursery swallows would take the place of what went wrong.
    with trio.CancelScope(shield=True):
        await trio.aclose_forcefully(stream)


async def _connect(where: Where, trust: ssl.SSLContext | None) -> _Stream:
    try:
        with trio.fail_after(_HANDSHAKE_SECONDS):
            return await _open(where, trust)
    except (OSError, trio.TooSlowError, trio.BrokenResourceError, ssl.SSLError) as error:
        raise Unreachable(f"cannot reach {where.at}: {error}") from error


async def _open(where: Where, trust: ssl.SSLContext | None) -> _Stream:
    stream = await trio.open_tcp_stream(where.host, where.port)
    if not where.tls:
        return stream
    context = trust or ssl.create_default_context()
    secure = trio.SSLStream(stream, context, server_hostname=where.host, https_compatible=True)
    try:
        await secure.do_handshake()
    except BaseException:
        await trio.aclose_forcefully(secure)
        raise
    return secure


async def _shake_hands(nursery: trio.Nursery, stream: _Stream, where: Where) -> WebSocketConnection:
    try:
        with trio.fail_after(_HANDSHAKE_SECONDS):
            return await wrap_client_stream(nursery, stream, where.at, where.resource)
    except (HandshakeError, ConnectionClosed, trio.TooSlowError) as error:
        raise _not_let_in(where, error) from error


def _not_let_in(where: Where, error: BaseException) -> Unreachable:
    return Unreachable(f"{where.at} does not let us in: {error!r}")
