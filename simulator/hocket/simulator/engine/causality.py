"""Which steps of an execution happened before which others: vector clocks.

The order in which steps were taken says more than what the program needed: two steps of tasks that
never met could have been taken the other way round.  *Happened before* (Lamport, CACM 1978) is
what is left: a step comes after the earlier steps of its own task, and after the step that spawned
or woke its task.  A vector clock (Fidge and Mattern, 1988) counts, for each task, how many of its
steps happened before.

A hand-over by a memory channel, a lock or an event is a wake-up wherever somebody waited for it.
What tasks do to each other through variables, or through a channel with room in it, is not seen.
"""

from collections.abc import Mapping

from attrs import define, field, frozen

__all__ = ["Causality", "Cause", "happened_before"]

Clock = Mapping[str, int]


@frozen
class Cause:
    """Why a step could be taken: ``parents`` are the anchors of the steps directly before it.

    ``clock`` counts the steps of each task that happened before this one, itself included.
    """

    parents: tuple[str, ...]
    clock: Clock


@define
class Causality:
    """The clocks of the tasks of one execution, while it runs.  Tasks go by their paths."""

    _last: dict[str, tuple[str, Clock]] = field(factory=dict[str, tuple[str, Clock]], init=False)
    _wakers: dict[str, list[str]] = field(factory=dict[str, list[str]], init=False)
    _known: dict[str, list[Clock]] = field(factory=dict[str, list[Clock]], init=False)

    def woke(self, task: str, by: str) -> None:
        """The step of ``by`` that is running spawned ``task``, or made it runnable."""
        if task != by and by in self._last:
            anchor, clock = self._last[by]
            self._wakers.setdefault(task, []).append(anchor)
            self._known.setdefault(task, []).append(clock)

    def step(self, task: str, anchor: str) -> Cause:
        """A step of ``task`` begins; what came before it."""
        before, own = self._last.get(task, ("", {}))
        clock = dict(own)
        for known in self._known.pop(task, ()):
            for other, count in known.items():
                clock[other] = max(count, clock.get(other, 0))
        clock[task] = own.get(task, 0) + 1
        parents = dict.fromkeys((*([before] if before else ()), *self._wakers.pop(task, ())))
        self._last[task] = anchor, clock
        return Cause(tuple(parents), clock)


def happened_before(one: Clock, other: Clock) -> bool:
    """Whether the step with the first clock happened before the step with the other.

    >>> happened_before({"main": 1}, {"main": 1, "main/0": 1})
    True
    >>> happened_before({"main": 1, "main/0": 1}, {"main": 1, "main/1": 1})
    False
    """
    return one != other and all(other.get(task, 0) >= count for task, count in one.items())
