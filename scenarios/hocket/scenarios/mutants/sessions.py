"""Planted defects of sessions that live longer than a unit of work.

The reference has none: a unit is begun and ended in one step.  These mutants keep one from the
beginning of a turn to its end.  What is written in it takes effect when it is committed; nobody
else sees it before.
"""

from attrs import define, field

from hocket.runtime.conversation import Call, Message
from hocket.runtime.core import Core
from hocket.runtime.runs import RunRecord
from hocket.runtime.segments import Segment
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.records import Ending, Job
from hocket.runtime.tools import ToolOutcome
from hocket.runtime.turns import Turns

__all__ = ["SessionLentToTools", "ThreadHeldByTurn"]


@define(eq=False)
class _Session:
    """A session of a turn, with the write that it has not committed."""

    core: Core
    record: RunRecord
    written: bool = field(default=False, init=False)

    @property
    def name(self) -> str:
        return f"session of {self.record.id}"

    def begin(self) -> None:
        self.core.say("tx.begin", session=self.name, owner=self.record.id)
        self.written = True

    async def commit(self, by: str) -> None:
        """Commit what was written; ``by`` is who does it."""
        self.core.say("sess.use", session=self.name, owner=by)
        if self.written:
            await self.core.unit(_use, self.record.thread, self.core.clock())
        self.written = False

    def end(self) -> None:
        self.core.say("tx.end", session=self.name, owner=self.record.id)


def _use(tx: Transaction, thread: str, now: float) -> None:
    tx.execute("UPDATE threads SET used_at = ? WHERE thread_id = ?", now, thread)


@define(eq=False)
class ThreadHeldByTurn(Turns):
    """The row of a thread is written when a turn of it starts, and committed when the turn ends."""

    _sessions: dict[str, _Session] = field(factory=dict[str, _Session], init=False)

    async def _load(self, segment: Segment, past: tuple[Message, ...] | None) -> None:
        session = self._sessions[segment.record.id] = _Session(self.core, segment.record)
        session.begin()
        await super()._load(segment, past)

    async def commit_end(self, segment: Segment, ending: Ending) -> tuple[Job, ...] | None:
        session = self._sessions[segment.record.id]
        await session.commit(segment.record.id)
        session.end()
        return await super().commit_end(segment, ending)


class SessionLentToTools(Turns):
    """A tool is lent the session of its turn, and commits what the turn had written."""

    async def _run_tool(self, record: RunRecord, call: Call, execution: str) -> ToolOutcome:
        session = _Session(self.core, record)
        session.begin()
        await session.commit(execution)
        session.end()
        return await super()._run_tool(record, call, execution)
