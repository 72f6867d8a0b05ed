"""Databases as files: opened with care, or refused with a reason.

A file is checked before anything is written to it.  WAL lets readers beside the writer look at it
(https://sqlite.org/wal.html); with full synchronisation a commit that was told to anybody is on the
disk, and those that nobody is told of go there with the next.  The folder is locked for the one
process that serves it: runs under way are known to that process alone.
"""

import fcntl
import sqlite3
from pathlib import Path
from typing import IO
from urllib.parse import quote

from attrs import define, field

from hocket.runtime.store.errors import StoreBusy, StoreDamaged, StoreError, told_as_store_errors
from hocket.runtime.store.schema import PERSONAL, SHARED, migrate

__all__ = ["Folder", "Shelf", "open_file"]

_NAME_BYTES_MAX = 200


class Shelf:
    """Where the databases of a store come from: here, from memory, and gone when closed."""

    def shared(self) -> sqlite3.Connection:
        """Open the database that all users share."""
        return _in_memory(SHARED)

    def personal(self, user: str) -> sqlite3.Connection:
        """Open the database of one user; nobody has it open."""
        return _in_memory(PERSONAL)

    @property
    def keeps(self) -> bool:
        """Whether a database that was closed can be opened again as it was."""
        return False

    def close(self) -> None:
        """Let others have it."""


@define(eq=False)
class Folder(Shelf):
    """A folder with ``shared.db`` and, for each user, ``users/USER.db``.

    Making one creates the folder if need be, locks it for this process and checks what is there.
    Raises :exc:`StoreError` if that cannot be done.
    """

    path: Path
    _lock: IO[str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        try:
            (self.path / "users").mkdir(parents=True, exist_ok=True)
            self._lock = (self.path / "lock").open("w")
        except OSError as error:
            raise StoreError(f"{self.path} cannot be used as a folder: {error.strerror}") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise StoreBusy(f"{self.path} is served by another process; stop it first") from error
        try:
            for file in sorted((self.path / "users").glob("*.db")):
                open_file(file, PERSONAL).close()
        except StoreError:
            self.close()
            raise

    def shared(self) -> sqlite3.Connection:
        """Open ``shared.db``."""
        return open_file(self.path / "shared.db", SHARED)

    def personal(self, user: str) -> sqlite3.Connection:
        """Open the file of a user, who must be known: it is created if need be."""
        name = quote(user, safe="")
        if len(name) > _NAME_BYTES_MAX:
            raise StoreError(f"the user name {user[:20]}... is too long for the name of a file")
        return open_file(self.path / "users" / f"{name}.db", PERSONAL)

    @property
    def keeps(self) -> bool:
        """Files stay."""
        return True

    def close(self) -> None:
        """Let another process serve the folder."""
        self._lock.close()


def open_file(path: Path, steps: tuple[str, ...]) -> sqlite3.Connection:
    """Open the database in a file, check that it is sound, and bring it up to date.

    Raises :exc:`StoreError`; the file is then as it was.
    """
    name = str(path)
    with told_as_store_errors(name):
        connection = sqlite3.connect(name, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            _check(connection, name)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            migrate(connection, steps)
        except BaseException:
            connection.close()
            raise
    return connection


def _check(connection: sqlite3.Connection, name: str) -> None:
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise StoreDamaged(f"the database {name} is damaged ({found}); restore it from a backup")


def _in_memory(steps: tuple[str, ...]) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    migrate(connection, steps)
    return connection
