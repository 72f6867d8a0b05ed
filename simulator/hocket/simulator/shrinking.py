"""Making a counterexample simpler while it stays the same failure.

A candidate drops some deviations and is executed; it is kept only if it fails with the *same
origin* (anything else would be slippage) and is simpler by the sort key: preemptions, then other
reorderings, then faults and values, then length.  The candidates of one sweep drop ever smaller
runs of deviations, as in delta debugging (Zeller and Hildebrandt, TSE 2002); sweeps repeat until
one of single deviations finds nothing or the budget of executions is spent.
"""

from collections.abc import Callable

from hocket.simulator.engine.choices import ChoiceSource, Deviation, cost
from hocket.simulator.execution import Execution
from hocket.simulator.strategies.recorded import LooseReplay

__all__ = ["shrink"]

Key = tuple[tuple[int, int, int], int]


def shrink(
    failing: Execution, run: Callable[[ChoiceSource], Execution], *, executions_max: int
) -> Execution:
    """The simplest execution found that fails as ``failing`` does.

    ``failing`` must be traced and rejected; ``run`` executes the same target under a source of
    choices, traced; at most ``executions_max`` candidates are tried.
    """
    best, spent = failing, 0
    size = max(1, len(best.deviations) // 2)
    while spent < executions_max:
        improved = False
        start = 0
        while start < len(best.deviations) and spent < executions_max:
            kept = best.deviations[:start] + best.deviations[start + size :]
            candidate = run(LooseReplay(kept))
            spent += 1
            if candidate.interrupted:
                return best
            if _same_failure(candidate, failing) and _key(candidate) < _key(best):
                best, improved = candidate, True
            else:
                start += size
        if size > 1:
            size = max(1, min(size, len(best.deviations)) // 2)
        elif not improved:
            break
    return best


def _same_failure(candidate: Execution, failing: Execution) -> bool:
    if candidate.rejection is None or failing.rejection is None:
        return False
    return candidate.rejection.origin == failing.rejection.origin


def _key(execution: Execution) -> Key:
    deviations: tuple[Deviation, ...] = execution.deviations
    return cost(deviations), sum(d.position for d in deviations)
