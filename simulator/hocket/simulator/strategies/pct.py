"""Probabilistic concurrency testing: random priorities and a few random changes of them.

Burckhardt, Kothari, Musuvathi and Nagarakatte, "A randomized scheduler with probabilistic
guarantees of finding bugs", ASPLOS 2010.  The runnable task with the highest priority runs; at
``depth - 1`` random points the task that would run drops below all others.  A bug that needs
``depth`` ordering constraints is met by each schedule with probability at least
``1 / (n * k ** (depth - 1))``.

What differs here:

- A change that falls on steps where only one task could run takes effect at the next choice.
- ``n`` and ``k`` are measured in a few first schedules and then frozen; a schedule that exceeds
  them, or one in which a spinning task was put last, withdraws the guarantee.
- A task that only spins loses its priority to all others, as the kernel's fairness rule asks.
- A choice that is no task stands in the row of steps once for each option beside the default, and
  a change point that falls there takes that option instead of changing a priority: each such
  deviation counts in ``depth``, and ``k`` counts its places.
"""

from random import Random

from hocket.simulator.engine.choices import ChoiceKind, ChoicePoint, Option

__all__ = ["PCT"]

LEARNING_SCHEDULES = 3


class PCT:
    """PCT of a given ``depth`` (at least 1): the number of ordering constraints a bug may need.

    ``tasks`` and ``horizon`` are the measured n and k, ``sampled`` the schedules since they were
    frozen, and ``guaranteed`` whether none of these exceeded them.
    """

    def __init__(self, seed: int, depth: int = 3) -> None:
        self.name = f"pct({depth})"
        self.depth = depth
        self.tasks = 1
        self.horizon = 1
        self.sampled = 0
        self.guaranteed = True
        self._learning = LEARNING_SCHEDULES
        self._random = Random(f"pct {depth} {seed}").random
        self._priority: dict[Option, float] = {}
        self._changes: list[int] = []
        self._lowest = 0.0
        self._step = 0
        self._others = 0

    def begin(self) -> bool:
        """Draw the change points of the next schedule."""
        self._priority.clear()
        self._lowest = 0.0
        points = (1 + int(self._random() * self.horizon) for _ in range(self.depth - 1))
        self._changes = sorted(points, reverse=True)
        self._step = self._others = 0
        return True

    def choose(self, point: ChoicePoint) -> int:
        """The option with the highest priority, after a change where one is due."""
        if point.kind is not ChoiceKind.TASK:
            return self._deviate(point)
        try:
            index = self._best(point)
        except KeyError:  # somebody is new
            self._rank(point)
            index = self._best(point)
        if point.spinning:
            self._put_last(point)
            index = self._best(point)
        self._step = point.step
        while self._changes and self._changes[-1] <= point.step + self._others:
            self._changes.pop()
            self._lower(point.options[index])
            index = self._best(point)
        return index

    def end(self, steps: int) -> None:
        """Learn how large the program is, or note that it outgrew what was learnt."""
        steps += self._others
        if self._learning:
            self._learning -= 1
            self.tasks = max(self.tasks, len(self._priority))
            self.horizon = max(self.horizon, steps)
        else:
            self.sampled += 1
            exceeded = steps > self.horizon or len(self._priority) > self.tasks
            self.guaranteed = self.guaranteed and not exceeded

    def _rank(self, point: ChoicePoint) -> None:
        priority = self._priority
        for option in point.options:
            if option not in priority:
                priority[option] = self._random()

    def _put_last(self, point: ChoicePoint) -> None:
        """Tasks that only spin have lost their priority."""
        self.guaranteed = self.guaranteed and bool(self._learning)
        for option in point.options[-point.spinning :]:
            if self._priority[option] > self._lowest:
                self._lower(option)

    def _best(self, point: ChoicePoint) -> int:
        ranks = [self._priority[option] for option in point.options]
        return ranks.index(max(ranks))

    def _lower(self, option: Option) -> None:
        self._lowest -= 1.0
        self._priority[option] = self._lowest

    def _deviate(self, point: ChoicePoint) -> int:
        """The option on which a change point falls; the default if none does."""
        before = self._step + self._others
        self._others += point.arity - 1
        for change in self._changes:
            if before < change < before + point.arity:
                self._changes.remove(change)
                return change - before
        return 0
