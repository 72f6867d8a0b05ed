"""Sources of choices for candidates: schedules near a given one.

None of them insists: what cannot be followed is left out, and what an execution really did is read
from its own record afterwards.
"""

from collections.abc import Callable, Mapping, Sequence

from attrs import define, field, frozen

from hocket.simulator.engine.choices import ChoiceKind, ChoicePoint, Deviation
from hocket.simulator.strategies.recorded import LooseReplay

__all__ = ["Drawn", "Fixed", "InOrder", "Scout", "Seen"]


@define
class Fixed:
    """The default everywhere but at the positions of ``indices``, if there are so many options."""

    indices: Mapping[int, int]
    _asked: int = field(default=0, init=False)

    def choose(self, point: ChoicePoint) -> int:
        """The index for this position."""
        position, self._asked = self._asked, self._asked + 1
        index = self.indices.get(position, 0)
        return index if index < point.arity else 0


@frozen
class Seen:
    """A choice point that the default schedule met: how many options, and of which kind."""

    kind: ChoiceKind
    arity: int
    continues: bool


@define
class Scout:
    """The default schedule, noting which choices it met."""

    points: list[Seen] = field(factory=list[Seen], init=False)

    def choose(self, point: ChoicePoint) -> int:
        """Take the default and note the point."""
        self.points.append(Seen(point.kind, point.arity, point.continues))
        return 0


class InOrder:
    """The steps in a wanted order, as far as they are on offer; other choices as recorded.

    ``order`` names steps by their anchors.  The offered step that comes first in it is taken; a
    step that is not in it waits for those that are.
    """

    def __init__(self, order: Sequence[str], deviations: Sequence[Deviation]) -> None:
        self._rank = {anchor: rank for rank, anchor in enumerate(order)}
        self._others = LooseReplay([d for d in deviations if d.kind is not ChoiceKind.TASK])

    def choose(self, point: ChoicePoint) -> int:
        """The option whose step is wanted first."""
        if point.kind is not ChoiceKind.TASK:
            return self._others.choose(point)
        last = len(self._rank)
        ranks = [self._rank.get(option.anchor, last) for option in point.options]
        return ranks.index(min(ranks))


class Drawn:
    """A schedule drawn among those with few preemptions; other choices as recorded.

    ``preempted`` are the positions from which on a task is interrupted once each, and ``random``
    draws numbers from 0 to 1.  Successors are those of the highest priority when ``ranked``, each
    task with a priority of its own, and are drawn one by one otherwise.
    """

    def __init__(
        self,
        random: Callable[[], float],
        preempted: Sequence[int],
        deviations: Sequence[Deviation],
        *,
        ranked: bool,
    ) -> None:
        self._random, self._ranked = random, ranked
        self._due = sorted(preempted, reverse=True)
        self._others = LooseReplay([d for d in deviations if d.kind is not ChoiceKind.TASK])
        self._priority: dict[str, float] = {}
        self._asked = 0

    def choose(self, point: ChoicePoint) -> int:
        """Go on with the last task unless it is to be interrupted; else draw a successor."""
        position, self._asked = self._asked, self._asked + 1
        if point.kind is not ChoiceKind.TASK:
            return self._others.choose(point)
        if not point.continues:
            return self._successor(point, 0)
        if self._due and self._due[-1] <= position:
            self._due.pop()
            return self._successor(point, 1)
        return 0

    def _successor(self, point: ChoicePoint, first: int) -> int:
        arity = point.arity
        if not self._ranked:
            return first + int(self._random() * (arity - first))
        ranks = [self._priority_of(point.options[n].identity) for n in range(first, arity)]
        return first + ranks.index(max(ranks))

    def _priority_of(self, identity: str) -> float:
        if identity not in self._priority:
            self._priority[identity] = self._random()
        return self._priority[identity]
