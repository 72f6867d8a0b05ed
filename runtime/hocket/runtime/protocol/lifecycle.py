"""The lives of runs, steps, approvals, calls, delegated calls, threads and jobs, as tables.

Rules of this file: a state machine is a table from a state to the states that may follow, and
nothing else; whoever changes a state asks :func:`check` first, so no change bypasses the table.
A state without successors is terminal and absorbs everything.  Storage applies the same tables
by compare-and-set, so that two tasks can never both make the same transition.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

__all__ = [
    "APPROVAL_TABLE",
    "CALL_TABLE",
    "DELEGATED_TABLE",
    "JOB_TABLE",
    "RUN_TABLE",
    "STEP_TABLE",
    "THREAD_TABLE",
    "ApprovalStatus",
    "CallStatus",
    "DelegatedStatus",
    "IllegalTransition",
    "JobStatus",
    "RunStatus",
    "StepProgress",
    "Table",
    "ThreadStatus",
    "check",
    "is_terminal",
    "legal_sources",
]


class IllegalTransition(Exception):
    """A change of state that no table allows: a defect of the runtime, never of a client."""


class RunStatus(StrEnum):
    """One turn, from its acceptance to its one fate."""

    ACCEPTED = "accepted"
    RUNNING = "running"
    AWAITING_APPROVAL = "awaiting_approval"
    RESUMING = "resuming"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class StepProgress(StrEnum):
    """How far one step of a turn came: a prompt, its answer, and what the answer asked for.

    A step is *persisted* with all that was said in it, and *finished* when its turn completed.  One
    whose turn paused, failed or was cancelled stays where it was.
    """

    STARTED = "started"
    REQUESTED = "requested"
    ANSWERED = "answered"
    TOOLS_STARTED = "tools_started"
    TOOLS_COMPLETED = "tools_completed"
    PERSISTED = "persisted"
    FINISHED = "finished"


class ApprovalStatus(StrEnum):
    """A question to a person; an approval given is consumed by the one start of its tool."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    CONSUMED = "consumed"


class CallStatus(StrEnum):
    """A call the model proposed."""

    PROPOSED = "proposed"
    REJECTED = "rejected"
    AWAITING_APPROVAL = "awaiting_approval"
    DISPATCHED = "dispatched"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    LOST = "lost"


class DelegatedStatus(StrEnum):
    """A call that a client's connection was asked to make."""

    CREATED = "created"
    SENT = "sent"
    RESOLVED = "resolved"
    TIMED_OUT = "timed_out"
    CONN_LOST = "conn_lost"
    CANCELLED = "cancelled"


class ThreadStatus(StrEnum):
    """A thread; no run is live on one that is not open, and a turn opens it again."""

    OPEN = "open"
    CLOSED = "closed"
    ARCHIVED = "archived"
    DELETED = "deleted"


class JobStatus(StrEnum):
    """Work in the background; one that could not be completed is done again as another job."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


Table = Mapping[StrEnum | None, frozenset[StrEnum]]

RUN_TABLE: Table = MappingProxyType(
    {
        None: frozenset({RunStatus.ACCEPTED}),
        RunStatus.ACCEPTED: frozenset(
            {RunStatus.RUNNING, RunStatus.FAILED, RunStatus.CANCELLED},
        ),
        RunStatus.RUNNING: frozenset(
            {
                RunStatus.AWAITING_APPROVAL,
                RunStatus.COMPLETED,
                RunStatus.FAILED,
                RunStatus.CANCELLED,
            },
        ),
        RunStatus.AWAITING_APPROVAL: frozenset(
            {RunStatus.RESUMING, RunStatus.CANCELLED, RunStatus.EXPIRED},
        ),
        RunStatus.RESUMING: frozenset(
            {RunStatus.RUNNING, RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED},
        ),
        RunStatus.COMPLETED: frozenset(),
        RunStatus.FAILED: frozenset(),
        RunStatus.CANCELLED: frozenset(),
        RunStatus.EXPIRED: frozenset(),
    },
)

STEP_TABLE: Table = MappingProxyType(
    {
        None: frozenset({StepProgress.STARTED}),
        StepProgress.STARTED: frozenset({StepProgress.REQUESTED}),
        StepProgress.REQUESTED: frozenset({StepProgress.REQUESTED, StepProgress.ANSWERED}),
        StepProgress.ANSWERED: frozenset(
            {
                StepProgress.REQUESTED,
                StepProgress.TOOLS_STARTED,
                StepProgress.PERSISTED,
                StepProgress.FINISHED,
            },
        ),
        StepProgress.TOOLS_STARTED: frozenset({StepProgress.TOOLS_COMPLETED}),
        StepProgress.TOOLS_COMPLETED: frozenset({StepProgress.PERSISTED}),
        StepProgress.PERSISTED: frozenset({StepProgress.FINISHED}),
        StepProgress.FINISHED: frozenset(),
    },
)

APPROVAL_TABLE: Table = MappingProxyType(
    {
        None: frozenset({ApprovalStatus.PENDING}),
        ApprovalStatus.PENDING: frozenset(
            {
                ApprovalStatus.APPROVED,
                ApprovalStatus.DENIED,
                ApprovalStatus.CANCELLED,
                ApprovalStatus.EXPIRED,
            },
        ),
        ApprovalStatus.APPROVED: frozenset({ApprovalStatus.CONSUMED}),
        ApprovalStatus.DENIED: frozenset(),
        ApprovalStatus.CANCELLED: frozenset(),
        ApprovalStatus.EXPIRED: frozenset(),
        ApprovalStatus.CONSUMED: frozenset(),
    },
)

CALL_TABLE: Table = MappingProxyType(
    {
        None: frozenset({CallStatus.PROPOSED}),
        CallStatus.PROPOSED: frozenset(
            {CallStatus.REJECTED, CallStatus.AWAITING_APPROVAL, CallStatus.DISPATCHED},
        ),
        CallStatus.AWAITING_APPROVAL: frozenset({CallStatus.DISPATCHED, CallStatus.REJECTED}),
        CallStatus.DISPATCHED: frozenset(
            {
                CallStatus.SUCCEEDED,
                CallStatus.FAILED,
                CallStatus.TIMED_OUT,
                CallStatus.CANCELLED,
                CallStatus.LOST,
            },
        ),
        CallStatus.REJECTED: frozenset(),
        CallStatus.SUCCEEDED: frozenset(),
        CallStatus.FAILED: frozenset(),
        CallStatus.TIMED_OUT: frozenset(),
        CallStatus.CANCELLED: frozenset(),
        CallStatus.LOST: frozenset(),
    },
)

DELEGATED_TABLE: Table = MappingProxyType(
    {
        None: frozenset({DelegatedStatus.CREATED}),
        DelegatedStatus.CREATED: frozenset(
            {DelegatedStatus.SENT, DelegatedStatus.CONN_LOST, DelegatedStatus.CANCELLED},
        ),
        DelegatedStatus.SENT: frozenset(
            {
                DelegatedStatus.RESOLVED,
                DelegatedStatus.TIMED_OUT,
                DelegatedStatus.CONN_LOST,
                DelegatedStatus.CANCELLED,
            },
        ),
        DelegatedStatus.RESOLVED: frozenset(),
        DelegatedStatus.TIMED_OUT: frozenset(),
        DelegatedStatus.CONN_LOST: frozenset(),
        DelegatedStatus.CANCELLED: frozenset(),
    },
)

THREAD_TABLE: Table = MappingProxyType(
    {
        None: frozenset({ThreadStatus.OPEN}),
        ThreadStatus.OPEN: frozenset({ThreadStatus.CLOSED, ThreadStatus.DELETED}),
        ThreadStatus.CLOSED: frozenset(
            {ThreadStatus.OPEN, ThreadStatus.ARCHIVED, ThreadStatus.DELETED}
        ),
        ThreadStatus.ARCHIVED: frozenset({ThreadStatus.OPEN, ThreadStatus.DELETED}),
        ThreadStatus.DELETED: frozenset(),
    },
)

JOB_TABLE: Table = MappingProxyType(
    {
        None: frozenset({JobStatus.PENDING}),
        JobStatus.PENDING: frozenset({JobStatus.RUNNING}),
        JobStatus.RUNNING: frozenset(
            {JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED},
        ),
        JobStatus.COMPLETED: frozenset(),
        JobStatus.FAILED: frozenset(),
        JobStatus.CANCELLED: frozenset(),
    },
)


def check(table: Table, old: StrEnum | None, new: StrEnum) -> None:
    """Raise :class:`IllegalTransition` unless ``table`` has the edge from ``old`` to ``new``.

    >>> check(RUN_TABLE, RunStatus.RUNNING, RunStatus.COMPLETED)
    >>> check(RUN_TABLE, RunStatus.CANCELLED, RunStatus.COMPLETED)
    Traceback (most recent call last):
    hocket.runtime.protocol.lifecycle.IllegalTransition: cancelled -> completed
    """
    if new not in table[old]:
        raise IllegalTransition(f"{old} -> {new}")


def is_terminal(table: Table, state: StrEnum) -> bool:
    """Whether nothing may follow ``state``."""
    return not table[state]


def legal_sources(table: Table, new: StrEnum) -> tuple[StrEnum, ...]:
    """The states from which ``new`` may be reached, for a compare-and-set in storage."""
    return tuple(old for old, successors in table.items() if old is not None and new in successors)
