"""Units of work: whole or not at all, one at a time, told in the order of their commits."""

import sqlite3
from collections.abc import Callable

import pytest
import trio

from hocket.runtime.protocol.events import Event, ignore
from hocket.runtime.store.database import Database, Transaction
from hocket.runtime.store.schema import add_thread, add_user, create_schema


def database() -> sqlite3.Connection:
    """An empty store."""
    connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    create_schema(connection)
    return connection


def adds(user: str) -> Callable[[Transaction], str]:
    """A unit that adds a user."""

    def work(tx: Transaction) -> str:
        tx.execute("INSERT INTO users VALUES (?)", user)
        tx.happened("cancel.seen", run=user)
        return user

    return work


async def test_a_unit_is_committed_and_then_told() -> None:
    """The result comes back, the rows are there, and events follow the commit."""
    connection, told = database(), list[tuple[Event, bool]]()
    store = Database("shared", connection)
    result = await store.run(
        "add", adds("ann"), lambda event: told.append((event, connection.in_transaction))
    )
    assert result == "ann"
    assert told == [
        (Event("cancel.seen", {"run": "ann"}), False),
        (Event("tx.commit", {"unit": "add", "store": "shared", "job": None}), False),
    ]
    connection.close()


async def test_a_unit_that_raises_leaves_nothing() -> None:
    """Nothing is stored, only that it failed is told, and the next unit finds the store usable."""
    connection, told = database(), list[Event]()
    store = Database("shared", connection)

    def fails(tx: Transaction) -> None:
        adds("ann")(tx)
        raise LookupError

    with pytest.raises(LookupError):
        await store.run("fails", fails, told.append)
    assert [e.kind for e in told] == ["tx.rollback"]
    assert await store.run("add", adds("ann"), ignore) == "ann"
    connection.close()


async def test_events_are_told_in_the_order_of_commits() -> None:
    """With real worker threads and many units at once, the order told is the order stored."""
    connection, told = database(), list[Event]()
    store = Database("shared", connection)
    async with trio.open_nursery() as nursery:
        for number in range(50):
            nursery.start_soon(store.run, "add", adds(f"u{number:02}"), told.append)
    stored = store.read(lambda tx: [row[0] for row in tx.execute("SELECT user_id FROM users")])
    assert sorted(e["run"] for e in told if e.kind == "cancel.seen") == stored
    assert [e.kind for e in told] == ["cancel.seen", "tx.commit"] * 50
    connection.close()


async def test_a_cancelled_caller_finds_a_unit_done_or_not_begun() -> None:
    """Units whose callers were cancelled are in the store if and only if they were told."""
    connection, told = database(), list[Event]()
    store = Database("shared", connection)
    async with trio.open_nursery() as nursery:
        for number in range(50):
            nursery.start_soon(store.run, "add", adds(f"u{number:02}"), told.append)
        for _ in range(5):
            await trio.lowlevel.checkpoint()
        nursery.cancel_scope.cancel()
    stored = {row[0] for row in connection.execute("SELECT user_id FROM users")}
    assert stored == {e["run"] for e in told if e.kind == "cancel.seen"}
    connection.close()


def test_the_first_thread_of_a_user_is_the_main_one() -> None:
    """Each user has one main thread at most, the first that was added."""
    connection = database()
    for user in ("ann", "ben"):
        add_user(connection, user)
    for user, thread in (("ann", "A"), ("ann", "B"), ("ben", "C")):
        add_thread(connection, user, thread)
    rows = connection.execute("SELECT thread_id FROM threads WHERE is_main ORDER BY 1").fetchall()
    assert rows == [("A",), ("C",)]
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute("UPDATE threads SET is_main = 1")
    connection.close()


def test_a_store_can_be_restored_from_a_snapshot() -> None:
    """A serialized database is as good as one that was built."""
    built = database()
    add_user(built, "ann")
    copy = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    copy.deserialize(built.serialize())
    built.close()
    store = Database("shared", copy)
    assert store.read(lambda tx: tx.execute("SELECT * FROM users").fetchall()) == [("ann",)]
    copy.close()
