"""How an execution ended, and what a campaign concludes from many.

A failure is a value, never a text that something later parses.  Its *origin* is its identity:
what failed and where, without addresses, numbers or messages, so that two failures of one defect
are one finding and two defects are two (the idea of Hypothesis's interesting origins).
"""

from collections import deque
from collections.abc import Mapping, Sequence
from enum import Enum, StrEnum

from attrs import frozen

from hocket.simulator.engine.choices import Deviation, cost
from hocket.simulator.engine.explanation import Explanation
from hocket.simulator.engine.lockstep import LockstepLabel

__all__ = [
    "ExitReason",
    "Failure",
    "FailureKind",
    "Origin",
    "Verdict",
    "Wait",
    "describe_cycle",
    "wait_cycle",
]


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
    """One blocked task of a deadlock: what it waits for, and the line where it does.

    ``held_by`` are the paths of the tasks that could end the wait, as far as that is known: the
    owner of a lock, the children of a nursery.  ``which`` tells things of one kind apart: the
    program's own name for it, or the moment of a deadline.
    """

    task: str
    name: str
    waits_for: str
    held_by: tuple[str, ...]
    place: str
    which: str = ""

    def __str__(self) -> str:
        holder = f" (held by {', '.join(self.held_by)})" if self.held_by else ""
        what = f"{self.waits_for} {self.which}" if self.which else self.waits_for
        return f"{self.task} {self.name} waits for {what}{holder} at {self.place}"


def wait_cycle(waits: Sequence[Wait]) -> tuple[str, ...]:
    """The paths of tasks that wait for each other in a circle; empty if there is no such circle.

    Each waits for the next and the last for the first.  Of several the shortest is told, and of
    those the one that begins with the first task: a person needs one knot to pull at.

    >>> wait = lambda task, *held_by: Wait(task, "f", "a lock", held_by, "f.py:1")
    >>> wait_cycle([wait("main", "main/0"), wait("main/0", "main/1"), wait("main/1", "main/0")])
    ('main/0', 'main/1')
    """
    held_by = {wait.task: wait.held_by for wait in waits}
    circles = (_shortest_way_back(wait.task, held_by) for wait in waits)
    return min(filter(None, circles), key=len, default=())


def _shortest_way_back(start: str, held_by: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The tasks from ``start`` along the waits until it is reached again, breadth first."""
    ways: deque[tuple[str, ...]] = deque([(start,)])
    seen: set[str] = set()
    while ways:
        way = ways.popleft()
        for holder in held_by.get(way[-1], ()):
            if holder == start:
                return way
            if holder not in seen:
                seen.add(holder)
                ways.append((*way, holder))
    return ()


def describe_cycle(cycle: Sequence[str]) -> str:
    """A circle of waits in words.

    >>> describe_cycle(("main/0", "main/1"))
    'main/0 waits for main/1, main/1 waits for main/0'
    """
    pairs = zip(cycle, (*cycle[1:], *cycle[:1]), strict=True)
    return ", ".join(f"{one} waits for {other}" for one, other in pairs)


@frozen
class Failure:
    """One execution that some oracle rejected, with all that is needed to see it again.

    ``token`` replays it exactly; ``deviations`` are its choices other than the default;
    ``digest`` identifies its trace, equal in every replay; ``schedule`` counts from 1 and says
    when the campaign met it, ``strategy`` which member found it; ``clashing`` are the indices of
    the observations that a violated invariant named, ``waits`` the blocked tasks of a deadlock;
    ``explanation`` says what makes the difference, if that was asked for and found out;
    ``lockstep`` is what is known of it in that model, ``None`` if it was not asked.
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
    explanation: Explanation | None = None
    lockstep: LockstepLabel | None = None

    @property
    def wait_cycle(self) -> tuple[str, ...]:
        """The tasks of a deadlock that wait for each other in a circle, if there is one."""
        return wait_cycle(self.waits)

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
