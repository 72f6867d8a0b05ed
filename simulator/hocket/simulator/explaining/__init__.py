"""Why a minimal schedule fails: the orders that make the difference, and the nearest that passes.

Each remaining deviation is flipped.  Of the schedules that then pass, the one that goes along with
the failing one for longest is the nearest.  Both are executed once more, watched line by line, and
compared: what one task read or wrote before another did, and the other way round where it passed,
is an order fact in the program's own words.  Where no such pair is found, the facts are the
deviations themselves, with the lines at which the tasks stood.

The idea of contrasting a failure with a near success is that of delta debugging of schedules (Choi
and Zeller, "Isolating failure-inducing thread schedules", ISSTA 2002).  What is read and written is
judged by the text of the lines, so a fact is a lead and no proof; the schedules are real.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest
from typing import cast

from attrs import define, field

from hocket.simulator import places
from hocket.simulator.engine.choices import ChoiceKind, ChoicePoint, ChoiceSource
from hocket.simulator.engine.explanation import Anomaly, Explanation, OrderFact
from hocket.simulator.engine.outcome import FailureKind
from hocket.simulator.execution import Execution, Target
from hocket.simulator.explaining.conflicts import Pair, reversed_pairs, shape_of, told
from hocket.simulator.explaining.watching import Watch, watched
from hocket.simulator.invariants import Observation
from hocket.simulator.shrinking.search import Run, steps_of
from hocket.simulator.shrinking.sources import Fixed, Scout
from hocket.simulator.strategies.recorded import LooseReplay, StrictReplay

__all__ = ["explain"]

FACTS_MAX = 2
"""Order facts that are told; more than the closest confuse."""


def explain(failing: Execution, run: Run, target: Target, *, executions_max: int) -> Explanation:
    """Why ``failing``, a minimal and traced rejected execution, fails.

    ``run`` executes its ``target`` under a source of choices, traced.  At most ``executions_max``
    executions go into finding a schedule that passes, and two more into watching.
    """
    passing, spent = _nearest_passing(failing, run, executions_max)
    seen = _watch(run, StrictReplay(failing.deviations), target.bench)
    other = None if passing is None else _watch(run, StrictReplay(passing.deviations), target.bench)
    facts: tuple[OrderFact, ...] = ()
    anomaly = ""
    if other is not None:
        pairs = _of_tasks(seen, reversed_pairs(seen.watch.touches, other.watch.touches))
        facts, anomaly = told(pairs, most=FACTS_MAX), shape_of(pairs, seen.watch.touches)
    rejection = failing.rejection
    clashing = rejection.clashing if rejection is not None else ()
    named = target.name_shape(failing.observations, clashing)
    return Explanation(
        facts=facts or tuple(seen.source.facts),
        events=_events(failing, seen.watch, clashing),
        passing=None if passing is None else passing.deviations,
        parting="" if passing is None else _parting(failing, passing),
        anomaly=named or anomaly or _of_deadlock(failing),
        executions=spent + 1 + (other is not None),
    )


def _of_tasks(seen: "_Seen", pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs of the tasks that a deviation is about, if it is about tasks.

    One about a worker thread, which is named after the task that called for it, is about that task.
    """
    tasks = seen.source.tasks | {task.rpartition("/")[0] for task in seen.source.tasks}
    some = bool(seen.source.tasks)
    return [p for p in pairs if not some or tasks.issuperset(touch.line.task for touch in p)]


def _nearest_passing(
    failing: Execution, run: Run, executions_max: int
) -> tuple[Execution | None, int]:
    """Of the schedules that differ in one choice, the passing one that parts last."""
    nearest: Execution | None = None
    along, spent = -1, 0
    for source in islice(_flips(failing, run, executions_max), executions_max):
        spent += 1
        candidate = run(source)
        if candidate.interrupted:
            break
        if candidate.rejection is None and (common := _common(failing, candidate)) > along:
            nearest, along = candidate, common
    return nearest, spent


def _flips(failing: Execution, run: Run, executions_max: int) -> Iterator[ChoiceSource]:
    """The schedules without one of the deviations; without any, some with a first one."""
    deviations = failing.deviations
    for left_out in reversed(range(len(deviations))):
        yield LooseReplay(deviations[:left_out] + deviations[left_out + 1 :])
    if deviations:
        return
    scout = Scout()
    yield scout
    tasks = [n for n, point in enumerate(scout.points) if point.kind is ChoiceKind.TASK]
    stride = max(1, len(tasks) // executions_max)
    yield from (Fixed({position: 1}) for position in tasks[::stride])


def _common(one: Execution, other: Execution) -> int:
    pairs = zip(steps_of(one), steps_of(other), strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), 0)


def _parting(failing: Execution, passing: Execution) -> str:
    fails, passes = (_placed_steps(execution) for execution in (failing, passing))
    for number, (one, other) in enumerate(zip_longest(fails, passes, fillvalue="the end"), 1):
        if one != other:
            return f"they part at step {number}: {one} in the failing one, {other} in the other"
    return ""


def _placed_steps(execution: Execution) -> list[str]:
    assert execution.trace is not None
    steps = (event for event in execution.trace if event.kind == "step")
    return [_placed(event.task.partition("@")[0], event.text) for event in steps]


def _placed(task: str, place: str) -> str:
    return f"{task} goes on from {place}" if place else f"{task} starts"


@define
class _Standing:
    """Answers as ``source`` does, noting where the tasks of each deviation stand."""

    source: ChoiceSource
    facts: list[OrderFact] = field(factory=list[OrderFact], init=False)
    tasks: set[str] = field(factory=set[str], init=False)

    def choose(self, point: ChoicePoint) -> int:
        """What the source chooses."""
        index = self.source.choose(point)
        if index and point.kind is ChoiceKind.TASK:
            first, second = point.options[index], point.options[0]
            self.facts.append(OrderFact(_standing(first), _standing(second)))
            self.tasks |= {first.identity, second.identity}
        elif index:
            taken, default = point.options[index].identity, point.options[0].identity
            self.facts.append(OrderFact(f"{point.label}: {taken}", f"{default} could be"))
        return index


def _standing(option: object) -> str:
    task = getattr(option, "task", None)
    identity = getattr(option, "identity", "")
    place = None if task is None else places.of_task(task)
    if place is None:
        name = getattr(option, "name", "")
        return f"`{name}` ({identity}) started" if name else identity
    where = places.for_person(place).partition(" (")[0]
    return f"`{place[0].co_name}` ({identity}) went on from {where}"


@define
class _Seen:
    """A watched execution."""

    source: _Standing
    watch: Watch


def _watch(run: Run, source: ChoiceSource, bench: tuple[str, ...]) -> _Seen:
    standing = _Standing(source)
    with watched(bench) as watch:
        run(standing)
    return _Seen(standing, watch)


def _events(failing: Execution, watch: Watch, clashing: Sequence[int]) -> tuple[str, ...]:
    # Clean-up after the end reports too, and nobody listens.
    heard = [report.kind for report in watch.reports[: len(failing.observations)]]
    complete = heard == [seen.kind for seen in failing.observations]
    sources = watch.sources() if complete else ()
    told_events: list[str] = []
    lead: int | None = None
    if len(clashing) == 1 and failing.rejection is not None:
        message = frozenset(re.findall(r"[\w-]+", failing.rejection.message))
        lead = _lead(failing.observations, clashing[0], message, sources)
    for index in (*([] if lead is None else [lead]), *clashing):
        lines = sources[index] if index < len(sources) else ()
        where = ", called by ".join(f"`{x.code.co_qualname}` at {x.place}" for x in lines)
        by = f" by {where}" if where else ""
        told_events.append(f"{failing.observations[index].kind}{by}")
    return tuple(told_events)


def _lead(
    seen: Sequence[Observation],
    index: int,
    message: frozenset[str],
    sources: Sequence[Sequence[object]],
) -> int | None:
    """The last observation of the program before one that is about the same thing.

    What clashes with nothing that was seen went wrong on the way from there.  The thing is the
    first by name that they have in common.  What no line of the program reports, such as how things
    stand in the end, is about many: there the words of ``message`` say which is meant, and of what
    kind.
    """
    own = [n for n in range(index) if not sources or sources[n]]
    names = _names(seen[index])
    standing = bool(sources) and not sources[index]
    if standing:
        names.sort(key=lambda name: name not in message)
    for name in names:
        alike = [n for n in own if name in _names(seen[n])]
        if alike:
            meant = [n for n in alike if message.intersection(seen[n].kind.split("."))]
            return (meant if standing and meant else alike)[-1]
    return None


def _names(seen: Observation) -> list[str]:
    """The texts among the values of an observation, which name what it is about."""
    values = [*seen.fields.values()]
    return [
        value
        for one in values
        for value in (cast("tuple[object, ...]", one) if isinstance(one, tuple) else (one,))
        if type(value) is str
    ]


def _of_deadlock(failing: Execution) -> str:
    """A task that waits for an event or a notification that is over is one that was not woken."""
    rejection = failing.rejection
    if rejection is None or rejection.origin.kind is not FailureKind.DEADLOCK:
        return ""
    waited = {wait.waits_for for wait in rejection.waits}
    lost = waited & {"an event", "a notification of a condition"}
    return Anomaly.LOST_WAKE_UP if lost else ""
