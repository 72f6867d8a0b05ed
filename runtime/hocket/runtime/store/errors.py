"""What can be wrong with a database, in words for the person who runs the server.

SQLite's own errors are told apart by their result codes (https://sqlite.org/rescode.html), never by
their texts.  Whatever goes wrong, the unit of work that met it is rolled back, and everything that
was committed before stays.

What a person who runs the server reads names files and their remedies; users are told
:data:`UNSTORED` and no more.
"""

import sqlite3
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

__all__ = [
    "UNSTORED",
    "StoreBusy",
    "StoreDamaged",
    "StoreError",
    "StoreFull",
    "StoreTooNew",
    "told_as_store_errors",
]


UNSTORED = "the server cannot store anything at the moment; try again later"
"""What a client is told of a trouble with the store."""


class StoreError(Exception):
    """The database cannot be used; nothing that was committed is lost."""


class StoreBusy(StoreError):
    """Somebody else holds the database, and did so for as long as we wait."""


class StoreFull(StoreError):
    """There is no room left to write."""


class StoreDamaged(StoreError):
    """The file is not a sound database."""


class StoreTooNew(StoreError):
    """The file was written by a later version of the program."""


_KINDS: Mapping[int, tuple[type[StoreError], str]] = MappingProxyType(
    {
        sqlite3.SQLITE_BUSY: (StoreBusy, "is held by another program; stop it and try again"),
        sqlite3.SQLITE_LOCKED: (StoreBusy, "is held by another program; stop it and try again"),
        sqlite3.SQLITE_FULL: (StoreFull, "has no room left; free some space on its disk"),
        sqlite3.SQLITE_CORRUPT: (StoreDamaged, "is damaged; restore it from a backup"),
        sqlite3.SQLITE_NOTADB: (StoreDamaged, "is damaged; restore it from a backup"),
        sqlite3.SQLITE_READONLY: (StoreError, "cannot be written; check its permissions"),
        sqlite3.SQLITE_CANTOPEN: (StoreError, "cannot be opened; check its path and permissions"),
        sqlite3.SQLITE_IOERR: (StoreError, "cannot be read or written; check its disk"),
    }
)


@contextmanager
def told_as_store_errors(name: str) -> Generator[None]:
    """Raise :exc:`StoreError`, with what to do, where SQLite could not use the database ``name``.

    What is wrong with a statement or its values is let through: that is our mistake.
    """
    try:
        yield
    except sqlite3.Error as error:
        # Errors of the module itself, say about the number of values, have no code.
        code = getattr(error, "sqlite_errorcode", None)
        kind, advice = _KINDS.get(code & 0xFF if code is not None else -1, (None, ""))
        if kind is None:
            raise
        raise kind(f"the database {name} {advice}") from error
