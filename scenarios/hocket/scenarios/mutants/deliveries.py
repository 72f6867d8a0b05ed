"""Planted defects of delegated calls: whom they are sent to, and whose answer is whose."""

from collections.abc import Hashable
from itertools import count

from attrs import define, evolve, field

from hocket.runtime.connections import Connection
from hocket.runtime.conversation import Call
from hocket.runtime.delegation import Delegation, PendingCall
from hocket.runtime.protocol.frames import ToolResult
from hocket.runtime.protocol.lifecycle import DelegatedStatus
from hocket.runtime.runs import RunRecord
from hocket.runtime.tools import ToolOutcome

__all__ = [
    "AnswerOfAnyTool",
    "AnswerToOldestCall",
    "AnswersLostOnReconnect",
    "CallLeftAfterCancel",
    "CallLeftAfterTimeout",
    "CallsLostWithSibling",
    "KeyedByModelId",
    "KeyedByWireId",
    "LateAnswerCounts",
    "LossUnnoticed",
    "NewestDevice",
    "ResultCut",
    "WireIdsReused",
]


class KeyedByModelId(Delegation):
    """Pending calls are sent and kept under the id that the model gave them, and nothing else."""

    def wire_id(self, target: Connection, call: Call) -> str:
        return call.model_id or call.id

    def key(self, connection: Connection, wire: str) -> Hashable:
        return wire


class KeyedByWireId(Delegation):
    """Pending calls are kept by wire id without the connection that they were sent on."""

    def key(self, connection: Connection, wire: str) -> Hashable:
        return wire


class WireIdsReused(Delegation):
    """A call gets the first wire id that no pending call of its connection has."""

    def wire_id(self, target: Connection, call: Call) -> str:
        taken = {pending.wire for pending in self.on(target)}
        return next(wire for number in count(1) if (wire := f"w{number}") not in taken)


class NewestDevice(Delegation):
    """A call goes to the user's newest connection that offers the tool at that moment."""

    def target(self, record: RunRecord, call: Call) -> Connection | None:
        devices = self.core.connections.open_ones()
        offers = (d for d in reversed(devices) if d.user == record.user and call.tool in d.tools)
        return next(offers, None) or super().target(record, call)


class AnswerToOldestCall(Delegation):
    """An answer with an unknown wire id is taken for one to the oldest call of its tool."""

    def find(self, connection: Connection, frame: ToolResult) -> PendingCall | None:
        calls = (p for p in self._pending.values() if p.call.tool == frame.tool_name)
        return super().find(connection, frame) or next(calls, None)


class AnswerOfAnyTool(Delegation):
    """An answer resolves its call even if it names another tool."""

    def matches(self, pending: PendingCall, frame: ToolResult) -> bool:
        return True


class CallLeftAfterTimeout(Delegation):
    """A call that timed out stays in the table of pending calls."""

    def forget(self, pending: PendingCall, reason: DelegatedStatus) -> None:
        if reason is not DelegatedStatus.TIMED_OUT:
            super().forget(pending, reason)


class CallLeftAfterCancel(Delegation):
    """A call that was cancelled stays in the table of pending calls."""

    def forget(self, pending: PendingCall, reason: DelegatedStatus) -> None:
        if reason is not DelegatedStatus.CANCELLED:
            super().forget(pending, reason)


@define(eq=False)
class LateAnswerCounts(Delegation):
    """An answer to a call that has ended is taken like one that came in time."""

    _ended: dict[Hashable, PendingCall] = field(factory=dict[Hashable, PendingCall], init=False)

    def forget(self, pending: PendingCall, reason: DelegatedStatus) -> None:
        self._ended[self.key(pending.connection, pending.wire)] = pending
        super().forget(pending, reason)

    def find(self, connection: Connection, frame: ToolResult) -> PendingCall | None:
        ended = self._ended.get(self.key(connection, frame.wire_id))
        return super().find(connection, frame) or ended


class LossUnnoticed(Delegation):
    """A call whose connection is lost waits for its deadline all the same."""

    def connection_closed(self, connection: Connection) -> None:
        return


class CallsLostWithSibling(Delegation):
    """A lost connection takes the calls on all connections of its user with it."""

    def connection_closed(self, connection: Connection) -> None:
        super().connection_closed(connection)
        for sibling in self.core.connections.open_ones():
            if sibling.user == connection.user:
                super().connection_closed(sibling)


class AnswersLostOnReconnect(Delegation):
    """A call is not asked again on the connection that resumes the one it was sent on."""

    def resumed(self, old: Connection, new: Connection) -> None:
        return


class ResultCut(Delegation):
    """The result that a client gives is cut short before the model is shown it."""

    async def run(self, record: RunRecord, call: Call, execution: str) -> ToolOutcome:
        outcome = await super().run(record, call, execution)
        return evolve(outcome, text=outcome.text[:2])
