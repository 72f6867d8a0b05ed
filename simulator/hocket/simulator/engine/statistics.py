"""What a search that found nothing is worth, said precisely and only where it is true.

For N independent draws from one sampler without a failure, the exact one-sided bound (Clopper and
Pearson, 1934) says that a schedule drawn by this sampler fails with probability below
``1 - (1 - confidence) ** (1 / N)``.  For PCT, every run finds a given bug of depth d with
probability at least ``1 / (n * k ** (d - 1))`` (Burckhardt et al., ASPLOS 2010), with n tasks and
at most k steps.  How likely the next draw is to show something new is estimated by the share of
draws whose class was seen once only (Good, "The population frequencies of species and the
estimation of population parameters", Biometrika 1953, who owed it to Turing).  All three speak of
one sampler with fixed parameters: a portfolio or an adaptive search as a whole supports none.
"""

import math
from typing import Final

from attrs import frozen

__all__ = ["Guarantee", "Sample", "failure_bound", "pct_guarantee"]

WORTH_TELLING: Final = 0.05
"""A guarantee below this says nothing to anybody, and is left out."""


def failure_bound(schedules: int, confidence: float = 0.95) -> float:
    """The probability under which one drawn schedule fails, at ``confidence``.

    >>> round(failure_bound(1000), 5)
    0.00299
    """
    if schedules < 1:
        return 1.0
    return 1.0 - math.pow(1.0 - confidence, 1.0 / schedules)


def pct_guarantee(*, tasks: int, steps: int, depth: int, schedules: int) -> float:
    """The probability with which PCT would have met any one bug of ``depth`` (at least 1).

    >>> round(pct_guarantee(tasks=3, steps=10, depth=2, schedules=100), 3)
    0.966
    """
    once = 1.0 / (max(1, tasks) * max(1, steps) ** (depth - 1))
    return 1.0 - math.pow(1.0 - once, schedules)


@frozen
class Guarantee:
    """The numbers of PCT's guarantee.

    n is ``tasks``, k ``steps``, d ``depth``, and N ``schedules``, those drawn since n and k were
    measured; ``held`` says that none of them exceeded n or k or was cut by the rule of fairness.
    """

    tasks: int
    steps: int
    depth: int
    schedules: int
    held: bool

    @property
    def chance(self) -> float | None:
        """With what probability a bug of that depth would have been found; ``None`` if untold.

        >>> Guarantee(tasks=40, steps=900, depth=3, schedules=100, held=True).chance is None
        True
        """
        if not self.held:
            return None
        chance = pct_guarantee(
            tasks=self.tasks, steps=self.steps, depth=self.depth, schedules=self.schedules
        )
        return chance if chance >= WORTH_TELLING else None


@frozen
class Sample:
    """What one member of a search drew.

    ``classes`` counts the happens-before classes its schedules belong to, and ``singletons`` those
    met by one schedule only; both are ``None`` if nobody counted.  ``independent`` says that each
    schedule was drawn like every other, whatever came of those before.
    """

    strategy: str
    schedules: int
    independent: bool
    classes: int | None = None
    singletons: int | None = None
    guarantee: Guarantee | None = None

    @property
    def bound(self) -> float | None:
        """Under which probability one of its schedules fails at 95 %, if it draws independently."""
        return failure_bound(self.schedules) if self.independent and self.schedules else None

    @property
    def chance_of_new(self) -> float | None:
        """About how likely its next schedule is of a new class, if that can be said.

        >>> Sample("random", 200, True, classes=31, singletons=3).chance_of_new
        0.015
        """
        if self.singletons is None or not self.schedules:
            return None
        steady = self.independent or self.guarantee is not None
        return self.singletons / self.schedules if steady else None
