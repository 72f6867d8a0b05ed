"""Replay: answering choices from a record instead of from a strategy.

``Recorded`` repeats a raw sequence, which is how a failure is confirmed; ``StrictReplay`` follows
the deviations of a token and notes the first place where the execution is not the recorded one;
``LooseReplay`` follows those it can place and drops the others, which is what shrinking needs.
None of them raises: a source that raised inside the program could be caught by it.
"""

from collections.abc import Sequence

from hocket.simulator.engine.choices import ChoicePoint, Deviation, Divergence

__all__ = ["LooseReplay", "Recorded", "StrictReplay"]


class Recorded:
    """Repeats ``choices``; ``arities`` tell whether the places are the same."""

    def __init__(self, choices: Sequence[int], arities: Sequence[int]) -> None:
        self._choices, self._arities = choices, arities
        self._position = 0
        self.divergence: Divergence | None = None

    def choose(self, point: ChoicePoint) -> int:
        """The recorded index, or the default once the execution has diverged."""
        position, self._position = self._position, self._position + 1
        found = point.arity
        if self.divergence is None:
            recorded = self._arities[position] if position < len(self._arities) else 0
            if recorded == found:
                return self._choices[position]
            self.divergence = Divergence(
                position, f"{recorded} options" if recorded else "the end", f"{found} options"
            )
        return 0

    def finish(self) -> Divergence | None:
        """The first divergence, counting an execution that ended too early."""
        if self.divergence is None and self._position < len(self._choices):
            return Divergence(self._position, "another choice", "the end")
        return self.divergence


class StrictReplay:
    """Takes each deviation at its position, and the default everywhere else."""

    def __init__(self, deviations: Sequence[Deviation]) -> None:
        self._deviations = {d.position: d for d in deviations}
        self._position = 0
        self.divergence: Divergence | None = None

    def choose(self, point: ChoicePoint) -> int:
        """The recorded index where one is recorded for this position."""
        position, self._position = self._position, self._position + 1
        deviation = self._deviations.pop(position, None)
        if deviation is None or self.divergence is not None:
            return 0
        if not _fits(deviation, point):
            self.divergence = Divergence(position, str(deviation), _describe(point))
            return 0
        return deviation.index

    def finish(self) -> Divergence | None:
        """The first divergence, counting deviations that were never reached."""
        if self.divergence is None and self._deviations:
            deviation = min(self._deviations.values(), key=lambda d: d.position)
            return Divergence(deviation.position, str(deviation), "the end")
        return self.divergence


class LooseReplay:
    """Takes each deviation where its default is met again, wherever that is now."""

    def __init__(self, deviations: Sequence[Deviation]) -> None:
        self._wanted = {(d.kind, d.label, d.default): d.taken for d in deviations}

    def choose(self, point: ChoicePoint) -> int:
        """The task, fault or value that was taken when this default was on offer, if it still is.

        The step of the taken task may be another one now: that is what makes the replay loose.
        """
        if not self._wanted:
            return 0
        key = (point.kind, point.label, point.options[0].anchor)
        taken = self._wanted.pop(key, None)
        if taken is None:
            return 0
        identity = taken.partition("@")[0]
        offered = [option.identity for option in point.options]
        return offered.index(identity) if identity in offered else 0


def _fits(deviation: Deviation, point: ChoicePoint) -> bool:
    options = point.options
    return (
        deviation.kind is point.kind
        and deviation.label == point.label
        and deviation.arity == len(options)
        and deviation.default == options[0].anchor
        and deviation.taken == options[deviation.index].anchor
    )


def _describe(point: ChoicePoint) -> str:
    offered = ", ".join(option.anchor for option in point.options)
    return f"{point.kind} choice{' ' + point.label if point.label else ''} of {offered}"
