"""Addresses, and what comes of dialing where nobody is."""

import pytest

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
