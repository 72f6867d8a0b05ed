"""The one way to the database: a unit of work, from BEGIN to COMMIT in one worker thread.

A unit is a synchronous function.  No transaction is ever open at a checkpoint, so no task can wait
for a row that a suspended task holds, and a cancellation meets a unit before it began or after it
committed, never in between.  What a unit did is told to the listener right after its commit and
before the next unit begins: the order of these events is the order of commits.  They are told in
the worker thread, so the listener must be safe to call from there.
"""

import sqlite3
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import trio
from attrs import define, field

from hocket.runtime.protocol.events import Emit, Event

__all__ = ["Store", "Transaction"]

_T = TypeVar("_T")


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
class Store:
    """A database, used by one unit at a time.

    ``connection`` must have been opened with ``check_same_thread=False`` and
    ``isolation_level=None``, and hold the tables of
    :func:`~hocket.runtime.store.schema.create_schema`.
    """

    _connection: sqlite3.Connection
    _turn: trio.CapacityLimiter = field(factory=lambda: trio.CapacityLimiter(1), init=False)
    _guard: threading.Lock = field(factory=threading.Lock, init=False)

    async def run(self, name: str, work: Callable[[Transaction], _T], emit: Emit) -> _T:
        """Commit ``work`` as the unit ``name`` and return what it returned.

        Nothing is stored when ``work`` raises.  The call can be cancelled while it waits for other
        units, and no more once ``work`` began.
        """
        return await trio.to_thread.run_sync(self._commit, name, work, emit, limiter=self._turn)

    def read(self, query: Callable[[Transaction], _T]) -> _T:
        """Run ``query``, which only reads, at once; waits at most for the unit under way."""
        with self._guard:
            return query(Transaction(self._connection))

    def _commit(self, name: str, work: Callable[[Transaction], _T], emit: Emit) -> _T:
        with self._guard:
            transaction = Transaction(self._connection)
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(transaction)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            for event in transaction.events:
                emit(event)
            emit(Event("tx.commit", {"unit": name}))
        return result
