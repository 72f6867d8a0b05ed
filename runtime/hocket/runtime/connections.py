"""Connections: whose they are, what they owe their client, and that nobody waits for a slow one.

Frames go through a bounded queue of the connection to its one writer, so they leave in the order
in which they were emitted, whichever task emitted them.  A client that lags too far behind loses
its connection; a turn never waits for it.
"""

from collections.abc import Callable, Mapping
from math import inf
from types import MappingProxyType

import trio
from attrs import define, field

from hocket.runtime.policies import Limits
from hocket.runtime.protocol.codec import encode
from hocket.runtime.protocol.events import Emit, Event
from hocket.runtime.protocol.frames import (
    ServerFrame,
    ToolSchema,
    is_terminal_frame,
    readable,
)

__all__ = ["Connection", "Connections", "TextChannel", "WireLog"]

TextChannel = trio.abc.Channel[str]
_NO_TOOLS: Mapping[str, ToolSchema] = MappingProxyType({})
_TOMBSTONES_MAX = 1024


@define(eq=False)
class WireLog:
    """The wire ids of a connection: a count that never goes back, and how the last ones ended."""

    count: int = 0
    ended: dict[str, str] = field(factory=dict[str, str])

    def fresh(self) -> str:
        """An id that was never used."""
        self.count += 1
        return f"w{self.count}"

    def bury(self, wire: str, reason: str) -> None:
        """Remember why a wire id has ended."""
        self.ended[wire] = reason
        if len(self.ended) > _TOMBSTONES_MAX:
            del self.ended[next(iter(self.ended))]


@define(eq=False)
class Connection:
    """One connection; ``user``, and the token it came with, are empty until it is authenticated.

    ``nursery`` holds its tasks.  ``wires`` moves on to the connection that resumes this one, which
    is its ``successor``.  ``lag_max`` is how many frames may wait for its client to take them.
    ``closed_at`` is when its loss was noticed, by Trio's clock; ``drained`` says that its last
    frame is in the queue, and ``restored`` that it stands for one of an earlier process.
    ``written`` is set when its writer, and ``ended`` when every task of it has ended.
    """

    id: str
    channel: TextChannel
    outbox_send: trio.MemorySendChannel[ServerFrame]
    outbox: trio.MemoryReceiveChannel[ServerFrame]
    lag_max: int
    nursery: trio.Nursery = field(init=False)
    user: str = ""
    login: str = ""
    epoch: int = 0
    tools: Mapping[str, ToolSchema] = _NO_TOOLS
    wires: WireLog = field(factory=WireLog)
    resume_token: str = ""
    successor: "Connection | None" = None
    closed_at: float | None = None
    drained: bool = False
    restored: bool = False
    written: trio.Event = field(factory=trio.Event)
    ended: trio.Event = field(factory=trio.Event)

    @property
    def open(self) -> bool:
        """Whether its loss was not noticed yet."""
        return self.closed_at is None

    def newest(self) -> "Connection":
        """The connection itself, or the last of those that resumed it."""
        newest = self
        while newest.successor is not None:
            newest = newest.successor
        return newest


class _Gone(trio.abc.Channel[str]):
    """The channel of a connection that was lost with its process."""

    async def send(self, value: str) -> None:
        raise trio.BrokenResourceError

    async def receive(self) -> str:
        raise trio.EndOfChannel

    async def aclose(self) -> None:
        return


def _nothing_lost(_connection: Connection) -> None:
    """Nobody cares for lost connections yet."""


@define(eq=False)
class Connections:
    """The open connections, and the closed ones that can still be resumed.

    ``on_close`` is called in the step in which a connection's loss is noticed.
    """

    _emit: Emit
    _limits: Limits
    on_close: Callable[[Connection], None] = _nothing_lost
    _open: dict[str, Connection] = field(factory=dict[str, Connection], init=False)
    _alive: dict[str, Connection] = field(factory=dict[str, Connection], init=False)
    _resumable: dict[str, Connection] = field(factory=dict[str, Connection], init=False)

    def opened(self, channel: TextChannel, conn: str) -> Connection:
        """Know a new connection, which is to get its nursery next."""
        send, receive = trio.open_memory_channel[ServerFrame](inf)
        connection = Connection(conn, channel, send, receive, self._limits.outbound_frames)
        self._open[conn] = self._alive[conn] = connection
        self._emit(Event("conn.open", {"conn": conn}))
        return connection

    def restore(self, conn: str, user: str) -> Connection:
        """What stands for a connection of an earlier process: it is closed, and nobody's."""
        send, receive = trio.open_memory_channel[ServerFrame](0)
        ghost = Connection(conn, _Gone(), send, receive, 0, user=user)
        ghost.closed_at, ghost.restored = trio.current_time(), True
        return ghost

    def open_ones(self) -> tuple[Connection, ...]:
        """All open connections, oldest first."""
        return tuple(self._open.values())

    def resumable(self, user: str, token: str | None) -> Connection | None:
        """The connection of ``user`` that ``token`` resumes, once."""
        now = trio.current_time()
        for stale in list(self._resumable.values()):
            closed = stale.closed_at
            if closed is not None and closed + self._limits.resume_seconds < now:
                del self._resumable[stale.resume_token]
        old = self._resumable.get(token or "")
        if old is None or old.user != user:
            return None
        return self._resumable.pop(old.resume_token)

    def authenticated(
        self, connection: Connection, user: str, token: str, resumed: Connection | None
    ) -> None:
        """The connection is ``user``'s from now on, and hears of all their threads."""
        connection.user = user
        connection.resume_token = token
        self._resumable[token] = connection
        if resumed is not None:
            connection.wires, resumed.wires = resumed.wires, WireLog()
            resumed.successor = connection
        old = None if resumed is None else resumed.id
        fields = {"conn": connection.id, "user": user, "resumed": old}
        self._emit(Event("conn.auth", fields))

    def of(self, user: str) -> tuple[Connection, ...]:
        """The open connections of a user, oldest first."""
        return tuple(c for c in self._open.values() if c.user == user)

    def tell(self, user: str, frame: ServerFrame) -> None:
        """Send a frame to every open connection of ``user``."""
        for connection in self.of(user):
            self.send(connection, frame)

    def send(self, connection: Connection, frame: ServerFrame) -> None:
        """Send a frame, never waiting; a slow connection is closed, and one that is closed or
        drained gets nothing.
        """
        if connection.open and not connection.drained:
            if connection.outbox_send.statistics().current_buffer_used < connection.lag_max:
                connection.outbox_send.send_nowait(frame)
            else:
                self.close(connection)

    def close(self, connection: Connection) -> None:
        """The connection is lost, or was ended by us: its tasks are cancelled.  Idempotent."""
        if connection.open:
            connection.closed_at = trio.current_time()
            del self._open[connection.id]
            fields = {"conn": connection.id, "user": connection.user or None}
            self._emit(Event("conn.close", fields))
            self.on_close(connection)
            connection.nursery.cancel_scope.cancel()

    def ended(self, connection: Connection) -> None:
        """All tasks of a closed connection have ended."""
        fields = {"conn": connection.id, "user": connection.user or None}
        self._emit(Event("conn.end", fields))
        del self._alive[connection.id]
        connection.ended.set()

    async def close_all(self) -> None:
        """Close all connections, and wait until all of their tasks have ended."""
        for connection in self.open_ones():
            self.close(connection)
        for connection in tuple(self._alive.values()):
            await connection.ended.wait()

    async def drain(self, connection: Connection) -> None:
        """Let the last frames of a connection reach its client, if it takes them in time."""
        connection.drained = True
        connection.outbox_send.close()
        with trio.move_on_after(self._limits.cleanup_seconds):
            await connection.written.wait()

    async def write(self, connection: Connection) -> None:
        """Send what is in the connection's queue, until there will be nothing more."""
        try:
            async for frame in connection.outbox:
                self._sent(connection, frame)
                await connection.channel.send(encode(frame))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self.close(connection)
        finally:
            connection.written.set()

    def _sent(self, connection: Connection, frame: ServerFrame) -> None:
        fields = {
            "conn": connection.id,
            "user": connection.user or None,
            "run": getattr(frame, "run_id", None),
            "thread": getattr(frame, "thread_id", None),
            "type": frame.type,
            "terminal": is_terminal_frame(frame),
            "content": readable(frame),
        }
        self._emit(Event("frame.out", fields))
