"""The runs that are under way in this process.

What a run *is* stands in the store; a record holds what only this process can know: where the run
came from, which task works for it, and whether somebody asked to cancel it.  It has no copy of the
status, so the two can never disagree.
"""

from collections.abc import Mapping

import trio
from attrs import define, field

from hocket.runtime.connections import Connection, Connections
from hocket.runtime.models.contract import ModelOptions
from hocket.runtime.protocol.frames import RunStarted, ServerFrame, ToolSchema
from hocket.runtime.store.records import PendingApproval

__all__ = ["RunRecord", "Runs"]


@define(eq=False)
class RunRecord:
    """One run, from the request for it until its end was told.

    ``tools`` are those of its origin, and ``options`` how the model answers, both at acceptance;
    ``offered`` is what its model is offered, the server's own tools first.  ``working`` says that
    a task owes the run an end; without one the run waits for its ``approval``.  ``scope`` is the
    cancel scope of that task, once it has one, and ``timer`` that of the approval's expiry.
    ``over`` is set in the step in which the end is told; nothing is told of the run afterwards.
    """

    id: str
    user: str
    request_id: str
    origin: Connection
    tools: Mapping[str, ToolSchema]
    options: ModelOptions
    offered: tuple[ToolSchema, ...] = ()
    thread: str = ""
    cancel_requested: bool = False
    scope: trio.CancelScope | None = None
    working: bool = False
    approval: PendingApproval | None = None
    timer: trio.CancelScope | None = None
    announced: bool = False
    over: bool = False

    @property
    def started(self) -> RunStarted:
        """What the user's connections are told of its acceptance."""
        return RunStarted(self.id, self.thread, self.request_id)


@define(eq=False)
class Runs:
    """The records by id, and who is told of their beginning and end."""

    _connections: Connections
    _records: dict[str, RunRecord] = field(factory=dict[str, RunRecord], init=False)

    def add(self, record: RunRecord) -> None:
        """Know of a run; before it is stored, so that nobody can find it unknown."""
        self._records[record.id] = record

    def discard(self, record: RunRecord) -> None:
        """Forget a run that was not accepted."""
        del self._records[record.id]

    def get(self, run: str) -> RunRecord | None:
        """The record of a run that is not over."""
        return self._records.get(run)

    def known(self) -> tuple[str, ...]:
        """The runs that are under way here, by id."""
        return tuple(sorted(record.id for record in self._records.values() if record.thread))

    def begun_with(self, login: str) -> tuple[RunRecord, ...]:
        """The runs that came over connections that this token authenticated."""
        return tuple(r for r in self._records.values() if r.origin.login == login)

    def awaiting(self, approval: str) -> RunRecord | None:
        """The run that waits for ``approval``."""
        records = self._records.values()
        return next((r for r in records if r.approval and r.approval.id == approval), None)

    def paused(self, origin: Connection) -> tuple[RunRecord, ...]:
        """The runs started on ``origin`` that no task works for."""
        records = self._records.values()
        return tuple(r for r in records if r.origin is origin and not r.working)

    def under_way(self) -> int:
        """How many runs a task works for, or will once it has its thread's lock."""
        return sum(record.working for record in self._records.values())

    def announced(self, user: str) -> tuple[RunRecord, ...]:
        """The runs of ``user`` whose connections were told of them, in order of acceptance."""
        return tuple(r for r in self._records.values() if r.user == user and r.announced)

    def announce(self, record: RunRecord, thread: str) -> None:
        """Tell the user's connections, once, that the run was accepted."""
        if not record.announced:
            record.announced = True
            record.thread = thread
            self._connections.tell(record.user, record.started)

    def over(self, run: str, user: str, thread: str, frame: ServerFrame) -> None:
        """Tell the user's connections how a run ended; for the winner of the race to end it."""
        record = self._records.pop(run, None)
        if record is not None:
            self.announce(record, thread)
            record.over = True
            record.approval = None
            if record.timer is not None:
                record.timer.cancel()
        self._connections.tell(user, frame)
