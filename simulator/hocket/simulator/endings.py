"""How an execution is asked to run, and how it ends."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, cast

import trio
import trio.testing
from attrs import frozen

from hocket.simulator.engine.outcome import Wait

__all__ = [
    "Discarded",
    "End",
    "Ending",
    "Escape",
    "Model",
    "Profile",
    "RunOptions",
    "is_failure",
    "leaves",
]


class Escape(RuntimeError):
    """The program touched the real world from inside an execution."""


class Discarded(Exception):
    """Ends an execution whose data do not fit; it is no failure."""


class Model(StrEnum):
    """Which orders are explored: any runnable task next, or the orders within Trio's passes."""

    FREE = "free"
    LOCKSTEP = "lockstep"


class Profile(StrEnum):
    """Which places are choices.

    ``full`` is all there are.  ``bench`` counts as benchmarks with exact figures do: tasks only,
    system tasks run at once, and from the first exception other than a cancellation that leaves a
    task nothing is branched on any more, since the schedule has failed by then.  There is no rule
    of fairness either, by which a task that spins would be put behind the others.
    """

    FULL = "full"
    BENCH = "bench"


class Ending(StrEnum):
    """How the loop came to its end."""

    FINISHED = "finished"
    DEADLOCK = "deadlock"
    STEP_BOUND = "step bound"
    STOPPED = "stopped"


@frozen
class RunOptions:
    """What a program may give to ``trio.run`` beside its function, and what counts as a choice.

    A ``clock`` must be a :class:`trio.testing.MockClock` of rate 0: it is obeyed, and moves only as
    the program or its autojump threshold says.  With ``timers`` the order of deadlines that are due
    at one instant is a choice, and so is whether tasks run between them.  One step may last until a
    deadline comes that is at most ``slow_steps`` virtual seconds away.  ``harness`` are beginnings
    of names of tasks whose end is the end of everything, so that a lock they hold matters no more.
    """

    args: tuple[Any, ...] = ()
    clock: trio.testing.MockClock | None = None
    instruments: Sequence[trio.abc.Instrument] = ()
    strict_exception_groups: bool = True
    profile: Profile = Profile.FULL
    timers: bool = True
    slow_steps: float = 0.0
    harness: tuple[str, ...] = ()


@frozen
class End:
    """What an execution came to.

    ``value`` is what the target returned and ``error`` what it raised; ``cause`` what the kernel
    was told to stop for; ``waits`` the blocked tasks of a deadlock or the spinning ones of a step
    bound; ``leaks`` what was left behind, one sentence each; ``steps`` and ``seconds`` of virtual
    time the size of it; ``apart`` how many of its steps were of tasks that
    are no choice; ``unfair`` whether the fairness rule had to intervene.
    """

    ending: Ending
    value: Any
    error: BaseException | None
    cause: object
    waits: tuple[Wait, ...]
    leaks: tuple[str, ...]
    steps: int
    seconds: float
    unfair: bool
    apart: int = 0


def leaves(error: BaseException) -> Iterator[BaseException]:
    """The exceptions of a group, of its groups and so on; one that is no group is its own."""
    if isinstance(error, BaseExceptionGroup):
        for inner in cast("BaseExceptionGroup[BaseException]", error).exceptions:
            yield from leaves(inner)
    else:
        yield error


def is_failure(error: BaseException) -> bool:
    """Whether an exception is more than a cancellation on its way out."""
    return any(not isinstance(leaf, trio.Cancelled) for leaf in leaves(error))
