"""The tables of both kinds of databases, as the steps that lead to them, and how they are taken.

``PRAGMA user_version`` counts the steps that a database has taken.  A step is never edited once a
release has taken it: what changes later is another step.  The schema is made apart from everything
else, so that a prepared database can be restored from a snapshot
(``sqlite3.Connection.deserialize``) instead of being built again.
"""

import sqlite3

from hocket.runtime.store.errors import StoreTooNew

__all__ = ["PERSONAL", "SHARED", "add_thread", "add_user", "create_schema", "migrate"]

_SHARED_1 = """
CREATE TABLE users (user_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE threads (
    thread_id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users,
    status TEXT NOT NULL DEFAULT 'open',
    is_main INTEGER NOT NULL,
    next_seq INTEGER NOT NULL DEFAULT 1,
    close_epoch INTEGER NOT NULL DEFAULT 0,
    episode_seq INTEGER NOT NULL DEFAULT 0,
    used_at REAL NOT NULL DEFAULT 0,
    CHECK (NOT (is_main AND status = 'archived'))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX one_main_thread ON threads (user_id) WHERE is_main;
CREATE INDEX threads_by_use ON threads (status, used_at);
CREATE TABLE runs (
    run_id TEXT PRIMARY KEY,
    thread_id TEXT NOT NULL REFERENCES threads,
    user_id TEXT NOT NULL REFERENCES users,
    conn_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    text TEXT NOT NULL,
    tools TEXT NOT NULL DEFAULT '[]',
    status TEXT NOT NULL,
    stop_reason TEXT,
    error TEXT,
    tokens_in INTEGER NOT NULL DEFAULT 0,
    tokens_out INTEGER NOT NULL DEFAULT 0,
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
    expires_at REAL NOT NULL DEFAULT 0,
    decided_by TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX approvals_of_run ON approvals (run_id, status);
CREATE UNIQUE INDEX one_pending_approval ON approvals (run_id) WHERE status = 'pending';
CREATE TABLE jobs (
    job_id TEXT PRIMARY KEY,
    user_id TEXT,
    kind TEXT NOT NULL,
    thread_id TEXT,
    run_id TEXT,
    first INTEGER NOT NULL DEFAULT 0,
    last INTEGER NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 1,
    status TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_by_status ON jobs (status);
CREATE TABLE memory_ops (
    op_id INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users,
    run_id TEXT NOT NULL,
    text TEXT NOT NULL,
    status TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX one_op_a_text ON memory_ops (user_id, text) WHERE status = 'pending';
CREATE INDEX ops_of_user ON memory_ops (user_id, status);
"""

_SHARED_2 = """
ALTER TABLE steps ADD COLUMN progress TEXT NOT NULL DEFAULT 'persisted';
ALTER TABLE steps ADD COLUMN request TEXT NOT NULL DEFAULT '';
ALTER TABLE steps ADD COLUMN reply TEXT NOT NULL DEFAULT '';
ALTER TABLE steps ADD COLUMN tokens_in INTEGER NOT NULL DEFAULT 0;
ALTER TABLE steps ADD COLUMN tokens_out INTEGER NOT NULL DEFAULT 0;
ALTER TABLE approvals ADD COLUMN decided_at REAL;
"""

_PERSONAL_1 = """
CREATE TABLE items (
    op_id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE blocks (
    name TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE episodes (
    thread_id TEXT NOT NULL,
    last INTEGER NOT NULL,
    first INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (thread_id, last)
) STRICT, WITHOUT ROWID;
CREATE TABLE transcripts (
    thread_id TEXT NOT NULL,
    close_epoch INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (thread_id, close_epoch)
) STRICT, WITHOUT ROWID;
"""

SHARED = (_SHARED_1, _SHARED_2)
"""The steps to the database that all users share."""

PERSONAL = (_PERSONAL_1,)
"""The steps to the database that a user has alone."""


def migrate(connection: sqlite3.Connection, steps: tuple[str, ...]) -> None:
    """Take the steps that the database has not taken yet, each whole or not at all.

    Raises :exc:`StoreTooNew` if it has taken more than there are.
    """
    (taken,) = connection.execute("PRAGMA user_version").fetchone()
    if taken > len(steps):
        raise StoreTooNew(
            f"the database has version {taken}, and this program knows {len(steps)}:"
            " use a later release"
        )
    for version, script in enumerate(steps[taken:], taken + 1):
        try:
            connection.executescript(
                f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {version}; COMMIT;"
            )
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def create_schema(connection: sqlite3.Connection) -> None:
    """Create the shared tables in an empty database."""
    migrate(connection, SHARED)


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
