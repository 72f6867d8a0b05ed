"""The databases of a runtime: one that all users share, and one for each user.

Whoever works for a user does so through a :class:`UserScope`, which knows the user's own database
and no other: there is no default that a background job could fall back to.
"""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import trio
from attrs import define, field, frozen

from hocket.runtime.protocol.events import Emit
from hocket.runtime.store.database import Database, Transaction, trouble
from hocket.runtime.store.errors import StoreError
from hocket.runtime.store.files import Folder, Shelf

__all__ = ["OPEN_FILES_MAX", "UNTOLD", "Store", "UserScope"]

_P = ParamSpec("_P")
_T = TypeVar("_T")

OPEN_FILES_MAX = 32
"""How many databases of single users are kept open, those used last."""


UNTOLD = frozenset({"start", "save_step"})
"""The units, by name, of which no client is told that they are done.

Whatever a turn does next is stored by another unit, and with it these are on the disk.  A machine
that loses its power before that loses what a new process would let fail anyway.
"""


@define(eq=False)
class Store:
    """All databases of a runtime; close it when the runtime that uses it is closed.

    ``Store(Shelf())`` is a new one in memory, and :meth:`open` one in a folder.
    """

    shelf: Shelf
    shared: Database = field(init=False)
    _own: OrderedDict[str, Database] = field(factory=OrderedDict[str, Database], init=False)
    _turn: trio.CapacityLimiter = field(factory=lambda: trio.CapacityLimiter(1), init=False)

    def __attrs_post_init__(self) -> None:
        untold = UNTOLD if self.shelf.keeps else ()
        self.shared = Database("shared", self.shelf.shared(), untold)

    @classmethod
    def open(cls, folder: Path) -> "Store":
        """The databases in ``folder``, created, checked and brought up to date as need be.

        Raises :exc:`~hocket.runtime.store.errors.StoreError`, with what to do, if a file is
        damaged, is of a later release, or cannot be used, or another process serves the folder.
        """
        shelf = Folder(folder)
        try:
            return cls(shelf)
        except BaseException:
            shelf.close()
            raise

    async def run(
        self, name: str, work: Callable[[Transaction], _T], emit: Emit, job: str | None = None
    ) -> _T:
        """Commit a unit of work in the shared database, as :meth:`Database.run`."""
        return await self.shared.run(name, work, emit, job)

    async def run_own(
        self, user: str, unit: str, work: Callable[[Transaction], _T], emit: Emit, job: str | None
    ) -> _T:
        """Commit a unit of work in the database of ``user``, one such unit at a time."""
        async with self._turn:
            database = self._own.get(user)
            if database is None:
                try:
                    database = await trio.to_thread.run_sync(self._open_own, user)
                except StoreError as error:
                    emit(trouble(unit, user, error))
                    raise
            self._own.move_to_end(user)
            return await database.run(unit, work, emit, job)

    def read(self, query: Callable[[Transaction], _T]) -> _T:
        """Run ``query``, which only reads, on the shared database, as :meth:`Database.read`."""
        return self.shared.read(query)

    def remains(self) -> dict[str, bytes]:
        """All databases as they are committed now, serialized by name, as a crash would leave them.

        Only for databases in memory, and between units of work.
        """
        return {d.name: d.serialize() for d in (self.shared, *self._own.values())}

    def close(self) -> None:
        """Close all databases; nothing may be under way."""
        for database in (*self._own.values(), self.shared):
            database.close()
        self._own.clear()
        self.shelf.close()

    def _open_own(self, user: str) -> Database:
        database = Database(user, self.shelf.personal(user))
        self._own[user] = database
        while self.shelf.keeps and len(self._own) > OPEN_FILES_MAX:
            self._own.popitem(last=False)[1].close()
        return database


@frozen
class UserScope:
    """What may be done on behalf of one user, by ``job`` if it is one that does it."""

    store: Store
    user: str
    emit: Emit
    job: str | None = None

    async def shared(
        self,
        work: Callable[Concatenate[Transaction, _P], _T],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> _T:
        """Commit a unit of work in the shared database."""
        unit = _bound(work, *args, **kwargs)
        return await self.store.run(work.__name__, unit, self.emit, self.job)

    async def own(
        self,
        work: Callable[Concatenate[Transaction, _P], _T],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> _T:
        """Commit a unit of work in the user's own database."""
        unit = _bound(work, *args, **kwargs)
        return await self.store.run_own(self.user, work.__name__, unit, self.emit, self.job)


def _bound(
    work: Callable[Concatenate[Transaction, _P], _T], *args: _P.args, **kwargs: _P.kwargs
) -> Callable[[Transaction], _T]:
    def bound(tx: Transaction) -> _T:
        return work(tx, *args, **kwargs)

    return bound
