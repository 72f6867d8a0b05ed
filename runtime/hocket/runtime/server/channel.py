"""A WebSocket as the channel of text that the runtime serves."""

import trio
from attrs import define
from trio_websocket import ConnectionClosed, WebSocketConnection
from wsproto.utilities import LocalProtocolError

__all__ = ["GOING_AWAY", "NORMAL", "WebSocketChannel"]

NORMAL = 1000
GOING_AWAY = 1001
"""Close codes of RFC 6455, section 7.4.1."""

_GONE = (ConnectionClosed, LocalProtocolError)


@define(eq=False)
class WebSocketChannel(trio.abc.Channel[str]):
    """One text message a value; ``close_code`` is what the peer is told at the end.

    A message of bytes comes as an empty text, which is no frame of ours.
    """

    _socket: WebSocketConnection
    close_code: int = NORMAL

    async def send(self, value: str) -> None:
        """Send one message; raises :exc:`trio.BrokenResourceError` when the peer is gone."""
        try:
            await self._socket.send_message(value)
        except _GONE:
            raise trio.BrokenResourceError("the WebSocket is closed") from None

    async def receive(self) -> str:
        """The next message; raises :exc:`trio.EndOfChannel` when there will be no more."""
        try:
            message = await self._socket.get_message()
        except _GONE:
            raise trio.EndOfChannel from None
        return message if isinstance(message, str) else ""

    async def aclose(self) -> None:
        """Take leave of the peer, and close the connection whether it answers or not."""
        try:
            await self._socket.aclose(self.close_code)
        except _GONE:
            await trio.lowlevel.checkpoint()
