"""Where two tasks meet in one variable: which access came first, and what shape that has."""

from collections.abc import Iterator, Sequence

from hocket.simulator.engine.explanation import Anomaly, OrderFact
from hocket.simulator.explaining.accesses import is_test
from hocket.simulator.explaining.watching import Touch

__all__ = ["Pair", "reversed_pairs", "shape_of", "told"]

TOUCHES_MAX = 300
"""Of one variable; more say less, and comparing them takes time by their square."""

Pair = tuple[Touch, Touch]
"""Two touches of one variable by different tasks, at least one of them a write, in order."""


def reversed_pairs(failing: Sequence[Touch], passing: Sequence[Touch]) -> list[Pair]:
    """The pairs that came in this order, and in the other one where it passed.

    What was read too early comes before what was written twice, and the closest before others.
    """
    rank = {touch: number for number, touch in enumerate(passing)}
    found = [
        (first, second)
        for mine in _contended(failing)
        for first, second in _pairs(mine)
        if rank.get(first, -1) > rank.get(second, len(rank))
    ]
    return sorted(found, key=_rank)


def _rank(pair: Pair) -> tuple[bool, int]:
    first, second = pair
    return first.writes and second.writes, second.at - first.at


def _contended(touches: Sequence[Touch]) -> list[list[Touch]]:
    variables: dict[tuple[int, str], list[Touch]] = {}
    for touch in touches:
        variables.setdefault(touch.variable, []).append(touch)
    return [
        mine
        for mine in variables.values()
        if len(mine) <= TOUCHES_MAX and any(touch.writes for touch in mine)
    ]


def _pairs(mine: Sequence[Touch]) -> Iterator[Pair]:
    for later, second in enumerate(mine):
        for first in mine[:later]:
            if first.line.task != second.line.task and (first.writes or second.writes):
                yield first, second


def shape_of(pairs: Sequence[Pair], failing: Sequence[Touch]) -> str:
    """The name of the shape in which the variable of a pair was touched; empty if it has none."""
    for first, _ in pairs:
        mine = [touch for touch in failing if touch.variable == first.variable]
        if _overwritten(mine):
            return f"{Anomaly.LOST_UPDATE} of `{first.name}`"
    for first, second in pairs:
        mine = [touch for touch in failing if touch.variable == first.variable]
        if _outdated(mine, first, second):
            return f"{Anomaly.CHECK_THEN_ACT} on `{first.name}`"
    return ""


def _overwritten(mine: Sequence[Touch]) -> bool:
    """A task read, another wrote, and the first wrote without having read again."""
    last: dict[str, Touch] = {}
    foreign: set[str] = set()
    for touch in mine:
        task = touch.line.task
        before = last.get(task)
        if touch.writes and before is not None and not before.writes and task in foreign:
            return True
        last[task] = touch
        foreign.discard(task)
        if touch.writes:
            foreign.update(other for other in last if other != task)
    return False


def _outdated(mine: Sequence[Touch], first: Touch, second: Touch) -> bool:
    """A task looked in order to decide, and another's write came after that and mattered."""
    writer = second if second.writes else first
    return any(
        touch.at < writer.at
        and touch.line.task != writer.line.task
        and not touch.writes
        and is_test(touch.line.code, touch.line.number)
        for touch in mine
    )


def told(pairs: Sequence[Pair], *, most: int) -> tuple[OrderFact, ...]:
    """The first pairs in words, each pair of lines once."""
    words = dict.fromkeys(OrderFact(str(first), str(second)) for first, second in pairs)
    return tuple(words)[:most]
