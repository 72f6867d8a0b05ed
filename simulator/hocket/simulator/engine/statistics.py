"""What a search that found nothing is worth, said precisely and only where it is true.

For N independent draws from one sampler without a failure, the exact one-sided bound (Clopper and
Pearson, 1934) says that a schedule drawn by this sampler fails with probability below
``1 - (1 - confidence) ** (1 / N)``.  For PCT, every run finds a given bug of depth d with
probability at least ``1 / (n * k ** (d - 1))`` (Burckhardt et al., ASPLOS 2010), with n tasks and
at most k steps.  A portfolio or an adaptive search supports neither sentence.
"""

import math

__all__ = ["failure_bound", "pct_guarantee"]


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
