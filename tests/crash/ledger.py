"""What clients were told by a server that may die at any moment, and whether it is so.

A client believes what it was told: that a run was accepted, how it ended, that it waits for an
approval.  The store must agree, whatever happened in between; and what tools did, they did once.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

from attrs import define, field

from hocket.runtime.protocol.frames import (
    RunStarted,
    ServerFrame,
    TurnCancelled,
    TurnCompleted,
    TurnExpired,
    TurnFailed,
    TurnPaused,
)

__all__ = ["Ledger", "effects_in", "unsettled", "violations"]

_ENDS: Mapping[type[ServerFrame], str] = {
    TurnCompleted: "completed",
    TurnFailed: "failed",
    TurnCancelled: "cancelled",
    TurnExpired: "expired",
}
_TERMINAL = frozenset(_ENDS.values())


@define(eq=False)
class Ledger:
    """What was told: texts of accepted runs, ends, replies and approvals, all by run.

    ``heard`` counts the frames that told it.
    """

    asked: dict[str, str] = field(factory=dict[str, str])
    texts: dict[str, str] = field(factory=dict[str, str])
    ends: dict[str, str] = field(factory=dict[str, str])
    replies: dict[str, str] = field(factory=dict[str, str])
    approvals: dict[str, str] = field(factory=dict[str, str])
    effects: list[str] = field(factory=list[str])
    heard: int = 0

    def told(self, frame: ServerFrame) -> None:
        """Believe a frame."""
        self.heard += 1
        match frame:
            case RunStarted(run_id=run, request_id=request) if request in self.asked:
                self.texts[run] = self.asked[request]
            case TurnPaused(run_id=run, approval=approval):
                self.approvals[approval.approval_id] = run
            case TurnCompleted(run_id=run, response=text):
                self.replies[run] = text
            case _:
                pass
        if isinstance(frame, TurnCompleted | TurnFailed | TurnCancelled | TurnExpired):
            self.ends[frame.run_id] = _ENDS[type(frame)]


def effects_in(path: Path) -> list[str]:
    """What the server's own tools did, a key a line."""
    return path.read_text("utf-8").splitlines() if path.exists() else []


def unsettled(database: Path) -> list[str]:
    """Runs that are neither over nor waiting for an approval that pends."""
    with closing(_opened(database)) as rows:
        found = rows.execute(
            "SELECT runs.run_id, runs.status, COUNT(approval_id) FROM runs"
            " LEFT JOIN approvals ON approvals.run_id = runs.run_id"
            "   AND approvals.status = 'pending'"
            " GROUP BY runs.run_id"
        ).fetchall()
    return [
        f"{run} is {status} with {pending} pending approvals"
        for run, status, pending in found
        if pending != (status == "awaiting_approval")
        or (status not in _TERMINAL and status != "awaiting_approval")
    ]


def violations(ledger: Ledger, database: Path, effects: Iterable[str]) -> list[str]:
    """Where the store, or the world, is not as clients were told, a sentence each."""
    with closing(_opened(database)) as rows:
        return [*_lost(ledger, rows), *_doubled([*ledger.effects, *effects]), *_damaged(rows)]


def _opened(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)


def _lost(ledger: Ledger, rows: sqlite3.Connection) -> Iterator[str]:
    """What was told and is not stored."""
    statuses = dict(rows.execute("SELECT run_id, status FROM runs").fetchall())
    approvals = dict(rows.execute("SELECT approval_id, run_id FROM approvals").fetchall())
    said: dict[str, list[tuple[str, str]]] = {}
    for run, role, content in rows.execute(
        "SELECT run_id, role, content FROM messages ORDER BY thread_id, seq"
    ):
        said.setdefault(run, []).append((role, content))
    for run in ledger.texts:
        if run not in statuses:
            yield f"{run} was accepted, and is not stored"
    for run, end in ledger.ends.items():
        if statuses.get(run) != end:
            yield f"{run} was told to be {end}, and is stored as {statuses.get(run)}"
    for approval, run in ledger.approvals.items():
        if approvals.get(approval) != run:
            yield f"{approval} of {run} was asked for, and is not stored"
    for run, reply in ledger.replies.items():
        if ("assistant", reply) not in said.get(run, []):
            yield f"the reply of {run} was told, and is not stored"
        text = ledger.texts.get(run)
        if text is not None and ("user", text) not in said.get(run, []):
            yield f"what the user said in {run} is not stored, although it was answered"


def _doubled(effects: Iterable[str]) -> Iterator[str]:
    for effect, times in Counter(effects).items():
        if times > 1:
            yield f"{effect} was done {times} times"


def _damaged(rows: sqlite3.Connection) -> Iterator[str]:
    (found,) = rows.execute("PRAGMA integrity_check").fetchone()
    if found != "ok":
        yield f"the database is damaged: {found}"
