"""A chat server and two clients over WebSockets, none of which knows that it is simulated.

Names in a room are unique, but the server looks, waits and then writes: whoever asks for the same
name while the first welcome is being sent is welcomed too, and takes the first one's place.
"""

import trio
from trio_websocket import (
    ConnectionClosed,
    WebSocketConnection,
    WebSocketRequest,
    open_websocket_url,
    serve_websocket,
)


class Room:
    """Who is there, by name; each hears what everybody says."""

    def __init__(self) -> None:
        self.members: dict[str, WebSocketConnection] = {}

    async def handle(self, request: WebSocketRequest) -> None:
        """Serve one connection: its first message is a name, the others are for all."""
        connection = await request.accept()
        try:
            name = str(await connection.get_message())
            if await self.join(name, connection):
                await self.relay(name, connection)
        except ConnectionClosed:
            pass

    async def join(self, name: str, connection: WebSocketConnection) -> bool:
        """Let somebody in, unless the name is taken."""
        if name in self.members:
            await connection.send_message("taken")
            return False
        await connection.send_message("welcome")  # the mistake: the name is not taken yet
        self.members[name] = connection
        return True

    async def relay(self, name: str, connection: WebSocketConnection) -> None:
        """Tell everybody what this one says, until it leaves."""
        try:
            while True:
                text = f"{name}: {await connection.get_message()}"
                for member in list(self.members.values()):
                    await member.send_message(text)
        finally:
            del self.members[name]


async def main() -> None:
    """Two people want the same name at the same time; one of them gets it."""
    async with trio.open_nursery() as nursery:
        server = await nursery.start(serve_websocket, Room().handle, "127.0.0.1", 0, None)
        url = f"ws://localhost:{server.port}"
        async with open_websocket_url(url) as first, open_websocket_url(url) as second:
            await first.send_message("ann")
            await second.send_message("ann")
            answers = [await first.get_message(), await second.get_message()]
            assert answers.count("welcome") == 1, f"two called ann were told {answers}"
            winner = first if answers[0] == "welcome" else second
            await winner.send_message("hello")
            assert await winner.get_message() == "ann: hello"
        nursery.cancel_scope.cancel()
