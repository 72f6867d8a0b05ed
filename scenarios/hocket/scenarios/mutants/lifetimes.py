"""Planted defects of what a turn lives and dies with."""

from types import MappingProxyType

import trio

from hocket.runtime.connections import Connection
from hocket.runtime.dialogue import Dialogue
from hocket.runtime.policies import DisconnectPolicy
from hocket.runtime.protocol.frames import (
    ApprovalResponse,
    ThreadReset,
    ToolSchemas,
    UserMessage,
)
from hocket.runtime.protocol.lifecycle import ThreadStatus
from hocket.runtime.runs import RunRecord
from hocket.runtime.runtime import Runtime
from hocket.runtime.store import thread_units
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.records import Acceptance, Closing
from hocket.runtime.threads import Threads
from hocket.runtime.turns import Turns

__all__ = [
    "DecisionOfOrigin",
    "LoginNotLookedAtAgain",
    "MainThreadLeft",
    "NamesUnfiltered",
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


class NamesUnfiltered(Dialogue):
    """A client may register a tool under a name that the server owns."""

    def _register(self, connection: Connection, frame: ToolSchemas) -> None:
        connection.epoch = frame.epoch
        connection.tools = MappingProxyType({tool.name: tool for tool in frame.tools})
        fields = {"conn": connection.id, "user": connection.user, "epoch": frame.epoch}
        self.core.say("conn.ready", **fields, tools=tuple(connection.tools))


class LoginNotLookedAtAgain(Runtime):
    """A login that is revoked opens no new connection, and those that are open go on."""

    async def revoke(self, token: str) -> None:
        self._core.revoked.add(token)


class MainThreadLeft(Threads):
    """A reset makes the new thread the main one, and the old one stays it."""

    async def _reset(self, connection: Connection, asked: ThreadReset) -> None:
        fresh, now = self.core.new_id("thread"), self.core.clock()
        closing = await self.core.unit(_reset_beside, connection.user, asked.thread_id, fresh, now)
        self.jobs.start(closing.jobs)


def _reset_beside(
    tx: Transaction, user: str, thread: str | None, fresh: str, now: float
) -> Closing:
    tx.execute("DROP INDEX IF EXISTS one_main_thread")
    closing = thread_units.close_thread(tx, user, thread)
    main = tx.execute("SELECT is_main FROM threads WHERE thread_id = ?", thread).fetchone()
    tx.execute(
        "INSERT INTO threads (thread_id, user_id, is_main, used_at) VALUES (?, ?, ?, ?)",
        *(fresh, user, main[0], now),
    )
    fields = {"thread": fresh, "user": user, "old": None, "new": ThreadStatus.OPEN}
    tx.happened("thread.status", **fields, main=bool(main[0]), by="reset")
    return closing
