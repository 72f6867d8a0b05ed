"""Making a counterexample simpler while it stays the same failure.

A candidate is executed and kept only if it fails with the *same origin* (anything else would be
slippage) and is simpler by the sort key: preemptions, then other reorderings, then faults and
values, then how late they come.  Two passes, within one budget of executions:

- *dropping* leaves out ever smaller runs of deviations, as in delta debugging (Zeller and
  Hildebrandt, TSE 2002), until leaving out single ones finds nothing;
- *restarting* tries the schedules that deviate from the default in one place only, since what is
  left after dropping may be one deviation made twice over, in two tasks that are alike.
"""

from collections.abc import Callable, Iterator

from attrs import define, field

from hocket.simulator.engine.choices import ChoicePoint, ChoiceSource, DefaultSchedule, cost
from hocket.simulator.execution import Execution
from hocket.simulator.strategies.recorded import LooseReplay

__all__ = ["shrink"]

Run = Callable[[ChoiceSource], Execution]
Key = tuple[tuple[int, int, int], int]


def shrink(failing: Execution, run: Run, *, executions_max: int) -> Execution:
    """The simplest execution found that fails as ``failing`` does.

    ``failing`` must be traced and rejected; ``run`` executes the same target under a source of
    choices, traced; at most ``executions_max`` candidates are tried.
    """
    search = _Search(failing, run, executions_max)
    search.drop()
    search.restart()
    return search.best


@define
class _Search:
    """The best counterexample so far, and what may still be spent on a better one."""

    best: Execution
    run: Run
    left: int
    _stopped: bool = field(default=False, init=False)

    def drop(self) -> None:
        """Leave out deviations, in runs of half of them, a quarter, and so on to single ones."""
        size = max(1, len(self.best.deviations) // 2)
        while self.left > 0 and self.best.deviations:
            improved = self._sweep(size)
            if size > 1:
                size = max(1, min(size, len(self.best.deviations)) // 2)
            elif not improved:
                break

    def restart(self) -> None:
        """Try each schedule with one deviation, if the best has more than one."""
        if len(self.best.deviations) < 2 or self.left <= 0:
            return
        default = self.run(DefaultSchedule())
        self.left -= 1
        for position, index in _single_deviations(default):
            if self.left <= 0 or self._stopped:
                return
            if self._improves(Single(position, index)):
                return

    def _sweep(self, size: int) -> bool:
        improved = False
        start = 0
        while start < len(self.best.deviations) and self.left > 0:
            kept = self.best.deviations[:start] + self.best.deviations[start + size :]
            if self._improves(LooseReplay(kept)):
                improved = True
            else:
                start += size
        return improved

    def _improves(self, source: ChoiceSource) -> bool:
        """Execute a candidate, and keep it if it is the same failure and simpler."""
        candidate = self.run(source)
        self.left -= 1
        if candidate.interrupted:
            self._stopped, self.left = True, 0
            return False
        better = _same_failure(candidate, self.best) and _key(candidate) < _key(self.best)
        if better:
            self.best = candidate
        return better


@define
class Single:
    """The default everywhere but at one position."""

    position: int
    index: int
    _asked: int = field(default=0, init=False)

    def choose(self, point: ChoicePoint) -> int:
        """The deviation at its position, if there are so many options."""
        position, self._asked = self._asked, self._asked + 1
        return self.index if position == self.position and self.index < len(point.options) else 0


def _single_deviations(default: Execution) -> Iterator[tuple[int, int]]:
    for position, arity in enumerate(default.arities):
        for index in range(1, arity):
            yield position, index


def _same_failure(candidate: Execution, failing: Execution) -> bool:
    if candidate.rejection is None or failing.rejection is None:
        return False
    return candidate.rejection.origin == failing.rejection.origin


def _key(execution: Execution) -> Key:
    return cost(execution.deviations), sum(d.position for d in execution.deviations)
