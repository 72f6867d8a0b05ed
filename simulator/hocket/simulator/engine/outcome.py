"""How an execution ended, and what a campaign concludes from many.

A failure is a value, never a text that something later parses.  Its *origin* is its identity:
what failed and where, without addresses, numbers or messages, so that two failures of one defect
are one finding and two defects are two (the idea of Hypothesis's interesting origins).
"""

from enum import Enum, StrEnum

from attrs import frozen

from hocket.simulator.engine.choices import Deviation, cost

__all__ = ["ExitReason", "Failure", "FailureKind", "Origin", "Verdict", "Wait"]


class Verdict(StrEnum):
    """Seven words, never two; `product` docs say what each is worth."""

    FAILED = "failed"
    VERIFIED = "verified"
    NOT_FOUND = "not-found"
    INCONCLUSIVE = "inconclusive"
    NONDETERMINISTIC = "nondeterministic"
    UNSUPPORTED = "unsupported"
    ERROR = "error"


class FailureKind(StrEnum):
    """Which oracle rejected an execution, or why it was cut short."""

    EXCEPTION = "exception"
    INVARIANT = "invariant"
    DEADLOCK = "deadlock"
    LEAK = "leak"
    STEP_BOUND = "step bound"
    ESCAPE = "escape"
    NONDETERMINISTIC = "nondeterministic"

    @property
    def verdict(self) -> Verdict:
        """The verdict that one such execution gives its campaign."""
        return _VERDICTS[self]


_VERDICTS = {
    FailureKind.EXCEPTION: Verdict.FAILED,
    FailureKind.INVARIANT: Verdict.FAILED,
    FailureKind.DEADLOCK: Verdict.FAILED,
    FailureKind.LEAK: Verdict.FAILED,
    FailureKind.STEP_BOUND: Verdict.INCONCLUSIVE,
    FailureKind.ESCAPE: Verdict.UNSUPPORTED,
    FailureKind.NONDETERMINISTIC: Verdict.NONDETERMINISTIC,
}


@frozen
class Origin:
    """The identity of a failure: its kind, the property or exception type, and the place."""

    kind: FailureKind
    name: str
    place: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}" + (f" at {self.place}" if self.place else "")


@frozen
class Wait:
    """One blocked task of a deadlock: what it waits for, and the line where it does."""

    task: str
    name: str
    waits_for: str
    held_by: tuple[str, ...]
    place: str

    def __str__(self) -> str:
        holder = f" (held by {', '.join(self.held_by)})" if self.held_by else ""
        return f"{self.task} {self.name} waits for {self.waits_for}{holder} at {self.place}"


@frozen
class Failure:
    """One execution that some oracle rejected, with all that is needed to see it again.

    ``token`` replays it exactly; ``deviations`` are its choices other than the default;
    ``digest`` identifies its trace, equal in every replay; ``schedule`` counts from 1 and says
    when the campaign met it, ``strategy`` which member found it; ``clashing`` are the indices of
    the observations that a violated invariant named, ``waits`` the blocked tasks of a deadlock.
    """

    kind: FailureKind
    origin: Origin
    message: str
    token: str
    deviations: tuple[Deviation, ...]
    digest: str
    schedule: int
    strategy: str
    model: str
    clashing: tuple[int, ...] = ()
    waits: tuple[Wait, ...] = ()

    @property
    def preemptions(self) -> int:
        """How often a task was interrupted that could have gone on: the first simplicity."""
        return cost(self.deviations)[0]

    @property
    def reorderings(self) -> int:
        """Task deviations taken where the last task had blocked or ended."""
        return cost(self.deviations)[1]


class ExitReason(Enum):
    """Why a campaign stopped; the values are the sentences that are printed."""

    FAILURE = "stopped at the first failure"
    BUDGET = "the budget of schedules was spent"
    TIME = "the time budget was spent"
    EXHAUSTED = "the whole bounded space was explored"
    SWEPT = "every cancellation point was tried"
    INTERRUPTED = "interrupted"
