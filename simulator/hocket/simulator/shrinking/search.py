"""The state of a search for a simpler counterexample, and what counts as simpler."""

from collections.abc import Callable, Sequence

from attrs import define

from hocket.simulator.engine.choices import ChoiceKind, ChoiceSource, cost
from hocket.simulator.execution import Execution

__all__ = ["Run", "Search", "same_failure", "sort_key", "steps_of"]

Run = Callable[[ChoiceSource], Execution]


@define
class Search:
    """The best counterexample so far, and how many executions may still be spent on a better one.

    Whatever pass proposes a candidate, it replaces the best only if it fails with the same origin
    and is simpler, so passes may propose anything, in any order, as often as they like.
    """

    best: Execution
    run: Run
    left: int

    @property
    def preemptions(self) -> int:
        """Those of the best counterexample."""
        return cost(self.best.deviations)[0]

    def execute(self, source: ChoiceSource) -> Execution | None:
        """Spend one execution; ``None`` when none is left or a person interrupted it."""
        if self.left <= 0:
            return None
        self.left -= 1
        execution = self.run(source)
        if execution.interrupted:
            self.left = 0
            return None
        return execution

    def improves(self, source: ChoiceSource) -> bool:
        """Execute a candidate, and keep it if it is the same failure and simpler."""
        candidate = self.execute(source)
        if candidate is None or not same_failure(candidate, self.best):
            return False
        better = sort_key(candidate) < sort_key(self.best)
        if better:
            self.best = candidate
        return better


def same_failure(candidate: Execution, failing: Execution) -> bool:
    """Whether both were rejected with one origin; anything else would be slippage."""
    if candidate.rejection is None or failing.rejection is None:
        return False
    return candidate.rejection.origin == failing.rejection.origin


def sort_key(execution: Execution) -> tuple[tuple[int, int, int], int, int, int]:
    """What makes a counterexample simple, most important first.

    Preemptions, reorderings, faults and values; then how late they come, which keeps a story
    short; then how far down the list of options a fault or a value stands; then the steps taken.
    """
    deviations = execution.deviations
    return (
        cost(deviations),
        sum(d.position for d in deviations),
        sum(d.index for d in deviations if d.kind is not ChoiceKind.TASK),
        execution.end.steps,
    )


def steps_of(execution: Execution) -> Sequence[str]:
    """The anchors of the steps of a traced execution, in order."""
    assert execution.trace is not None
    return [event.task for event in execution.trace if event.kind == "step"]
