"""What the owner of a runtime chooses: policies, and the limits that bound everything."""

from enum import StrEnum

from attrs import field, frozen
from attrs.validators import ge, gt

__all__ = [
    "DisconnectPolicy",
    "IdleThreadPolicy",
    "Limits",
    "LostCallPolicy",
    "MemoryPolicy",
    "PendingApprovalPolicy",
    "Policies",
    "SecondTurnPolicy",
]


class SecondTurnPolicy(StrEnum):
    """A turn is asked for while another one of the thread is under way."""

    ENQUEUE = "enqueue"
    REJECT = "reject"
    INTERRUPT = "interrupt"


class PendingApprovalPolicy(StrEnum):
    """A turn is asked for while another one of the thread waits for an approval."""

    REJECT = "reject"
    ALLOW = "allow"
    VOID_APPROVAL = "void_approval"


class DisconnectPolicy(StrEnum):
    """The connection that started a run is lost."""

    KEEP_RUNNING = "keep_running"
    CANCEL = "cancel"


class LostCallPolicy(StrEnum):
    """The connection that was asked to run a tool is lost before it answered."""

    FAIL = "fail"
    WAIT_FOR_RESUME = "wait_for_resume"


class MemoryPolicy(StrEnum):
    """A turn is completed: whether the user's memory learns from it, in the background."""

    OFF = "off"
    LEARN = "learn"


class IdleThreadPolicy(StrEnum):
    """A thread is not used for long."""

    KEEP = "keep"
    CLOSE = "close"


@frozen
class Policies:
    """One choice for each situation in which reasonable runtimes differ."""

    second_turn: SecondTurnPolicy = field(
        default=SecondTurnPolicy.ENQUEUE, converter=SecondTurnPolicy
    )
    pending_approval: PendingApprovalPolicy = field(
        default=PendingApprovalPolicy.REJECT, converter=PendingApprovalPolicy
    )
    disconnect: DisconnectPolicy = field(
        default=DisconnectPolicy.KEEP_RUNNING, converter=DisconnectPolicy
    )
    lost_call: LostCallPolicy = field(default=LostCallPolicy.FAIL, converter=LostCallPolicy)
    memory: MemoryPolicy = field(default=MemoryPolicy.OFF, converter=MemoryPolicy)
    idle_thread: IdleThreadPolicy = field(default=IdleThreadPolicy.KEEP, converter=IdleThreadPolicy)


@frozen
class Limits:
    """Bounds, all positive; times in seconds.

    ``turns_per_thread`` counts the turn under way and those that wait for it; ``steps`` are
    requests to the model in one turn; ``outbound_frames`` is how far a client may lag behind
    before its connection is closed; ``resume_seconds`` is how long a lost connection can be
    resumed; ``cleanup_seconds`` bounds what is done after a cancellation.  A client may send
    frames of ``frame_characters``, ``frames_burst`` of them at once, and ``frames_per_second``
    more after that.  ``context_tokens`` is
    what the model can read: a thread is compacted when a prompt comes near it.  A model that is
    not available is asked up to ``model_retries`` times more, after ``backoff_seconds``, then
    twice as long, and so on.  ``episode_turns`` make an episode of a thread.  Threads not used
    for ``idle_seconds`` are closed, every ``sweep_seconds``, and archived ones that were not used
    for ``archive_seconds`` are deleted, every ``prune_seconds``.  A job is tried up to
    ``job_attempts`` times.
    """

    turns_per_thread: int = field(default=16, validator=ge(1))
    steps: int = field(default=6, validator=ge(1))
    cached_threads: int = field(default=32, validator=ge(1))
    outbound_frames: int = field(default=256, validator=ge(1))
    frame_characters: int = field(default=262_144, validator=ge(1))
    frames_burst: int = field(default=1000, validator=ge(1))
    frames_per_second: float = field(default=100.0, validator=gt(0))
    auth_seconds: float = field(default=10.0, validator=gt(0))
    approval_seconds: float = field(default=600.0, validator=gt(0))
    resume_seconds: float = field(default=120.0, validator=gt(0))
    cleanup_seconds: float = field(default=5.0, validator=gt(0))
    context_tokens: int = field(default=100_000, validator=ge(1))
    model_retries: int = field(default=3, validator=ge(0))
    backoff_seconds: float = field(default=0.5, validator=gt(0))
    episode_turns: int = field(default=8, validator=ge(1))
    idle_seconds: float = field(default=300.0, validator=gt(0))
    sweep_seconds: float = field(default=60.0, validator=gt(0))
    prune_seconds: float = field(default=3_600.0, validator=gt(0))
    archive_seconds: float = field(default=30 * 86_400.0, validator=gt(0))
    job_attempts: int = field(default=3, validator=ge(1))
