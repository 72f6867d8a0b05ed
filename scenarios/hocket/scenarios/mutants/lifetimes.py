"""Planted defects of what a turn lives and dies with."""

import trio

from hocket.runtime.connections import Connection
from hocket.runtime.dialogue import Dialogue
from hocket.runtime.policies import DisconnectPolicy
from hocket.runtime.protocol.frames import ApprovalResponse, UserMessage
from hocket.runtime.runs import RunRecord
from hocket.runtime.store.records import Acceptance
from hocket.runtime.turns import Turns

__all__ = [
    "DecisionOfOrigin",
    "QuietArrival",
    "ToldBeforeStored",
    "TurnOfFirstDevice",
    "TurnOfServer",
]


class TurnOfServer(Turns):
    """A turn always lives as long as the server, also where a lost connection should end it."""

    def home(self, record: RunRecord) -> trio.Nursery:
        return self.core.tasks


class TurnOfFirstDevice(Turns):
    """Where a lost connection ends turns, a turn lives with its user's oldest connection instead
    of with the one that started it.
    """

    def home(self, record: RunRecord) -> trio.Nursery:
        if self.core.policies.disconnect is not DisconnectPolicy.CANCEL:
            return super().home(record)
        devices = self.core.connections.open_ones()
        return next((d for d in devices if d.user == record.user), record.origin).nursery


class ToldBeforeStored(Turns):
    """A run is told of before it is stored."""

    async def _admit(self, record: RunRecord, asked: UserMessage) -> Acceptance:
        if asked.thread_id is not None:
            self.core.runs.announce(record, asked.thread_id)
        return await super()._admit(record, asked)


class DecisionOfOrigin(Dialogue):
    """A decision counts only over the connection that its run came from."""

    async def decide(self, connection: Connection, frame: ApprovalResponse) -> None:
        record = self.core.runs.awaiting(frame.approval_id)
        if record is None or record.origin is connection:
            await super().decide(connection, frame)


class QuietArrival(Dialogue):
    """A connection that comes later is not told what its user's turns wait for."""

    def catch_up(self, connection: Connection) -> None:
        pass
