"""A real server on the loopback interface, in this process, with clients of trio-websocket."""

import io
import json
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest
import trio
import trio_websocket
from attrs import define, field

from hocket.runtime.chat.dialing import Where, dialed
from hocket.runtime.models.contract import Model
from hocket.runtime.models.dictated import DictatedModel
from hocket.runtime.policies import Limits, Policies
from hocket.runtime.protocol.codec import decode_server, encode
from hocket.runtime.protocol.frames import Auth, AuthOk, ClientFrame, ServerFrame
from hocket.runtime.runtime import Runtime
from hocket.runtime.server.home import opened_store
from hocket.runtime.server.logs import JsonLog
from hocket.runtime.server.serving import Address, Server, ServerLimits, port_of
from hocket.runtime.tools import ToolBox

F = TypeVar("F")
USERS = {"the token of ann": "ann", "the token of ben": "ben"}


@define(eq=False)
class Caller:
    """A client that looks for the frames it wants."""

    socket: trio_websocket.WebSocketConnection
    got: list[ServerFrame] = field(factory=list[ServerFrame], init=False)

    async def send(self, frame: ClientFrame) -> None:
        await self.socket.send_message(encode(frame))

    async def expect(self, kind: type[F]) -> F:
        """The next frame of a kind."""
        with trio.fail_after(10):
            while True:
                message = await self.socket.get_message()
                assert isinstance(message, str)
                self.got.append(frame := decode_server(message))
                if isinstance(frame, kind):
                    return frame

    async def closed(self) -> int:
        """The code with which the server closes the connection."""
        with trio.fail_after(10), suppress(trio_websocket.ConnectionClosed):
            while True:
                message = await self.socket.get_message()
                self.got.append(decode_server(str(message)))
        reason = self.socket.closed
        assert reason is not None
        return reason.code


@define(eq=False)
class Station:
    """A server that listens, and what it logged."""

    server: Server
    runtime: Runtime
    port: int
    log: io.StringIO
    scheme: str = "ws"
    trust: ssl.SSLContext | None = None

    @property
    def url(self) -> str:
        return f"{self.scheme}://localhost:{self.port}"

    @asynccontextmanager
    async def dial(self) -> AsyncGenerator[Caller]:
        """A client that said nothing yet."""
        async with dialed(Where.parse(self.url), self.trust) as socket:
            yield Caller(socket)

    @asynccontextmanager
    async def call(self, user: str = "ann") -> AsyncGenerator[Caller]:
        """A client that is authenticated."""
        async with self.dial() as caller:
            await caller.send(Auth(f"the token of {user}"))
            await caller.expect(AuthOk)
            yield caller

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The lines of one kind of event."""
        lines = map(json.loads, self.log.getvalue().splitlines())
        return [line for line in lines if line["event"] == event]


OpenStation = Callable[..., AbstractAsyncContextManager[Station]]


@pytest.fixture
def open_station(tmp_path: Path) -> OpenStation:
    """Opens a server: ``async with open_station(limits=..., policy=value) as station``."""

    @asynccontextmanager
    async def opened(
        *,
        model: Model | None = None,
        tools: ToolBox | None = None,
        limits: Limits | None = None,
        server_limits: ServerLimits | None = None,
        tls: ssl.SSLContext | None = None,
        **policies: str,
    ) -> AsyncGenerator[Station]:
        log = io.StringIO()
        with opened_store(tmp_path) as store:
            runtime = Runtime(
                store=store,
                model=model or DictatedModel(),
                tools=tools or ToolBox(),
                users=USERS,
                policies=Policies(**policies),
                limits=limits or Limits(cleanup_seconds=0.5),
                emit=(lines := JsonLog(log)),
            )
            server = Server(runtime, lines, server_limits or ServerLimits(drain_seconds=0.5))
            listeners = await Address("127.0.0.1", 0, tls).listeners()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(server.run, listeners)
                yield Station(server, runtime, port_of(listeners[0]), log)
                server.stop()

    return opened
