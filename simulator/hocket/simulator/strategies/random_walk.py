"""Random walk: every runnable task is equally likely at every choice.

The simplest sampler, and a strong one for bugs that need many exact switches; it practically never
holds a task back for long, which is what PCT is for (see "Uncovering bugs by random testing" in
Burckhardt et al., ASPLOS 2010, for the comparison).  Schedules are independent draws, so a campaign
of it supports the exact bound of :func:`~hocket.simulator.engine.statistics.failure_bound`.
"""

from random import Random

from hocket.simulator.engine.choices import ChoiceKind, ChoicePoint
from hocket.simulator.strategies.strategy import draw

__all__ = ["RandomWalk"]


class RandomWalk:
    """Uniform among tasks and values; faults are rare."""

    name = "random"

    def __init__(self, seed: int) -> None:
        self._random = Random(f"random walk {seed}").random

    def begin(self) -> bool:
        """There is always another schedule."""
        return True

    def choose(self, point: ChoicePoint) -> int:
        """Draw an option; tasks, which are most of them, at once."""
        if point.kind is ChoiceKind.TASK:
            return int(self._random() * point.arity)
        return draw(self._random, point)

    def end(self, steps: int) -> None:
        """Nothing is learnt."""
