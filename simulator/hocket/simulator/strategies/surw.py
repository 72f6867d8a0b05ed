"""Selectively uniform random walk: every order of a few interesting steps is equally likely.

Zhao, Wolff, Mathur and Roychoudhury, "Selectively uniform concurrency testing", ASPLOS 2025.  For
each schedule some steps are selected.  The task of the next selected step is drawn by the number
of such steps that each task has left; the others wait before theirs until it has taken it, and
everything else is a random walk.  If the numbers are right, all orders of the selected steps are
equally likely, however long the tasks are.

The numbers come from executions that were watched (see :mod:`hocket.simulator.footprints`), by the
path of the task; children that are not spawned yet count for the task that spawns them.

SURW selects the steps that touch one shared thing, drawn anew for each schedule: most bugs are
about one, and the fewer steps, the likelier each of their orders.  Bugs of two things that have to
be met at once are for :attr:`Selection.SHARED`, the paper's uniform random walk over all steps that
touch anything shared.  While nothing shared is known, all steps are selected.
"""

from collections.abc import Sequence
from enum import StrEnum
from random import Random
from typing import Final, cast

from hocket.simulator.engine.choices import ChoiceKind, ChoicePoint
from hocket.simulator.footprints import EVERYTHING, Footprints, Watcher
from hocket.simulator.run_queue import Entry
from hocket.simulator.strategies.strategy import draw

__all__ = ["SURW", "Selection"]

EVERY_STEP: Final = 1
"""Bit 0 of footprints, which is in all of them."""


class Selection(StrEnum):
    """Which steps have all their orders equally likely; the values are names of strategies."""

    ONE = "surw"
    SHARED = "urw"


class SURW:
    """The walk over ``footprints``, which other strategies may share."""

    def __init__(
        self, seed: int, footprints: Footprints, selection: Selection = Selection.ONE
    ) -> None:
        self.name = selection.value
        self.watcher: Watcher | None = None
        self._footprints = footprints
        self._selection = selection
        self._random = Random(f"{selection} {seed}").random
        self._things = EVERY_STEP
        self._next: Entry | None = None
        self._stood: int | None = None

    def begin(self) -> bool:
        """Select the steps of the next schedule."""
        self.watcher = self._footprints.begin()
        self._things = self._select(self._footprints.shared)
        self._next = None
        return True

    def choose(self, point: ChoicePoint) -> int:
        """A task that is not before a selected step, or the one whose turn that is."""
        if point.kind is not ChoiceKind.TASK:
            return draw(self._random, point)
        options = cast("Sequence[Entry]", point.options)
        before = [self._selected(option) for option in options]
        coming = self._turn(options, before)
        free = [n for n, o in enumerate(options) if o is coming or not before[n]]
        index = free[int(self._random() * len(free))]
        if before[index]:
            self._next = None
            self._took(options[index])
        return index

    def end(self, steps: int) -> None:
        """Learn what the steps touched, if they were watched."""
        self._footprints.end()

    def _took(self, entry: Entry) -> None:
        """A selected step is taken, by that task."""

    def _weights(self, options: Sequence[Entry], left: Sequence[float]) -> Sequence[float]:
        """How likely each task is to take the next selected step, by how many it has ``left``."""
        return left

    def _select(self, shared: Sequence[int]) -> int:
        """The things whose steps are selected in one schedule, as bits."""
        if not shared:
            return EVERY_STEP
        if self._selection is Selection.SHARED:
            return sum(shared)
        return shared[int(self._random() * len(shared))]

    def _selected(self, option: Entry) -> bool:
        """Whether the next step of a task is a selected one; one that is not known is not."""
        touched = self._footprints.of(option)
        return touched is not EVERYTHING and bool(touched[0] & self._things)

    def _turn(self, options: Sequence[Entry], before: Sequence[bool]) -> Entry:
        """Whose selected step comes next; drawn anew once it has been taken, or cannot be."""
        coming, left = self._next, self._footprints.left
        if coming in options and coming is not None:
            at = before[options.index(coming)]
            passed = self._stood is not None and coming.taken > self._stood
            if not passed and (at or left(coming, self._things)):
                self._stood = coming.taken if at else None
                return coming
        numbers = [
            max(left(option, self._things), float(at))
            for option, at in zip(options, before, strict=True)
        ]
        index = _weighted(self._weights(options, numbers), self._random())
        self._next = options[index]
        self._stood = options[index].taken if before[index] else None
        return options[index]


def _weighted(weights: Sequence[float], point: float) -> int:
    """The index in which a ``point`` from 0 to 1 falls; all are equal if none has weight."""
    total = sum(weights)
    if not total:
        return int(point * len(weights))
    index, point = 0, point * total
    while point >= weights[index] and index < len(weights) - 1:
        point -= weights[index]
        index += 1
    return index
