"""The reference runtime on a disk that is full for a while.

From one unit of work on, none can be stored: each is undone as SQLite undoes what it has no room
for.  A moment later there is room again.  What clients ask meanwhile is turned down or put off, and
what was committed before stays.  When the disk fills is a choice of the schedule, among the first
units of work; the tame one is never.
"""

from collections.abc import Callable
from math import inf
from typing import TypeVar

import trio
from attrs import define, field

from hocket.runtime.protocol.events import Emit, Event
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.errors import StoreFull
from hocket.runtime.store.files import Shelf
from hocket.runtime.store.store import Store
from hocket.scenarios.adapters import World
from hocket.scenarios.adapters.reference import ReferenceAdapter
from hocket.simulator.engine.choices import ChoiceKind
from hocket.simulator.simulation import choose

__all__ = ["UNITS_MAX", "FillingAdapter", "filling"]

_T = TypeVar("_T")

UNITS_MAX = 24
"""The last unit of work at which the disk may fill."""

_FULL_SECONDS = 0.4
_OPTIONS = ("never", *(f"at unit {number}" for number in range(1, UNITS_MAX + 1)))


@define(eq=False)
class _FillingStore(Store):
    """A store that has no room from the unit that ``countdown`` counts to, for a while."""

    countdown: int
    full_until: float = field(default=-inf, init=False)

    async def run(
        self, name: str, work: Callable[[Transaction], _T], emit: Emit, job: str | None = None
    ) -> _T:
        self.countdown -= 1
        if self.countdown == 0:
            self.full_until = trio.current_time() + _FULL_SECONDS

        def undone(tx: Transaction) -> _T:
            work(tx)
            raise StoreFull("the disk is full")

        full = trio.current_time() < self.full_until
        return await super().run(name, undone if full else work, emit, job)


@define(eq=False)
class FillingAdapter(ReferenceAdapter):
    """The reference runtime, with at most one time an execution without room."""

    _countdown: int = field(default=0, init=False)

    async def open(self, world: World, emit: Callable[[Event], None]) -> None:
        self._countdown = choose(ChoiceKind.FAULT, "full disk", _OPTIONS)
        await super().open(world, emit)

    def open_store(self, shelf: Shelf) -> Store:
        recovered = 1  # the unit that a process begins with; without it, it does not
        return _FillingStore(shelf, self._countdown + recovered if self._countdown else -1)


def filling() -> FillingAdapter:
    """The reference runtime, on a disk that fills."""
    return FillingAdapter()
