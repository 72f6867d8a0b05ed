"""A portfolio: the schedules of a budget dealt to several strategies.

No single strategy is best: a random walk and PCT are blind to each other's bugs, samplers seldom
meet the one schedule in a million that is one delay away from the default, and a systematic search
never gets to those far from it.  So the default deals turns in a fixed proportion.  It supports no
bound of its own: what a not-found is worth is said per member.
"""

from collections.abc import Callable, Sequence
from itertools import chain, repeat

from hocket.simulator.engine.choices import ChoicePoint
from hocket.simulator.footprints import Watcher
from hocket.simulator.strategies.strategy import Strategy, watcher_of

__all__ = ["Portfolio"]


class Portfolio:
    """Deals schedules to ``members`` in turn, leaving out those that are exhausted.

    ``turns`` says how many of each round a member has, one by default; a member's turns are spread
    over the round, so that a small budget has the same proportions.  ``choose`` is that of the
    member whose turn it is.
    """

    def __init__(self, members: Sequence[Strategy], turns: Sequence[int] | None = None) -> None:
        if not members:
            raise ValueError("a portfolio needs at least one strategy")
        self.members = tuple(members)
        self._round = _spread(turns or [1] * len(members))
        self._turn = 0
        self._member = self.members[0]
        # Asked at almost every step, so the member is asked without a call between.
        self.choose: Callable[[ChoicePoint], int] = self._member.choose

    @property
    def name(self) -> str:
        """The name of the member whose turn it is: the one that found what is found now."""
        return self._member.name

    @property
    def watcher(self) -> Watcher | None:
        """Who watches the schedule that the member has begun, if anybody."""
        return watcher_of(self._member)

    def begin(self) -> bool:
        """Let the next member begin; ``False`` when none has a schedule left."""
        for _ in self._round:
            self._member = self.members[self._round[self._turn % len(self._round)]]
            self._turn += 1
            self.choose = self._member.choose
            if self._member.begin():
                return True
        return False

    def end(self, steps: int) -> None:
        """Tell the member."""
        self._member.end(steps)


def _spread(turns: Sequence[int]) -> list[int]:
    """Members by index, each as often as it has turns, at even distances.

    >>> _spread([2, 1, 1])
    [0, 1, 2, 0]
    """
    dealt = chain.from_iterable(
        zip(repeat(index), range(count), repeat(count)) for index, count in enumerate(turns)
    )
    return [index for index, *_ in sorted(dealt, key=lambda turn: (turn[1] / turn[2], turn[0]))]
