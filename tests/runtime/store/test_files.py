"""Databases as files: what is committed stays, and what is wrong is said in a sentence."""

import sqlite3
from pathlib import Path

import pytest

from hocket.runtime.protocol.events import Event, ignore
from hocket.runtime.protocol.lifecycle import StepProgress
from hocket.runtime.store import database as module
from hocket.runtime.store.database import Database, Transaction
from hocket.runtime.store.errors import (
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreTooNew,
)
from hocket.runtime.store.files import Folder, open_file
from hocket.runtime.store.records import Step
from hocket.runtime.store.rows import load_step
from hocket.runtime.store.schema import PERSONAL, SHARED, migrate
from hocket.runtime.store.store import OPEN_FILES_MAX, Store, UserScope


def add_user(tx: Transaction, user: str) -> None:
    """A unit that adds a user."""
    tx.execute("INSERT INTO users VALUES (?)", user)


def add_item(tx: Transaction, op: int, text: str) -> None:
    """A unit that adds an item to a user's own database."""
    tx.execute("INSERT INTO items VALUES (?, ?)", op, text)


def users(tx: Transaction) -> list[str]:
    """All users."""
    return [row[0] for row in tx.execute("SELECT user_id FROM users ORDER BY 1")]


def items(tx: Transaction) -> list[str]:
    """All items of a user's own database."""
    return [row[0] for row in tx.execute("SELECT text FROM items ORDER BY op_id")]


async def test_a_folder_keeps_what_was_committed(tmp_path: Path) -> None:
    """Both kinds of databases are found again as they were left, in WAL mode and up to date."""
    store = Store.open(tmp_path / "db")
    await store.run("add", lambda tx: add_user(tx, "a/b"), ignore)
    await UserScope(store, "a/b", ignore).own(add_item, 1, "likes tea")
    store.close()
    assert [p.name for p in (tmp_path / "db" / "users").glob("*.db")] == ["a%2Fb.db"]
    again = Store.open(tmp_path / "db")
    assert again.read(users) == ["a/b"]
    assert await UserScope(again, "a/b", ignore).own(items) == ["likes tea"]
    assert again.read(lambda tx: tx.execute("PRAGMA journal_mode").fetchone()) == ("wal",)
    assert again.read(lambda tx: tx.execute("PRAGMA user_version").fetchone()) == (len(SHARED),)
    again.close()


async def test_each_user_has_a_database_of_their_own(tmp_path: Path) -> None:
    """More users than files are kept open; each finds their own things and no others'."""
    store, told = Store.open(tmp_path), list[Event]()
    scopes = [
        UserScope(store, f"u{n}", told.append, job=f"j{n}") for n in range(OPEN_FILES_MAX + 3)
    ]
    for number, scope in enumerate(scopes):
        await scope.own(add_item, number, scope.user)
    for scope in scopes:
        assert await scope.own(items) == [scope.user]
    assert [(e["store"], e["job"]) for e in told[: len(scopes)]] == [
        (scope.user, scope.job) for scope in scopes
    ]
    store.close()


def test_a_folder_is_served_once(tmp_path: Path) -> None:
    """A second process is refused, and may come back when the first has closed."""
    first = Store.open(tmp_path)
    with pytest.raises(StoreBusy, match="another process"):
        Store.open(tmp_path)
    first.close()
    Store.open(tmp_path).close()


@pytest.mark.parametrize("name", ["shared.db", "users/ann.db"])
@pytest.mark.parametrize("damage", ["no database", "torn page"])
def test_a_damaged_file_is_refused_as_it_is(tmp_path: Path, name: str, damage: str) -> None:
    """Nothing is written to it, the error names it, and the folder is free again."""
    folder = Folder(tmp_path)
    folder.shared().close()
    connection = folder.personal("ann")
    connection.execute("INSERT INTO items VALUES (1, ?)", ("x" * 9_000,))
    connection.close()
    folder.close()
    file = tmp_path / name
    whole = file.read_bytes()
    torn = whole[:4096] + b"\xff" * (len(whole) - 4096)
    file.write_bytes(b"this is a letter, not a database" * 99 if damage == "no database" else torn)
    before = file.read_bytes()
    for _ in range(2):
        with pytest.raises(StoreDamaged, match=f"{file.name} is damaged"):
            Store.open(tmp_path)
    assert file.read_bytes() == before


def test_a_file_of_a_later_release_is_refused(tmp_path: Path) -> None:
    """It would not know what it destroys."""
    Store.open(tmp_path).close()
    with sqlite3.connect(tmp_path / "shared.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreTooNew, match="later release"):
        Store.open(tmp_path)


def test_a_database_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    """With what is in it: a step that it has was persisted, and nobody knows what it took."""
    open_file(tmp_path / "a.db", SHARED[:1]).close()
    with sqlite3.connect(tmp_path / "a.db") as old:
        old.execute("PRAGMA foreign_keys = OFF")
        old.execute("INSERT INTO steps VALUES ('run-1', 0, '[]')")
    old.close()
    connection = open_file(tmp_path / "a.db", SHARED)
    assert load_step(Transaction(connection), "run-1", 0) == Step(
        0, progress=StepProgress.PERSISTED, new=False
    )
    connection.close()


@pytest.mark.parametrize("steps", [SHARED, PERSONAL])
def test_a_step_is_taken_whole_or_not_at_all(steps: tuple[str, ...]) -> None:
    """A step that fails leaves the database where it was; taking steps twice changes nothing."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, steps)
    dump = list(connection.iterdump())
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, (*steps, "CREATE TABLE half (a); CREATE TABLE half (a)"))
    migrate(connection, steps)
    assert list(connection.iterdump()) == dump
    migrate(connection, (*steps, "CREATE TABLE whole (a)"))
    assert connection.execute("PRAGMA user_version").fetchone() == (len(steps) + 1,)
    connection.close()


async def test_a_held_database_is_waited_for(tmp_path: Path, autojump_clock: object) -> None:
    """A unit tries again, awaited and told, and succeeds once the other has gone."""
    store, told = Database("shared", open_file(tmp_path / "a.db", SHARED)), list[Event]()
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    def emit(event: Event) -> None:
        told.append(event)
        if len(told) == 3:
            other.execute("COMMIT")

    await store.run("add", lambda tx: add_user(tx, "ann"), emit)
    assert [e.kind for e in told] == ["row.wait"] * 3 + ["tx.commit"]
    assert store.read(users) == ["ann"]
    other.close()
    store.close()


async def test_a_database_held_for_long_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wait is bounded; nothing is stored, and the store goes on when it can."""
    monkeypatch.setattr(module, "BUSY_SECONDS_MAX", 0.05)
    store = Database("shared", open_file(tmp_path / "a.db", SHARED))
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy, match="shared is held by another program"):
        await store.run("add", lambda tx: add_user(tx, "ann"), ignore)
    other.execute("COMMIT")
    other.close()
    assert store.read(users) == []
    await store.run("add", lambda tx: add_user(tx, "ann"), ignore)
    store.close()


async def test_a_full_disk_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    """The unit that found no room is rolled back with an error; the others stay."""
    store = Database("shared", open_file(tmp_path / "a.db", SHARED))
    await store.run("add", lambda tx: add_user(tx, "ann"), ignore)
    (pages,) = store.read(lambda tx: tx.execute("PRAGMA page_count").fetchone())
    store.read(lambda tx: tx.execute(f"PRAGMA max_page_count = {pages}").fetchone())
    with pytest.raises(StoreFull, match="free some space"):
        await store.run("add", lambda tx: add_user(tx, "b" * 20_000), ignore)
    assert store.read(users) == ["ann"]
    await store.run("add", lambda tx: add_user(tx, "ben"), ignore)
    assert store.read(users) == ["ann", "ben"]
    store.close()


def test_a_folder_that_cannot_be_one_is_refused(tmp_path: Path) -> None:
    """A file in its place, and a name too long for a file, are errors with the reason."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be used as a folder"):
        Store.open(tmp_path / "file")
    folder = Folder(tmp_path / "db")
    with pytest.raises(StoreError, match="too long"):
        folder.personal("é" * 50)
    folder.close()


async def test_what_nobody_is_told_of_does_not_wait_for_the_disk(tmp_path: Path) -> None:
    """Other units do, and by then it is there, too; SQLite calls the levels 1 and 2."""

    def level(tx: Transaction) -> int:
        return int(tx.execute("PRAGMA synchronous").fetchone()[0])

    store = Store.open(tmp_path)
    names = ("accept", "start", "save_step", "pause", "decide", "proceed", "finish", "end")
    levels = [await store.run(name, level, ignore) for name in names]
    assert levels == [2, 1, 1, 2, 2, 2, 2, 2]
    store.close()
