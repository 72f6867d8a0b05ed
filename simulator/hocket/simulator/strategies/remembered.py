"""Schedules that failed before, tried first; then another strategy.

What failed once is the likeliest to fail again, and costs one execution.  Such schedules are no
draws of the strategy that follows, so a search that began with them supports none of its bounds.
"""

from collections.abc import Sequence

from hocket.simulator.engine.choices import ChoicePoint, ChoiceSource, Deviation
from hocket.simulator.strategies.recorded import StrictReplay
from hocket.simulator.strategies.strategy import Strategy

__all__ = ["Remembered"]


class Remembered:
    """Replays the ``deviations`` of each remembered schedule, then lets ``strategy`` go on."""

    def __init__(self, strategy: Strategy, deviations: Sequence[Sequence[Deviation]]) -> None:
        self.members = (strategy,)
        self._strategy = strategy
        self._left = list(reversed(deviations))
        self._source: ChoiceSource | None = None

    @property
    def name(self) -> str:
        """``corpus`` while it replays, then that of the strategy."""
        return "corpus" if self._source is not None else self._strategy.name

    def begin(self) -> bool:
        """Take the next remembered schedule, or let the strategy begin one of its own."""
        self._source = StrictReplay(self._left.pop()) if self._left else None
        return self._source is not None or self._strategy.begin()

    def choose(self, point: ChoicePoint) -> int:
        """What was recorded, or what the strategy chooses."""
        return (self._source or self._strategy).choose(point)

    def end(self, steps: int) -> None:
        """Tell the strategy of its own schedules only."""
        if self._source is None:
            self._strategy.end(steps)
