"""Planted defects of connections: who is told what, and in which order."""

import trio

from hocket.runtime.connections import Connection, Connections
from hocket.runtime.protocol.frames import MessageDelta, ServerFrame

__all__ = ["PiecesOvertake", "ToldToEverybody", "WriterPatient"]

_PATIENCE_SECONDS = 30.0


class ToldToEverybody(Connections):
    """What is told of a run goes to the connections of all users."""

    def of(self, user: str) -> tuple[Connection, ...]:
        return tuple(c for c in self.open_ones() if c.user)


class PiecesOvertake(Connections):
    """Each piece of an answer is sent by a task of its own."""

    def send(self, connection: Connection, frame: ServerFrame) -> None:
        if isinstance(frame, MessageDelta) and connection.open:
            connection.nursery.start_soon(self._send_piece, connection, frame)
        else:
            super().send(connection, frame)

    async def _send_piece(self, connection: Connection, frame: ServerFrame) -> None:
        await trio.lowlevel.checkpoint()
        super().send(connection, frame)


class WriterPatient(Connections):
    """The writer of a closed connection waits for a while for frames that cannot come any more."""

    async def write(self, connection: Connection) -> None:
        try:
            await super().write(connection)
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(_PATIENCE_SECONDS)
