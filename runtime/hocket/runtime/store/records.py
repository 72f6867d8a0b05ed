"""What units of work take and give: plain values, so that nothing of the database leaves them."""

from enum import Enum, auto

from attrs import frozen

from hocket.runtime.conversation import Call, Message

__all__ = [
    "Acceptance",
    "Checkpoint",
    "Ended",
    "OpenWork",
    "Opening",
    "PauseOutcome",
    "PendingApproval",
    "Step",
    "TurnRequest",
]


@frozen
class TurnRequest:
    """A turn asked for by ``user`` on ``conn``; on the main thread if ``thread`` is ``None``.

    ``text`` is kept with the run, and becomes a message only when the turn starts.
    """

    run: str
    request: str
    user: str
    conn: str
    thread: str | None
    text: str


@frozen
class Acceptance:
    """What became of a request: accepted on ``thread``, if that is set, or refused with ``code``.

    ``blockers`` are runs that a policy wants cancelled first; it may be accepted without them.
    """

    thread: str | None = None
    code: str | None = None
    blockers: tuple[str, ...] = ()


@frozen
class Opening:
    """What a turn starts with: its user's message, and the thread before it, if asked for."""

    message: Message
    history: tuple[Message, ...] | None


@frozen
class Step:
    """One answer of the model: its place in the run, and the calls that it proposed."""

    index: int
    calls: tuple[Call, ...]


@frozen
class PendingApproval:
    """An approval to ask for: of ``call``, in the step ``step``."""

    id: str
    step: int
    call: Call


@frozen
class Checkpoint:
    """Where a paused run goes on: its own messages so far, the call that was decided on, and the
    calls of the same step that come after it.  ``history`` is the rest of the thread, if asked for.
    """

    step: int
    call: Call
    deferred: tuple[Call, ...]
    own: tuple[Message, ...]
    history: tuple[Message, ...] | None


@frozen
class Ended:
    """What an attempt to end a run found.

    ``status`` is the stored status afterwards; ``won`` whether this attempt made it; ``approval``
    is the approval that ended with the run.
    """

    run: str
    thread: str
    user: str
    status: str
    won: bool
    approval: str | None = None


class PauseOutcome(Enum):
    """Whether a turn could pause: yes; no, it is over; no, its thread has a pending approval."""

    PAUSED = auto()
    OVER = auto()
    TAKEN = auto()


@frozen
class OpenWork:
    """The runs that have met no fate yet, with their statuses, and the approvals that pend."""

    runs: tuple[tuple[str, str], ...]
    approvals: tuple[str, ...]
