"""The server: accepts WebSockets, serves each as a connection of the runtime, and ends cleanly.

It ends in three steps.  First nobody is let in any more and no new turn is taken, while turns
under way go on and their clients are heard; then, when none is left or time is up, all connections
are closed, and the turns that are still under way are cancelled; approvals that pend stay in the
store.  What a peer does to its connection is that connection's end and nothing else; any other
exception is a defect and ends the server, whose next start recovers.

trio-websocket has a server of its own.  This one is here because that one has no word for the
first step, and lets a peer that breaks off its handshake hold a task.
"""

import ssl
from functools import partial

import trio
from attrs import define, field, frozen
from attrs.validators import ge, gt
from trio_websocket import ConnectionClosed, HandshakeError, WebSocketConnection, wrap_server_stream
from wsproto.utilities import LocalProtocolError

from hocket.runtime.runtime import Runtime
from hocket.runtime.server.channel import GOING_AWAY, WebSocketChannel
from hocket.runtime.server.logs import JsonLog

__all__ = ["Address", "Listener", "Server", "ServerLimits", "Stream", "port_of"]

Stream = trio.SocketStream | trio.SSLStream[trio.SocketStream]
Listener = trio.SocketListener | trio.SSLListener[trio.SocketStream]

_PEER_ERRORS = (
    ConnectionClosed,
    HandshakeError,
    LocalProtocolError,
    trio.BrokenResourceError,
    trio.ClosedResourceError,
    ssl.SSLError,
)
_SERVICE_UNAVAILABLE = 503
_DRAIN_LOOK_SECONDS = 0.05
_BYTES_PER_CHARACTER_MAX = 4


@frozen
class Address:
    """Where to listen; the port 0 is any that is free."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None

    async def listeners(self) -> list[Listener]:
        """The open sockets; raises :exc:`OSError` if they cannot be had."""
        sockets = await trio.open_tcp_listeners(self.port, host=self.host)
        tls = self.tls
        if tls is None:
            return list(sockets)
        return [trio.SSLListener(socket, tls, https_compatible=True) for socket in sockets]


@frozen
class ServerLimits:
    """Bounds, all positive; times in seconds.

    ``handshake_seconds`` is what a client may take to become a WebSocket; ``ping_seconds`` is how
    often an idle one is asked whether it is there, and how long it may take to say so;
    ``drain_seconds`` is what turns under way are given when the server is told to stop.
    """

    connections: int = field(default=4096, validator=ge(1))
    handshake_seconds: float = field(default=10.0, validator=gt(0))
    ping_seconds: float = field(default=30.0, validator=gt(0))
    drain_seconds: float = field(default=30.0, validator=gt(0))


@define(eq=False)
class Server:
    """Serves one runtime, which must not be open yet."""

    runtime: Runtime
    log: JsonLog
    limits: ServerLimits = field(factory=ServerLimits)
    _stopping: trio.Event = field(factory=trio.Event, init=False)
    _channels: set[WebSocketChannel] = field(factory=set[WebSocketChannel], init=False)

    def stop(self) -> None:
        """Begin to end."""
        self._stopping.set()

    async def run(self, listeners: list[Listener]) -> None:
        """Serve whoever comes to the ``listeners``, until stopped and drained."""
        async with trio.open_nursery() as handlers:
            async with self.runtime.open():
                async with trio.open_nursery() as accepting:
                    serve = partial(trio.serve_listeners, handler_nursery=handlers)
                    accepting.start_soon(serve, self._attend, listeners)
                    ports = [port_of(listener) for listener in listeners]
                    self.log.write("info", "server.listening", ports=ports)
                    await self._stopping.wait()
                    accepting.cancel_scope.cancel()
                await self._drain()
            handlers.cancel_scope.cancel()
        self.log.write("info", "server.stopped")

    async def _drain(self) -> None:
        self.runtime.close_to_new_turns()
        under_way = self.runtime.turns_under_way()
        self.log.write("info", "server.draining", turns=under_way)
        with trio.move_on_after(self.limits.drain_seconds):
            while self.runtime.turns_under_way():
                await trio.sleep(_DRAIN_LOOK_SECONDS)
        for channel in self._channels:
            channel.close_code = GOING_AWAY

    async def _attend(self, stream: Stream) -> None:
        """Serve one client; what it does to its connection ends here."""
        socket: WebSocketConnection | None = None
        try:
            async with trio.open_nursery() as nursery:
                with trio.move_on_after(self.limits.handshake_seconds):
                    socket = await self._shake_hands(nursery, stream)
                if socket is not None:
                    nursery.start_soon(self._watch, socket, nursery.cancel_scope)
                    await self._serve(socket)
                nursery.cancel_scope.cancel()
        except* _PEER_ERRORS as errors:
            self.log.write("info", "peer.broke", error=type(errors.exceptions[0]).__name__)
        finally:
            await trio.aclose_forcefully(stream)

    async def _shake_hands(
        self, nursery: trio.Nursery, stream: Stream
    ) -> WebSocketConnection | None:
        if isinstance(stream, trio.SSLStream):
            await stream.do_handshake()
        size = self.runtime.limits.frame_characters * _BYTES_PER_CHARACTER_MAX
        request = await wrap_server_stream(nursery, stream, max_message_size=size)
        if len(self._channels) >= self.limits.connections:
            self.log.write("warning", "server.full", connections=len(self._channels))
            await request.reject(_SERVICE_UNAVAILABLE, body=b"too many connections\n")
            return None
        return await request.accept()

    async def _serve(self, socket: WebSocketConnection) -> None:
        channel = WebSocketChannel(socket)
        self._channels.add(channel)
        try:
            await self.runtime.serve(channel)
        finally:
            self._channels.remove(channel)

    async def _watch(self, socket: WebSocketConnection, scope: trio.CancelScope) -> None:
        """End the connection of a peer that is not there any more, though nobody said so."""
        while True:
            await trio.sleep(self.limits.ping_seconds)
            with trio.move_on_after(self.limits.ping_seconds) as patience:
                await socket.ping()
            if patience.cancelled_caught:
                self.log.write("info", "peer.silent", seconds=self.limits.ping_seconds)
                scope.cancel()


def port_of(listener: Listener) -> int:
    """The port that a listener listens on."""
    inner = listener.transport_listener if isinstance(listener, trio.SSLListener) else listener
    assert isinstance(inner, trio.SocketListener)
    return int(inner.socket.getsockname()[1])
