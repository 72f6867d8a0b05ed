"""Delegated calls: tools that a client runs for the server.

A call goes to the connection that its run came from and to no other, under a wire id that this
connection never used before.  Only that connection can answer it, or one that resumed it.  A call
has one end, and leaves the table in the step of its end; what arrives later finds a tombstone.
"""

from collections.abc import Hashable

import trio
from attrs import define, field

from hocket.runtime.connections import Connection
from hocket.runtime.conversation import Call
from hocket.runtime.core import Core
from hocket.runtime.policies import LostCallPolicy
from hocket.runtime.protocol.frames import (
    ProtocolFault,
    ResultStatus,
    ToolCancel,
    ToolExecute,
    ToolResult,
)
from hocket.runtime.protocol.lifecycle import CallStatus, DelegatedStatus
from hocket.runtime.runs import RunRecord
from hocket.runtime.tools import ToolOutcome

__all__ = ["Delegation", "PendingCall"]

_LOST = ToolOutcome(CallStatus.LOST, "error: the client's connection was lost")


@define(eq=False)
class PendingCall:
    """A call that waits for its answer on ``connection``; ``deadline`` is by Trio's clock."""

    connection: Connection
    wire: str
    record: RunRecord
    call: Call
    execution: str
    deadline: float
    outcome: ToolOutcome | None = None
    arrived: trio.Event = field(factory=trio.Event, init=False)


@define(eq=False)
class Delegation:
    """All pending calls, by connection and wire id."""

    core: Core
    _pending: dict[Hashable, PendingCall] = field(factory=dict[Hashable, PendingCall], init=False)

    async def run(self, record: RunRecord, call: Call, execution: str) -> ToolOutcome:
        """Have the client run a tool; how the call ended."""
        target = self.target(record, call)
        if target is None:
            return _LOST
        seconds = self.core.tools.rule(call.tool).deadline_seconds
        deadline = trio.current_time() + seconds
        wire = self.wire_id(target, call)
        pending = PendingCall(target, wire, record, call, execution, deadline)
        self._pending[self.key(target, wire)] = pending
        reason = DelegatedStatus.CANCELLED
        try:
            self._send(pending)
            with trio.CancelScope(deadline=deadline):
                await pending.arrived.wait()
            reason = DelegatedStatus.TIMED_OUT
        finally:
            if pending.outcome is None:
                self.forget(pending, reason)
                self._call_off(pending, reason)
        return pending.outcome or ToolOutcome(
            CallStatus.TIMED_OUT, f"error: no answer within {seconds:g} seconds"
        )

    def target(self, record: RunRecord, call: Call) -> Connection | None:
        """The connection to ask: the run's origin, or what resumed it; ``None`` if it is lost."""
        origin = record.origin.newest()
        waits = self.core.policies.lost_call is LostCallPolicy.WAIT_FOR_RESUME
        return origin if origin.open or waits else None

    def wire_id(self, target: Connection, call: Call) -> str:
        """The id of a new call on ``target``."""
        return target.wires.fresh()

    def key(self, connection: Connection, wire: str) -> Hashable:
        """What a pending call is kept under."""
        return connection.id, wire

    def find(self, connection: Connection, frame: ToolResult) -> PendingCall | None:
        """The pending call that an answer on ``connection`` is for."""
        return self._pending.get(self.key(connection, frame.wire_id))

    def matches(self, pending: PendingCall, frame: ToolResult) -> bool:
        """Whether the answer is one to this call."""
        return frame.tool_name == pending.call.tool

    def answer(self, connection: Connection, frame: ToolResult) -> None:
        """Take an answer: it resolves its call, or is dropped, in this very step."""
        wire, value = frame.wire_id, frame.result
        self._received(connection, wire, frame.tool_name, value)
        pending = self.find(connection, frame)
        if pending is None:
            late = wire in connection.wires.ended
            self._drop(connection, wire, "late" if late else "unknown", value)
            if not late:
                fault = ProtocolFault("unknown_call", "no call has this wire id here", wire)
                self.core.connections.send(connection, fault)
        elif not self.matches(pending, frame):
            self._drop(connection, wire, "mismatch", value)
            message = "the result names another tool than the call"
            fault = ProtocolFault("tool_mismatch", message, wire)
            self.core.connections.send(connection, fault)
        else:
            self._resolve(connection, pending, frame)

    def malformed(self, connection: Connection, wire: str) -> None:
        """Take an answer that is none: the call under ``wire`` goes on waiting."""
        self._received(connection, wire, None, None)
        self._drop(connection, wire, "mismatch", None)

    def connection_closed(self, connection: Connection) -> None:
        """The calls on a lost connection are lost too, unless they may wait for its successor."""
        if self.core.policies.lost_call is LostCallPolicy.FAIL:
            for pending in self.on(connection):
                self._end(pending, DelegatedStatus.CONN_LOST, _LOST)

    def resumed(self, old: Connection, new: Connection) -> None:
        """Ask again, on the new connection and under the old wire ids."""
        for pending in self.on(old):
            del self._pending[self.key(old, pending.wire)]
            pending.connection = new
            self._pending[self.key(new, pending.wire)] = pending
            self._send(pending)

    def on(self, connection: Connection) -> tuple[PendingCall, ...]:
        """The pending calls of a connection, oldest first."""
        return tuple(p for p in self._pending.values() if p.connection is connection)

    def open_calls(self) -> tuple[str, ...]:
        """The executions that wait for an answer, oldest first."""
        return tuple(pending.execution for pending in self._pending.values())

    def forget(self, pending: PendingCall, reason: DelegatedStatus) -> None:
        """The call ended: nothing can resolve it any more."""
        self._pending.pop(self.key(pending.connection, pending.wire), None)
        pending.connection.wires.bury(pending.wire, reason)

    def _end(self, pending: PendingCall, reason: DelegatedStatus, outcome: ToolOutcome) -> None:
        self.forget(pending, reason)
        pending.outcome = outcome
        pending.arrived.set()

    def _resolve(self, connection: Connection, pending: PendingCall, frame: ToolResult) -> None:
        fields = {"conn": connection.id, "wire": pending.wire, "exec": pending.execution}
        self.core.say(
            "wire.resolve",
            **fields,
            run=pending.record.id,
            tool=pending.call.tool,
            status=frame.status,
            value=frame.result,
        )
        succeeded = frame.status is ResultStatus.SUCCESS
        status = CallStatus.SUCCEEDED if succeeded else CallStatus.FAILED
        self._end(pending, DelegatedStatus.RESOLVED, ToolOutcome(status, frame.result))

    def _send(self, pending: PendingCall) -> None:
        if not pending.connection.open:
            return
        record, call = pending.record, pending.call
        fields = {"conn": pending.connection.id, "wire": pending.wire, "exec": pending.execution}
        self.core.say("wire.execute", **fields, run=record.id, tool=call.tool)
        left = max(0.0, pending.deadline - trio.current_time())
        frame = ToolExecute(
            *(record.id, record.thread, pending.wire),
            *(call.id, call.tool, call.arguments),
            left,
        )
        self.core.connections.send(pending.connection, frame)

    def _call_off(self, pending: PendingCall, reason: DelegatedStatus) -> None:
        record = pending.record
        frame = ToolCancel(record.id, record.thread, pending.wire, reason)
        self.core.connections.send(pending.connection, frame)

    def _received(
        self, connection: Connection, wire: str, tool: str | None, value: str | None
    ) -> None:
        self.core.say("wire.result", conn=connection.id, wire=wire, tool=tool, value=value)

    def _drop(self, connection: Connection, wire: str, reason: str, value: str | None) -> None:
        self.core.say("wire.drop", conn=connection.id, wire=wire, reason=reason, value=value)
