"""What a new process does with what an earlier one left behind.

Turns that somebody worked for have failed: nobody does any more.  Those that waited for an approval
go on waiting, for what is left of their time, and can be decided by any connection of their user.
Delegated calls were known to the old process alone and are lost with their connections.
"""

import json

from attrs import define

from hocket.runtime.approvals import Approvals
from hocket.runtime.core import Core
from hocket.runtime.jobs.board import Jobs
from hocket.runtime.prompting import Prompting
from hocket.runtime.protocol.frames import ToolSchema
from hocket.runtime.runs import RunRecord
from hocket.runtime.store import recovery_units
from hocket.runtime.store.records import Survivor

__all__ = ["Recovery"]


@define(eq=False)
class Recovery:
    """Takes up what is in the store when the runtime opens."""

    core: Core
    approvals: Approvals
    jobs: Jobs
    prompting: Prompting

    async def recover(self) -> None:
        """Leave every run either over or waiting for an approval that somebody can give."""
        self.core.say("proc.start")
        users = tuple(dict.fromkeys(self.core.users.values()))
        found = await self.core.unit(recovery_units.recover, users)
        for survivor in found.survivors:
            self._restore(survivor)
        self.jobs.start(found.jobs)

    def _restore(self, survivor: Survivor) -> None:
        tools = {t[0]: ToolSchema(*t) for t in json.loads(survivor.tools)}
        origin = self.core.connections.restore(survivor.conn, survivor.user)
        record = RunRecord(
            *(survivor.run, survivor.user, survivor.request),
            *(origin, tools, self.core.options),
            thread=survivor.thread,
            announced=True,
        )
        self.prompting.offer(record)
        self.core.runs.add(record)
        self.approvals.wait(record, survivor.approval)
