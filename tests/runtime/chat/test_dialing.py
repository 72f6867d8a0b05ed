"""Addresses, and what comes of dialing where nobody is."""

import pytest
import trio
from trio_websocket import WebSocketRequest, serve_websocket

from hocket.runtime.chat.dialing import Unreachable, Where, dialed


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("ws://localhost:8765", Where(False, "localhost", 8765, "/")),
        ("wss://agents.example", Where(True, "agents.example", 443, "/")),
        ("ws://[::1]:80/chat", Where(False, "::1", 80, "/chat")),
    ],
)
def test_an_address_is_read(url: str, where: Where) -> None:
    """With the ports that go without saying."""
    assert Where.parse(url) == where


@pytest.mark.parametrize("url", ["localhost:8765", "http://x", "ws://", "", "ws://x:port"])
def test_what_is_no_address_is_told(url: str) -> None:
    """With one that is."""
    with pytest.raises(ValueError, match=r"ws://HOST:PORT|[Pp]ort"):
        Where.parse(url)


async def _dial(url: str) -> None:
    async with dialed(Where.parse(url)):
        pass


async def test_nobody_is_there() -> None:
    """A sentence, and not a traceback of sockets."""
    told = pytest.RaisesExc(Unreachable, match="cannot reach 127.0.0.1:1")
    with pytest.RaisesGroup(told):
        await _dial("ws://127.0.0.1:1")


async def test_a_server_that_says_nothing(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    """Is one that does not let us in."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    autojump_clock.autojump_threshold = 0.2  # what goes over a socket takes real time

    async def keep_silent() -> None:
        async with listener, await listener.accept():
            await trio.sleep_forever()

    nursery.start_soon(keep_silent)
    told = pytest.RaisesExc(Unreachable, match="does not let us in")
    with pytest.RaisesGroup(told):
        await _dial(f"ws://127.0.0.1:{listener.socket.getsockname()[1]}")
    nursery.cancel_scope.cancel()


async def test_what_goes_wrong_inside_comes_out(nursery: trio.Nursery) -> None:
    """An error of the block is not lost when the socket is closed."""

    async def serve(request: WebSocketRequest) -> None:
        await (await request.accept()).get_message()

    server = await nursery.start(serve_websocket, serve, "127.0.0.1", 0, None)
    with pytest.RaisesGroup(pytest.RaisesExc(LookupError, match="inside")):
        async with dialed(Where.parse(f"ws://127.0.0.1:{server.port}")):
            raise LookupError("inside")
    nursery.cancel_scope.cancel()
