"""What units of work take and give: plain values, so that nothing of the database leaves them."""

from enum import Enum, StrEnum, auto

from attrs import field, frozen

from hocket.runtime.conversation import Call, Message
from hocket.runtime.models.contract import Usage
from hocket.runtime.protocol.lifecycle import ApprovalStatus, RunStatus, StepProgress

__all__ = [
    "Acceptance",
    "Checkpoint",
    "Closing",
    "Decision",
    "Ended",
    "Ending",
    "Job",
    "JobKind",
    "OpenWork",
    "Opening",
    "PauseOutcome",
    "PendingApproval",
    "Recovery",
    "Step",
    "StopReason",
    "Survivor",
    "TurnRequest",
]


class StopReason(StrEnum):
    """Why a turn stopped."""

    END_TURN = "end_turn"
    TERMINAL_TOOL = "terminal_tool"
    MAX_STEPS = "max_steps"
    AWAITING_APPROVAL = "awaiting_approval"
    CANCELLED = "cancelled"
    EMPTY_RESPONSE = "empty_response"
    NO_TERMINAL_TOOL = "no_terminal_tool"
    ERROR = "error"


class JobKind(StrEnum):
    """The kinds of work in the background."""

    EXTRACTION = "extraction"
    PROMOTION = "promotion"
    EPISODE = "episode"
    CLOSE = "close"
    SWEEP = "sweep"
    PRUNE = "prune"
    RECOVERY = "recovery"


@frozen
class TurnRequest:
    """A turn asked for by ``user`` on ``conn``; on the main thread if ``thread`` is ``None``.

    ``text`` is kept with the run, and becomes a message only when the turn starts; so are
    ``tools``, those that its connection offers, as JSON text.  ``fresh`` is the id for a main
    thread, if the user has none; ``now`` is seconds since the epoch.
    """

    run: str
    request: str
    user: str
    conn: str
    thread: str | None
    text: str
    tools: str = "[]"
    fresh: str = ""
    now: float = 0.0


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
    """One step of a run: its place, how far it came, and what was asked and answered.

    ``request`` names the prompt by its digest, and ``reply`` is the text of the answer beside its
    ``calls``; ``usage`` is what it took, over all attempts.  ``new`` says that it is not stored.
    """

    index: int
    calls: tuple[Call, ...] = ()
    progress: StepProgress = StepProgress.STARTED
    request: str = ""
    reply: str = ""
    usage: Usage = field(factory=Usage)
    new: bool = True


@frozen
class PendingApproval:
    """An approval to ask for: of ``call``, in the step ``step``, until ``expires_at``, which is in
    seconds since the epoch.
    """

    id: str
    step: int
    call: Call
    expires_at: float = 0.0


@frozen
class Decision:
    """What somebody says to an approval: ``verdict`` is approved or denied, ``at`` is seconds since
    the epoch.
    """

    approval: str
    conn: str
    user: str
    verdict: ApprovalStatus
    at: float = 0.0


@frozen
class Checkpoint:
    """Where a paused run goes on: its own messages so far, the call that was decided on, and the
    calls of the same step that come after it.  ``history`` is the rest of the thread, if asked for.
    """

    step: Step
    call: Call
    deferred: tuple[Call, ...]
    own: tuple[Message, ...]
    history: tuple[Message, ...] | None


@frozen
class Ending:
    """How a turn ends: completed or failed, for which reason, with which error, and at what cost.

    ``job`` is the id for the job that learns from a completed turn, if one is to.
    """

    status: RunStatus
    reason: StopReason
    error: str | None = None
    usage: Usage = field(factory=Usage)
    job: str | None = None
    episode_turns: int = 0
    now: float = 0.0


@frozen
class Job:
    """Work in the background for ``user``, or for nobody in particular.

    ``first`` and ``last`` bound the turns that an episode is made of, by the number of the last
    message of each, and ``last`` is the epoch of a close.
    """

    id: str
    user: str | None
    kind: JobKind
    thread: str | None = None
    run: str | None = None
    first: int = 0
    last: int = 0
    attempt: int = 1


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
class Closing:
    """What became of the request to close, reset or delete a thread; ``code`` if it was refused.

    ``blockers`` are runs to be cancelled first; nothing was done then.  ``expired`` are the runs
    that ended with it, ``jobs`` what is to be started, and ``main`` whether it is a main thread.
    """

    thread: str = ""
    main: bool = False
    code: str | None = None
    blockers: tuple[str, ...] = ()
    expired: tuple[Ended, ...] = ()
    jobs: tuple[Job, ...] = ()


@frozen
class Survivor:
    """A run that waits for its approval since before the process began."""

    approval: PendingApproval
    run: str
    user: str
    thread: str
    conn: str
    request: str
    tools: str


@frozen
class Recovery:
    """What was found at the start: runs that go on waiting, and jobs to be started."""

    survivors: tuple[Survivor, ...]
    jobs: tuple[Job, ...]


@frozen
class OpenWork:
    """The runs that have met no fate yet, with their statuses, and the approvals that pend."""

    runs: tuple[tuple[str, str], ...]
    approvals: tuple[str, ...]
