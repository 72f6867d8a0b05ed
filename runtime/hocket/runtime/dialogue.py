"""The dialogue with one client: its frames are read one after another, and none of them waits.

A reader waits for the network and for single units of work, never for a lock, a tool or a turn:
whatever takes longer gets a task of its own, so a client is always heard, above all when it wants
to cancel.
"""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

import trio
from attrs import define

from hocket.runtime.approvals import Approvals
from hocket.runtime.cancellation import Cancellation
from hocket.runtime.connections import Connection
from hocket.runtime.core import Core
from hocket.runtime.delegation import Delegation
from hocket.runtime.protocol.codec import ProtocolError, decode
from hocket.runtime.protocol.frames import (
    ApprovalResponse,
    Auth,
    AuthOk,
    Cancel,
    ClientFrame,
    ProtocolFault,
    RequestRejected,
    ThreadClose,
    ThreadCreate,
    ThreadDelete,
    ThreadHistory,
    ThreadReset,
    ToolResult,
    ToolSchema,
    ToolSchemas,
    UserMessage,
    reference,
)
from hocket.runtime.rates import Allowance
from hocket.runtime.store.errors import UNSTORED, StoreError
from hocket.runtime.threads import Threads
from hocket.runtime.turns import Turns

__all__ = ["Dialogue"]


@define(eq=False)
class Dialogue:
    """Understands what clients say."""

    core: Core
    turns: Turns
    approvals: Approvals
    delegation: Delegation
    cancellation: Cancellation
    threads: Threads

    async def converse(self, connection: Connection) -> None:
        """Authenticate the connection, then do what it says until it is lost.

        Returns when the client closed the connection, did not authenticate, or sent more frames
        than it may.
        """
        try:
            if await self._authenticate(connection):
                await self._listen(connection)
        except (trio.EndOfChannel, trio.BrokenResourceError, trio.ClosedResourceError):
            return

    async def _authenticate(self, connection: Connection) -> bool:
        frame: ClientFrame | None = None
        with trio.move_on_after(self.core.limits.auth_seconds):
            frame = await self._next(connection)
        user = self.core.user_of(frame.token) if isinstance(frame, Auth) else None
        if user is None or not isinstance(frame, Auth):
            self._fault(connection, "unauthenticated", "the first frame must be a valid auth")
            await self.core.connections.drain(connection)
            return False
        old = self.core.connections.resumable(user, frame.resume_token)
        token = self.core.new_id("resume")
        connection.login = frame.token
        self.core.connections.authenticated(connection, user, token, old)
        self.core.connections.send(connection, AuthOk(user, connection.id, token))
        self.catch_up(connection)
        if old is not None:
            self.delegation.resumed(old, connection)
            self.core.connections.close(old)
        return True

    def catch_up(self, connection: Connection) -> None:
        """Tell a new connection of its user's turns that are under way, and what they wait for.

        In the step in which it was authenticated: what comes after that it hears with the others.
        """
        records = self.core.runs.announced(connection.user)
        connection.lag_max += 2 * len(records)
        for record in records:
            self.core.connections.send(connection, record.started)
            self.approvals.remind(connection, record)

    async def _listen(self, connection: Connection) -> None:
        limits = self.core.limits
        bounds = (limits.frames_burst, limits.frames_per_second)
        allowance = Allowance(*bounds, now=trio.current_time())
        while True:
            frame = await self._next(connection)
            if not allowance.spend(trio.current_time()):
                self._fault(connection, "rate_limit", "too many frames in too short a time")
                await self.core.connections.drain(connection)
                return
            try:
                await self._hear(connection, frame)
            except StoreError:
                self._turn_down(connection, frame)

    async def _hear(self, connection: Connection, frame: ClientFrame | None) -> None:
        match frame:
            case UserMessage() if self.core.ending:
                rejected = RequestRejected(frame.request_id, "busy", "the server is shutting down")
                self.core.connections.send(connection, rejected)
            case UserMessage():
                await self.turns.accept(connection, frame)
            case ToolSchemas():
                self._register(connection, frame)
            case ToolResult():
                self.delegation.answer(connection, frame)
            case ApprovalResponse():
                await self.decide(connection, frame)
            case Cancel():
                await self._cancel(connection, frame)
            case Auth():
                self._fault(connection, "unexpected", "the connection is authenticated already")
            case None:
                return
            case _:
                await self.threads.order(connection, frame)

    def _turn_down(self, connection: Connection, frame: ClientFrame | None) -> None:
        """Say that nothing came of a frame, since the store could not be used."""
        match frame:
            case ThreadCreate() | ThreadClose() | ThreadReset() | ThreadDelete() | ThreadHistory():
                rejected = RequestRejected(frame.request_id, "unavailable", UNSTORED)
                self.core.connections.send(connection, rejected)
            case _:
                about = None if frame is None else reference(frame)
                self._fault(connection, "unavailable", UNSTORED, about)

    async def _next(self, connection: Connection) -> ClientFrame | None:
        """The next frame; ``None`` for one that had to be refused."""
        text = await connection.channel.receive()
        if len(text) > self.core.limits.frame_characters:
            self._came(connection, "malformed", None)
            self._fault(connection, "too_large", "the frame is longer than the server allows")
            return None
        try:
            frame = decode(text)
        except ProtocolError as error:
            self._came(connection, error.type or "malformed", error.reference)
            self._fault(connection, error.code, error.message, error.reference)
            if error.type == ToolResult.type and connection.user:
                self.delegation.malformed(connection, error.reference or "")
            return None
        self._came(connection, frame.type, reference(frame))
        return frame

    def _came(self, connection: Connection, kind: str, about: str | None) -> None:
        fields = {"conn": connection.id, "user": connection.user or None, "type": kind}
        self.core.say("frame.in", **fields, ref=about)

    def _fault(
        self, connection: Connection, code: str, message: str, about: str | None = None
    ) -> None:
        self.core.connections.send(connection, ProtocolFault(code, message, about))

    def _register(self, connection: Connection, frame: ToolSchemas) -> None:
        tools: Mapping[str, ToolSchema] = {tool.name: tool for tool in frame.tools}
        if frame.epoch <= connection.epoch:
            self._fault(connection, "stale_epoch", "the epoch must grow")
        elif owned := sorted(filter(self.core.tools.owns, tools)):
            self._fault(connection, "reserved_tool", f"{owned[0]} is a tool of the server")
        elif len(tools) < len(frame.tools):
            self._fault(connection, "duplicate_tool", "two tools have the same name")
        else:
            connection.epoch, connection.tools = frame.epoch, MappingProxyType(tools)
            fields = {"conn": connection.id, "user": connection.user}
            self.core.say("conn.ready", **fields, epoch=frame.epoch, tools=tuple(tools))

    async def decide(self, connection: Connection, frame: ApprovalResponse) -> None:
        """Take a decision, over whichever connection of the run's user it came."""
        record = self.core.runs.awaiting(frame.approval_id)
        if record is not None and record.user == connection.user:
            self.turns.respond(record, connection, frame)
        else:
            await self.approvals.explain(connection, frame.approval_id)

    async def _cancel(self, connection: Connection, frame: Cancel) -> None:
        run, user = frame.run_id, connection.user
        self.core.say("cancel.request", run=run, conn=connection.id, user=user)
        try:
            await self._end(connection, run)
        except StoreError:  # the turn was asked to stop, and will have been
            self.core.tasks.start_soon(self.core.insist, partial(self._end, connection, run))

    async def _end(self, connection: Connection, run: str) -> None:
        ended = await self.cancellation.cancel(run, connection.user, "cancel")
        if ended is None:
            self._fault(connection, "not_found", "there is no such run", run)
        else:
            self.core.say("cancel.ack", run=run, status=ended.status)
