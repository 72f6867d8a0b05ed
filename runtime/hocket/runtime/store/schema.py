"""The tables, and helpers to fill an empty store.

The schema is created apart from everything else, so that a prepared database can be restored from
a snapshot (``sqlite3.Connection.deserialize``) instead of being built again.
"""

import sqlite3

__all__ = ["add_thread", "add_user", "create_schema"]

_SCHEMA = """
CREATE TABLE users (user_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE threads (
    thread_id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users,
    is_main INTEGER NOT NULL,
    next_seq INTEGER NOT NULL DEFAULT 1
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX one_main_thread ON threads (user_id) WHERE is_main;
CREATE TABLE runs (
    run_id TEXT PRIMARY KEY,
    thread_id TEXT NOT NULL REFERENCES threads,
    user_id TEXT NOT NULL REFERENCES users,
    conn_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    text TEXT NOT NULL,
    status TEXT NOT NULL,
    error TEXT,
    completed_seq INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX runs_of_thread ON runs (thread_id, status);
CREATE TABLE steps (
    run_id TEXT NOT NULL REFERENCES runs,
    step_index INTEGER NOT NULL,
    calls TEXT NOT NULL,
    PRIMARY KEY (run_id, step_index)
) STRICT, WITHOUT ROWID;
CREATE TABLE messages (
    thread_id TEXT NOT NULL REFERENCES threads,
    seq INTEGER NOT NULL,
    run_id TEXT NOT NULL REFERENCES runs,
    role TEXT NOT NULL,
    content TEXT NOT NULL,
    call_id TEXT,
    tool TEXT,
    in_context INTEGER NOT NULL,
    PRIMARY KEY (thread_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX messages_of_run ON messages (run_id);
CREATE TABLE approvals (
    approval_id TEXT PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES runs,
    step_index INTEGER NOT NULL,
    call_id TEXT NOT NULL,
    tool TEXT NOT NULL,
    args_hash TEXT NOT NULL,
    status TEXT NOT NULL,
    decided_by TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX approvals_of_run ON approvals (run_id, status);
"""


def create_schema(connection: sqlite3.Connection) -> None:
    """Create the tables in an empty database."""
    connection.executescript(_SCHEMA)


def add_user(connection: sqlite3.Connection, user: str) -> None:
    """Add a user; raises :exc:`sqlite3.IntegrityError` if there is one of that name."""
    connection.execute("INSERT INTO users VALUES (?)", (user,))


def add_thread(connection: sqlite3.Connection, user: str, thread: str) -> None:
    """Add a thread of ``user``, whose main thread is the first one added.

    Raises :exc:`sqlite3.IntegrityError` if there is a thread of that name.
    """
    connection.execute(
        "INSERT INTO threads (thread_id, user_id, is_main)"
        " SELECT ?1, ?2, NOT EXISTS (SELECT 1 FROM threads WHERE user_id = ?2)",
        (thread, user),
    )
