"""The one way to a database: a unit of work, from BEGIN to COMMIT in one worker thread.

A unit is a synchronous function.  No transaction is ever open at a checkpoint, so no task can wait
for a row that a suspended task holds, and a cancellation meets a unit before it began or after it
committed, never in between.  What a unit did is told to the listener right after its commit and
before the next unit begins: the order of these events is the order of commits.  They are told in
the worker thread, so the listener must be safe to call from there.
"""

import sqlite3
import threading
from collections.abc import Callable, Collection
from typing import Any, TypeVar

import trio
from attrs import define, field

from hocket.runtime.protocol.events import Emit, Event
from hocket.runtime.store.errors import StoreBusy, StoreError, told_as_store_errors

__all__ = ["BUSY_SECONDS_MAX", "Database", "Transaction", "trouble"]

_T = TypeVar("_T")

BUSY_SECONDS_MAX = 5.0
"""How long a unit waits for a database that somebody outside holds, before it gives up."""

_BUSY_SECONDS_STEP = 0.05


def trouble(unit: str, store: str, error: StoreError) -> Event:
    """The event that a store could not take a unit of work."""
    return Event("store.error", {"unit": unit, "store": store, "error": str(error)})


@define
class Transaction:
    """What a unit of work may use: the database, and a list of what it brought about."""

    _connection: sqlite3.Connection
    events: list[Event] = field(factory=list[Event], init=False)

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        """Run one statement."""
        return self._connection.execute(sql, values)

    def happened(self, kind: str, **fields: Any) -> None:
        """Note an event, to be told once the unit is committed."""
        self.events.append(Event(kind, fields))


@define(eq=False)
class Database:
    """A database, used by one unit at a time; ``name`` is what people and events call it.

    The connection must have been opened with ``check_same_thread=False``,
    ``isolation_level=None`` and ``timeout=0``, and hold its tables.  A commit waits until it is on
    the disk, but for the units whose names are ``untold``: they are there with the next that waits.
    """

    name: str
    _connection: sqlite3.Connection
    untold: Collection[str] = ()
    _waits: bool = field(default=True, init=False)
    _turn: trio.CapacityLimiter = field(factory=lambda: trio.CapacityLimiter(1), init=False)
    _guard: threading.Lock = field(factory=threading.Lock, init=False)

    def __attrs_post_init__(self) -> None:
        self._connection.execute("PRAGMA foreign_keys = ON")

    async def run(
        self, unit: str, work: Callable[[Transaction], _T], emit: Emit, job: str | None = None
    ) -> _T:
        """Commit ``work`` as ``unit``, on behalf of ``job`` if given; what it returned.

        Nothing is stored when ``work`` raises.  The call can be cancelled while it waits for other
        units, and no more once ``work`` began.  While another program holds the database it tries
        again, and raises :exc:`StoreBusy` after :data:`BUSY_SECONDS_MAX`; other troubles of the
        database are a :exc:`~hocket.runtime.store.errors.StoreError` at once.
        """
        waited = 0.0
        while True:
            try:
                return await trio.to_thread.run_sync(
                    self.commit, unit, work, emit, job, limiter=self._turn
                )
            except StoreError as error:
                if not isinstance(error, StoreBusy) or waited >= BUSY_SECONDS_MAX:
                    emit(trouble(unit, self.name, error))
                    raise
            emit(Event("row.wait", {"unit": unit, "store": self.name, "seconds": waited}))
            await trio.sleep(_BUSY_SECONDS_STEP)
            waited += _BUSY_SECONDS_STEP

    def read(self, query: Callable[[Transaction], _T]) -> _T:
        """Run ``query``, which only reads, at once; waits at most for the unit under way."""
        with self._guard, told_as_store_errors(self.name):
            return query(Transaction(self._connection))

    def commit(
        self, unit: str, work: Callable[[Transaction], _T], emit: Emit, job: str | None = None
    ) -> _T:
        """Commit ``work`` in the thread that calls; raises as :meth:`run`, but never waits."""
        with self._guard, told_as_store_errors(self.name):
            transaction = Transaction(self._connection)
            fields = {"unit": unit, "store": self.name, "job": job}
            self._wait_for_disk(waits=unit not in self.untold)
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(transaction)
                self._connection.execute("COMMIT")
            except BaseException as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                broken = isinstance(error, sqlite3.IntegrityError)
                emit(Event("tx.rollback", {**fields, "constraint": broken}))
                raise
            for event in transaction.events:
                emit(event)
            emit(Event("tx.commit", fields))
        return result

    def _wait_for_disk(self, *, waits: bool) -> None:
        if waits is not self._waits:
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if waits else 'NORMAL'}")
            self._waits = waits

    def serialize(self) -> bytes:
        """The database as it is committed, between units or at the end of one in its thread."""
        return self._connection.serialize()

    def close(self) -> None:
        """Close the connection, once the unit under way is done."""
        with self._guard:
            self._connection.close()
