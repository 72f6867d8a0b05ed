"""One execution: a target, a source of choices, and what came of it, as a value."""

import linecache
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

import trio
from attrs import field, frozen

from hocket.simulator import places
from hocket.simulator.endings import (
    Discarded,
    End,
    Ending,
    Escape,
    Model,
    Profile,
    RunOptions,
    leaves,
)
from hocket.simulator.engine.choices import ChoiceSource, Deviation
from hocket.simulator.engine.injection import Injection
from hocket.simulator.engine.outcome import FailureKind, Origin, Wait
from hocket.simulator.engine.trace import LightTrace, Trace, Tracing
from hocket.simulator.invariants import Invariant, Monitor, Observation, Violation
from hocket.simulator.trio_kernel import Canceller, Kernel
from hocket.simulator.waits import TURN
from hocket.simulator.world import prepare as prepare_world

__all__ = [
    "Execution",
    "Interruption",
    "NameShape",
    "Rejection",
    "Setting",
    "Target",
    "execute",
    "judge",
    "main_leaf",
    "world_of",
]


def _no_invariants() -> Sequence[Invariant]:
    return ()


NameShape = Callable[[Sequence[Observation], Sequence[int]], str]
"""From all observations and the indices of those that clash to the name of their shape."""


def _no_shape(_seen: Sequence[Observation], _clashing: Sequence[int]) -> str:
    return ""


@frozen
class Target:
    """What is explored.

    ``name`` is how tokens and reports call it and ``source`` digests its text; ``main`` is the
    async callable; ``invariants`` makes the checkers of one execution; ``context`` is what else a
    replay needs to build the same target again.  ``name_shape`` names the anomaly that observations
    show, as an explanation wants to know; empty where they show none.  ``bench`` are the beginnings
    of paths of files that only drive the program, and explain nothing.
    """

    name: str
    source: str
    main: Callable[[], Awaitable[object]]
    invariants: Callable[[], Sequence[Invariant]] = _no_invariants
    context: Mapping[str, str] = field(factory=dict[str, str])
    name_shape: NameShape = _no_shape
    bench: tuple[str, ...] = ()


@frozen
class Setting:
    """How executions are run.

    ``model`` is the scheduling model, ``max_steps`` the steps after which an execution is cut, and
    ``entropy`` the seed from which the tasks of every execution draw their random numbers;
    ``profile`` says which places count as choices. ``cancel`` lets the schedule inject one
    cancellation into a task that one of these patterns of paths and names fits; empty, into the
    main task and those it spawns; ``None``, into none.  ``tracing`` is what is recorded while
    exploring; replays record in full whatever it says.  ``timers`` makes the order of
    deadlines due at one instant a choice.  With ``slow_steps`` one step of an execution may last
    until a deadline comes that is at most so many virtual seconds away.  ``allow`` names what is
    not held against the program: :data:`~hocket.simulator.escapes.EXITS` that it may use, and
    :data:`~hocket.simulator.checks.CHECKS` that may fail.
    """

    model: Model = Model.FREE
    max_steps: int = 100_000
    entropy: int = 0
    profile: Profile = Profile.FULL
    cancel: tuple[str, ...] | None = None
    tracing: Tracing = Tracing.OFF
    timers: bool = True
    slow_steps: float = 0.0
    allow: frozenset[str] = frozenset()


@frozen
class Rejection:
    """Why an execution was rejected: its origin, one sentence, and the evidence."""

    origin: Origin
    message: str
    clashing: tuple[int, ...] = ()
    waits: tuple[Wait, ...] = ()


@frozen
class Interruption:
    """The cause of an execution that a person interrupted."""


@frozen
class Execution:
    """What one execution came to.

    ``rejection`` is ``None`` when every oracle was content.  ``trace`` and ``deviations`` are there
    only if it was traced in full, ``light`` if it was traced lightly.  ``triggered`` names the
    invariants that had something to judge; ``injection`` is the cancellation that the schedule
    added, if it did.
    """

    end: End
    rejection: Rejection | None
    choices: Sequence[int]
    arities: Sequence[int]
    deviations: tuple[Deviation, ...]
    trace: Trace | None
    observations: Sequence[Observation]
    triggered: frozenset[str]
    injection: Injection | None = None
    light: LightTrace | None = None

    @property
    def interrupted(self) -> bool:
        """Whether a person interrupted it, so that it says nothing about the target."""
        return isinstance(self.end.cause, Interruption)


def execute(
    target: Target,
    source: ChoiceSource,
    setting: Setting,
    *,
    traced: bool = False,
    prepare: Callable[[Kernel], None] | None = None,
    instruments: Sequence[trio.abc.Instrument] = (),
) -> Execution:
    """Run ``target`` once, with its choices answered by ``source``.

    ``prepare`` sees the kernel before it starts, so that an interrupt can reach it; ``instruments``
    are Trio's, and see everything.
    """
    level = Tracing.FULL if traced else setting.tracing
    trace = Trace() if level is Tracing.FULL else None
    light = LightTrace() if level is Tracing.LIGHT else None
    canceller = Canceller(setting.cancel) if setting.cancel is not None else None
    kernel = Kernel(
        source,
        model=setting.model,
        max_steps=setting.max_steps,
        trace=light if trace is None else trace,
        options=RunOptions(
            profile=setting.profile,
            instruments=instruments,
            timers=setting.timers,
            slow_steps=setting.slow_steps,
        ),
        canceller=canceller,
    )
    if prepare is not None:
        prepare(kernel)
    monitor = Monitor(target.invariants())

    def listen(kind: str, fields: Mapping[str, Any]) -> None:
        if trace is not None:
            trace.add("observation", kernel.task_label(), kernel.now, kind, fields)
        violation = monitor.observe(kind, fields, kernel.now)
        if violation is not None:
            kernel.stop(violation)

    kernel.listener = listen
    end = kernel.run(target.main, world_of(setting))
    return Execution(
        end=end,
        rejection=judge(end, monitor),
        choices=kernel.record.choices,
        arities=kernel.record.arities,
        deviations=tuple(kernel.record.deviations),
        trace=trace,
        observations=monitor.seen,
        triggered=frozenset(i.name for i in monitor.invariants if getattr(i, "triggered", True)),
        injection=canceller.injection if canceller is not None else None,
        light=light,
    )


def world_of(setting: Setting) -> Callable[[Kernel], None]:
    """What prepares the world of an execution in ``setting``."""
    return partial(prepare_world, entropy_seed=setting.entropy, allow=setting.allow)


def judge(end: End, monitor: Monitor) -> Rejection | None:
    """Why an execution that came to ``end`` is rejected, or ``None``; the monitor concludes."""
    if isinstance(end.cause, Escape):
        return _escape(end.cause)
    if isinstance(end.cause, Violation):
        return _violated(end.cause)
    if end.ending is Ending.DEADLOCK:
        return _stuck(FailureKind.DEADLOCK, "deadlock: nothing can run any more", end.waits)
    if end.ending is Ending.STEP_BOUND:
        going_on = [f"{wait.task} {wait.name}" for wait in end.waits if wait.waits_for == TURN]
        who = f", and still going on: {', '.join(going_on)}" if going_on else ""
        message = f"the step bound was reached after {end.steps} steps{who}"
        return _stuck(FailureKind.STEP_BOUND, message, end.waits)
    if end.error is not None:
        leaf = main_leaf(end.error)
        return None if isinstance(leaf, Discarded) else _raised(leaf)
    if end.leaks:
        place = end.leaks[0]
        return Rejection(Origin(FailureKind.LEAK, "leak", place), "; ".join(end.leaks))
    violation = monitor.conclude(end.seconds) if end.ending is Ending.FINISHED else None
    return _violated(violation) if violation else None


def _violated(violation: Violation) -> Rejection:
    origin = Origin(FailureKind.INVARIANT, violation.property, "")
    return Rejection(origin, f"{violation.property}: {violation.message}", violation.indices)


def _escape(escape: Escape) -> Rejection:
    return Rejection(Origin(FailureKind.ESCAPE, "escape", str(escape)), str(escape))


def _stuck(kind: FailureKind, message: str, waits: tuple[Wait, ...]) -> Rejection:
    places_of_waits = sorted({f"{wait.name} in {wait.waits_for}" for wait in waits})
    return Rejection(Origin(kind, str(kind), "; ".join(places_of_waits)), message, waits=waits)


def _raised(leaf: BaseException) -> Rejection:
    if isinstance(leaf, Escape):
        return _escape(leaf)
    place = places.of_traceback(leaf.__traceback__)
    text = str(leaf).strip().partition("\n")[0]
    if not text and place is not None:
        text = linecache.getline(place[0].co_filename, place[1]).strip()
    name = type(leaf).__qualname__
    message = f"{name}: {text}" if text else name
    origin = Origin(FailureKind.EXCEPTION, name, places.in_trace(place))
    return Rejection(origin, f"{message} at {places.for_person(place)}")


def main_leaf(error: BaseException) -> BaseException:
    """The first exception in a group that is not merely a cancellation."""
    found = list(leaves(error))
    return next((e for e in found if not isinstance(e, trio.Cancelled)), found[0])
