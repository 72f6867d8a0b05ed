"""The passes of shrinking: each proposes candidates to a search, and knows nothing of the others.

A pass may assume that the best counterexample was traced.  It must stop when no execution is left,
which every proposal tells by failing, and it says whether it found something simpler.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, islice
from random import Random

from hocket.simulator.engine.choices import ChoiceKind, cost
from hocket.simulator.shrinking.search import Search, steps_of
from hocket.simulator.shrinking.sources import Drawn, Fixed, InOrder, Scout, Seen
from hocket.simulator.strategies.recorded import LooseReplay

__all__ = ["advance", "consolidate", "draw", "drop", "lower", "restart"]

RESTART_SHARE = 3
"""A restart may spend one part in so many of the executions that are left."""

LOWER_EACH = 16
"""Up to this index of a value every lower one is tried."""

Stretch = tuple[str, ...]
"""Consecutive steps of one task, by their anchors."""


def drop(search: Search) -> bool:
    """Leave out deviations, in runs of half of them, a quarter, and so on to single ones."""
    found = False
    size = max(1, len(search.best.deviations) // 2)
    while search.left > 0 and search.best.deviations:
        improved = _sweep(search, size)
        found = found or improved
        if size > 1:
            size = max(1, min(size, len(search.best.deviations)) // 2)
        elif not improved:
            break
    return found


def _sweep(search: Search, size: int) -> bool:
    improved = False
    start = 0
    while start < len(search.best.deviations) and search.left > 0:
        deviations = search.best.deviations
        if search.improves(LooseReplay(deviations[:start] + deviations[start + size :])):
            improved = True
        else:
            start += size
    return improved


def consolidate(search: Search) -> bool:
    """Join two stretches of a task: the later one comes at once, or the earlier one waits for it.

    A preemption becomes a reordering or goes away with what it interrupted.
    """
    found = False
    tried: set[tuple[str, ...]] = set()
    while search.left > 0 and len(search.best.deviations) > 1:
        orders = (order for order in _joined(stretches(search)) if order not in tried)
        for order in orders:
            tried.add(order)
            if search.improves(InOrder(order, search.best.deviations)):
                found = True
                break
            if search.left <= 0:
                return found
        else:
            return found
    return found


def stretches(search: Search) -> list[Stretch]:
    """The best counterexample as stretches of tasks."""
    steps = steps_of(search.best)
    return [tuple(steps) for _, steps in groupby(steps, key=lambda a: a.partition("@")[0])]


def _joined(parts: Sequence[Stretch]) -> Iterator[tuple[str, ...]]:
    """Every order in which one pair of stretches of a task that follow each other is joined."""
    latest: dict[str, int] = {}
    for later, stretch in enumerate(parts):
        task = stretch[0].partition("@")[0]
        earlier = latest.get(task)
        latest[task] = later
        if earlier is None:
            continue
        before, between = parts[:earlier], parts[earlier + 1 : later]
        after = parts[later + 1 :]
        pair = (parts[earlier], stretch)
        for order in ((*before, *pair, *between, *after), (*before, *between, *pair, *after)):
            yield tuple(step for part in order for step in part)


def draw(search: Search, *, draws: int) -> bool:
    """Draw schedules with fewer preemptions than the best has, ``draws`` for each number of them.

    The generator is seeded with a constant: the same counterexample is always shrunk alike.
    """
    found = False
    random = Random("shrinking").random
    bound = 0
    while bound < search.preemptions and search.left > 0:
        if _drawn(search, random, bound, draws):
            found = True
            drop(search)
        else:
            bound += 1
    return found


def _drawn(search: Search, random: Callable[[], float], bound: int, draws: int) -> bool:
    horizon = len(search.best.choices)
    for number in range(draws):
        preempted = [int(random() * horizon) for _ in range(bound)]
        deviations = search.best.deviations
        if search.improves(Drawn(random, preempted, deviations, ranked=number % 2 == 0)):
            return True
        if search.left <= 0:
            return False
    return False


def restart(search: Search) -> bool:
    """Try the schedules with one deviation of a simpler sort, the earliest of them first.

    What is left after dropping may be one deviation made twice over, in two tasks that are alike.
    """
    if not search.best.deviations:
        return False
    scout = Scout()
    if search.execute(scout) is None:
        return False
    share = search.left // RESTART_SHARE
    for position, index in islice(_singles(scout.points, search), share):
        if search.improves(Fixed({position: index})):
            return True
    return False


def _singles(points: Sequence[Seen], search: Search) -> Iterator[tuple[int, int]]:
    """Faults and values, then reorderings, then preemptions, as long as they would be simpler."""
    for wanted in ((0, 0, 1), (0, 1, 0), (1, 0, 0)):
        if wanted >= cost(search.best.deviations):
            return
        for position, point in enumerate(points):
            if _single_cost(point) == wanted:
                yield from ((position, index) for index in range(1, point.arity))


def _single_cost(point: Seen) -> tuple[int, int, int]:
    if point.kind is not ChoiceKind.TASK:
        return (0, 0, 1)
    return (1, 0, 0) if point.continues else (0, 1, 0)


def lower(search: Search) -> bool:
    """Take each fault or value nearer to the top of its list of options."""
    found = False
    for deviation in search.best.deviations:
        if deviation.kind is ChoiceKind.TASK:
            continue
        for index in _lower(deviation.index):
            taken = {d.position: d.index for d in search.best.deviations}
            if search.improves(Fixed({**taken, deviation.position: index})):
                found = True
                break
    return found


def _lower(index: int) -> Sequence[int]:
    """Every lower index but the default if there are few, and otherwise some of them."""
    if index <= LOWER_EACH:
        return range(1, index)
    return sorted({1, 2, index // 16, index // 4, index // 2, index - 1})


def advance(search: Search) -> bool:
    """Let each deviation come earlier: half way to the one before it, as long as that helps."""
    found = False
    number = 0
    while number < len(search.best.deviations) and search.left > 0:
        deviations = search.best.deviations
        taken = {d.position: d.index for d in deviations}
        moved = deviations[number]
        start = deviations[number - 1].position + 1 if number else 0
        earlier = (start + moved.position) // 2
        del taken[moved.position]
        if earlier < moved.position and search.improves(Fixed({**taken, earlier: moved.index})):
            found = True
        else:
            number += 1
    return found
