"""What every part of a runtime shares."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar

import trio
from attrs import define, field

from hocket.runtime.connections import Connections
from hocket.runtime.models.contract import Model, ModelOptions
from hocket.runtime.policies import Limits, Policies
from hocket.runtime.protocol.events import Emit, Event
from hocket.runtime.runs import Runs
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.errors import StoreError
from hocket.runtime.store.store import Store, UserScope
from hocket.runtime.tools import ToolBox

__all__ = ["Core", "NewId"]

NewId = Callable[[str], str]
_PAUSE_SECONDS_MAX = 30.0
_P = ParamSpec("_P")
_T = TypeVar("_T")


@define(eq=False)
class Core:
    """The services and settings that the parts of one runtime work with.

    ``clock`` gives the seconds since the epoch.  ``nursery`` is the runtime's own, for tasks that
    outlive the connection they came from; ``ending`` says that no new turns are taken.
    """

    store: Store
    model: Model
    tools: ToolBox
    users: Mapping[str, str]
    policies: Policies
    limits: Limits
    options: ModelOptions
    emit: Emit
    new_id: NewId
    clock: Callable[[], float]
    connections: Connections
    runs: Runs
    nursery: trio.Nursery | None = None
    ending: bool = False
    revoked: set[str] = field(factory=set[str])

    @property
    def tasks(self) -> trio.Nursery:
        """The runtime's nursery; raises :exc:`RuntimeError` before the runtime is open."""
        if self.nursery is None:
            raise RuntimeError("the runtime is not open")
        return self.nursery

    def scope(self, user: str, job: str | None = None) -> UserScope:
        """What may be done on behalf of a user, by a job if it is one that does it."""
        return UserScope(self.store, user, self.emit, job)

    def user_of(self, token: str) -> str | None:
        """Whom a token authenticates, unless it was revoked."""
        return None if token in self.revoked else self.users.get(token)

    def say(self, kind: str, **fields: Any) -> None:
        """Emit an event."""
        self.emit(Event(kind, fields))

    async def unit(
        self,
        work: Callable[Concatenate[Transaction, _P], _T],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> _T:
        """Commit one unit of work and return its result."""

        def bound(tx: Transaction) -> _T:
            return work(tx, *args, **kwargs)

        return await self.store.run(work.__name__, bound, self.emit)

    async def insist(self, store: Callable[[], Awaitable[_T]]) -> _T:
        """Do what has to be stored, again and again until the store takes it.

        For ends, which nobody can be refused: a disk may have no room for long, and has room
        again.  A new process finds what this one did not come to.
        """
        pause = self.limits.backoff_seconds
        while True:
            try:
                return await store()
            except StoreError:
                await trio.sleep(pause)
            pause = min(2 * pause, _PAUSE_SECONDS_MAX)
