"""The units of work on the database of a single user.

Each can be repeated: what is there already is not added again, so a job that crashed after one of
them is simply done over.
"""

from collections.abc import Iterable

from hocket.runtime.store.database import Transaction
from hocket.runtime.store.records import Job

__all__ = ["add_episode", "add_items", "keep_transcript", "read_block"]

_MEMORY = "memory"


def read_block(tx: Transaction) -> tuple[int, str]:
    """What is remembered of the user, with its version, which grows."""
    row = tx.execute("SELECT version, text FROM blocks WHERE name = ?", _MEMORY).fetchone()
    return row if row is not None else (0, "")


def add_items(tx: Transaction, job: Job, ops: Iterable[tuple[int, str]]) -> tuple[int, str]:
    """Remember what was learned, each operation once; the block as it is now."""
    for op, text in ops:
        added = tx.execute(
            "INSERT INTO items VALUES (?, ?) ON CONFLICT DO NOTHING", op, text
        ).rowcount
        if added:
            tx.happened("memory.apply", user=job.user, op=op, job=job.id)
            _append(tx, job, text)
    return read_block(tx)


def add_episode(tx: Transaction, job: Job, runs: tuple[str, ...], text: str) -> tuple[int, str]:
    """Keep the story of some turns of a thread; the block as it is now."""
    added = tx.execute(
        "INSERT INTO episodes VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        *(job.thread, job.last, job.first, text),
    ).rowcount
    if added:
        place = {"user": job.user, "thread": job.thread, "first": job.first, "last": job.last}
        tx.happened("episode.add", **place, runs=runs)
        _append(tx, job, text)
    return read_block(tx)


def keep_transcript(tx: Transaction, job: Job, text: str) -> None:
    """Keep what was said on a thread until it was closed for the ``job.last``-th time."""
    tx.execute(
        "INSERT INTO transcripts VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        *(job.thread, job.last, text),
    )


def _append(tx: Transaction, job: Job, line: str) -> None:
    """Add a line to the block, in the transaction that read it."""
    version, text = read_block(tx)
    text = f"{text}{line}\n"
    tx.execute(
        "INSERT INTO blocks VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET version = excluded.version, text = excluded.text",
        *(_MEMORY, version + 1, text),
    )
    tx.happened("block.write", user=job.user, block=_MEMORY, added=line, text=text)
