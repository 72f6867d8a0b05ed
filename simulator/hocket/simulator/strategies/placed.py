"""At most one rare deviation a schedule, at a place drawn evenly over those there have been.

A step may last (see the kernel's slow steps), or a task be cancelled, at hundreds of places, and
the place is what matters: drawn anew at each of them it would nearly always be one of the first
few.  So another strategy decides everything else, and this one where, if anywhere.
"""

from enum import Enum
from random import Random

from hocket.simulator.engine.choices import SLOW_STEP, ChoiceKind, ChoicePoint
from hocket.simulator.footprints import Watcher
from hocket.simulator.strategies.strategy import Strategy, watcher_of

__all__ = ["Placed", "Rare"]


class Rare(Enum):
    """What is placed: the kind of its choices, and how their labels begin."""

    SLOW_STEP = (ChoiceKind.TIMER, SLOW_STEP)
    CANCELLATION = (ChoiceKind.CANCEL, "")

    def asks(self, point: ChoicePoint) -> bool:
        """Whether this is one of its choices."""
        kind, beginning = self.value
        return point.kind is kind and point.label.startswith(beginning)


class Placed:
    """Lets ``strategy`` decide all but the one ``rare`` deviation of every second schedule."""

    def __init__(self, strategy: Strategy, seed: int, rare: Rare) -> None:
        self.members = (strategy,)
        self._strategy = strategy
        self._rare = rare
        self._random = Random(f"{rare.name} {seed}").random
        self._horizon = 0
        self._offered = 0
        self._at = 0

    @property
    def name(self) -> str:
        """That of the strategy."""
        return self._strategy.name

    @property
    def watcher(self) -> Watcher | None:
        """Who watches the schedule that the strategy has begun, if anybody."""
        return watcher_of(self._strategy)

    def begin(self) -> bool:
        """Draw the place; the first schedule has none, and shows how many there are."""
        self._offered = 0
        self._at = int(self._random() * 2 * self._horizon) + 1 if self._horizon else 0
        return self._strategy.begin()

    def choose(self, point: ChoicePoint) -> int:
        """The deviation if this is its place, or what the strategy chooses."""
        if not self._rare.asks(point):
            return self._strategy.choose(point)
        self._offered += 1
        return 1 + int(self._random() * (point.arity - 1)) if self._offered == self._at else 0

    def end(self, steps: int) -> None:
        """Learn how many places there are."""
        self._horizon = max(self._horizon, self._offered)
        self._strategy.end(steps)
