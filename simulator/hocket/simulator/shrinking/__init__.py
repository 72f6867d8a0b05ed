"""Making a counterexample simpler while it stays the same failure.

A candidate is executed and kept only if it fails with the *same origin* (anything else would be
slippage) and is simpler by the sort key: preemptions, then reorderings, then faults and values,
then how late they come.  The passes, within one budget of executions:

- *dropping* leaves out ever smaller runs of deviations, as in delta debugging (Zeller and
  Hildebrandt, TSE 2002), until leaving out single ones finds nothing;
- *consolidating* joins two stretches of one task, by letting the task finish first or start later
  (Jalbert and Sen, "A trace simplification technique for effective debugging of concurrent
  programs", FSE 2010);
- *restarting* tries the schedules that deviate from the default in one place only;
- *drawing* samples schedules with fewer preemptions than the best has, since a failure that needs
  few is frequent among schedules with few;
- *advancing* lets deviations come earlier, *lowering* takes faults and values nearer to the first
  of their options.
"""

from hocket.simulator.execution import Execution
from hocket.simulator.shrinking import passes
from hocket.simulator.shrinking.search import Run, Search

__all__ = ["shrink"]

DRAWS = 20
"""Schedules drawn for each number of preemptions that is smaller than the best's."""


def shrink(failing: Execution, run: Run, *, executions_max: int) -> Execution:
    """The simplest execution found that fails as ``failing`` does.

    ``failing`` must be traced and rejected; ``run`` executes the same target under a source of
    choices, traced; at most ``executions_max`` candidates are tried.
    """
    search = Search(failing, run, executions_max)
    passes.drop(search)
    passes.restart(search)
    while len(search.best.deviations) > 1 or search.preemptions:
        found = passes.draw(search, draws=DRAWS)
        found = passes.consolidate(search) or found
        if not found or not passes.drop(search):
            break
    passes.advance(search)
    passes.lower(search)
    return search.best
