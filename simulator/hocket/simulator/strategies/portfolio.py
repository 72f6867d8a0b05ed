"""A portfolio: the schedules of a budget dealt evenly to several strategies.

No single strategy is best (random walk and PCT are blind to each other's bugs), so the default is
a fixed round robin.  It supports no bound of its own: what a not-found is worth is said per member.
"""

from collections.abc import Sequence
from itertools import cycle

from hocket.simulator.engine.choices import ChoicePoint
from hocket.simulator.strategies.strategy import Strategy

__all__ = ["Portfolio"]


class Portfolio:
    """Deals schedules to ``members`` in turn, leaving out those that are exhausted."""

    def __init__(self, members: Sequence[Strategy]) -> None:
        if not members:
            raise ValueError("a portfolio needs at least one strategy")
        self.members = tuple(members)
        self._turns = cycle(self.members)
        self._member = self.members[0]

    @property
    def name(self) -> str:
        """The name of the member whose turn it is: the one that found what is found now."""
        return self._member.name

    def begin(self) -> bool:
        """Let the next member begin; ``False`` when none has a schedule left."""
        for _ in self.members:
            self._member = next(self._turns)
            if self._member.begin():
                return True
        return False

    def choose(self, point: ChoicePoint) -> int:
        """What the member whose turn it is chooses."""
        return self._member.choose(point)

    def end(self, steps: int) -> None:
        """Tell the member."""
        self._member.end(steps)
