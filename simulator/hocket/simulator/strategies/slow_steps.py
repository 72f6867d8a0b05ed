"""At most one slow step a schedule, at a place drawn evenly over those that schedules have had.

A step may last (see the kernel's slow steps) at hundreds of places, and the place is what matters:
drawn anew at each of them it would nearly always be one of the first few.  So another strategy
decides everything else, and this one where, if anywhere.
"""

from random import Random

from hocket.simulator.engine.choices import SLOW_STEP, ChoiceKind, ChoicePoint
from hocket.simulator.footprints import Watcher
from hocket.simulator.strategies.strategy import Strategy, Watching

__all__ = ["SlowSteps"]


class SlowSteps:
    """Lets ``strategy`` decide all but the one slow step of every second schedule."""

    def __init__(self, strategy: Strategy, seed: int) -> None:
        self.members = (strategy,)
        self._strategy = strategy
        self._random = Random(f"slow steps {seed}").random
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
        return self._strategy.watcher if isinstance(self._strategy, Watching) else None

    def begin(self) -> bool:
        """Draw the place; the first schedule has none, and shows how many there are."""
        self._offered = 0
        self._at = int(self._random() * 2 * self._horizon) + 1 if self._horizon else 0
        return self._strategy.begin()

    def choose(self, point: ChoicePoint) -> int:
        """Whether this is the place, or what the strategy chooses."""
        if point.kind is not ChoiceKind.TIMER or not point.label.startswith(SLOW_STEP):
            return self._strategy.choose(point)
        self._offered += 1
        return int(self._offered == self._at)

    def end(self, steps: int) -> None:
        """Learn how many places there are."""
        self._horizon = max(self._horizon, self._offered)
        self._strategy.end(steps)
