"""Selectively uniform random walk: every order of a few interesting steps is equally likely.

Zhao, Wolff, Mathur and Roychoudhury, "Selectively uniform concurrency testing", ASPLOS 2025.  For
each schedule some steps are selected.  The task of the next selected step is drawn by the number
of such steps that each task has left; the others wait before theirs until it has taken it, and
everything else is a random walk.  If the numbers are right, all orders of the selected steps are
equally likely, however long the tasks are.  Once none of them is left to come, a task goes on until
it blocks: no order of the selected steps can change any more, and bugs that need one task to get
far would be lost in the walk.

The numbers come from executions that were watched (see :mod:`hocket.simulator.footprints`), by the
path of the task; children that are not spawned yet count for the task that spawns them.

SURW selects the steps that touch one shared thing, drawn anew for each schedule: most bugs are
about one, and the fewer steps, the likelier each of their orders.  Bugs of two things that have to
be met at once are for :attr:`Selection.SHARED`, the paper's uniform random walk over all steps that
touch anything shared.  While nothing shared is known, the walk is a random one.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from random import Random
from typing import cast

from hocket.simulator.engine.choices import ChoiceKind, ChoicePoint
from hocket.simulator.footprints import EVERYTHING, Footprints, Watcher
from hocket.simulator.run_queue import Entry
from hocket.simulator.strategies.strategy import draw

__all__ = ["SURW", "Selection"]

Path = tuple[int, ...]


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
        self.footprints = footprints
        self._selection = selection
        self._random = Random(f"{selection} {seed}").random
        self._things = 0
        self._coming: Path | None = None
        self._waiting: list[Entry] = []

    def begin(self) -> bool:
        """Select the steps of the next schedule."""
        self.watcher = self.footprints.begin()
        self._things = self._select(self.footprints.shared)
        self._let_go()
        return True

    def choose(self, point: ChoicePoint) -> int:
        """A task that is not before a selected step, or the one whose turn that is."""
        if point.kind is not ChoiceKind.TASK:
            return draw(self._random, point)
        if not self._things:
            return int(self._random() * point.arity)
        options = list(cast("Sequence[Entry]", point.options))
        if not self._to_come(options):
            return 0 if point.continues else int(self._random() * point.arity)
        left = list(range(len(options)))
        if self._waiting:
            left = [index for index in left if options[index] not in self._waiting]
        while True:
            if not left:  # whose turn it is cannot run
                self._let_go()
                left = list(range(len(options)))
            place = int(self._random() * len(left))
            option = options[left[place]]
            if not self._selected(option):
                return left[place]
            if self._coming is None:
                self._coming = self._draw(options, option.path)
            if option.path == self._coming:
                self._let_go()
                self._took(option.path)
                return left[place]
            self._waiting.append(option)
            del left[place]

    def end(self, steps: int) -> None:
        """Learn what the steps touched, if they were watched."""
        self.footprints.end()

    def _took(self, path: Path) -> None:
        """A selected step is taken, by that task."""

    def _weights(self, left: Mapping[Path, float]) -> Sequence[float]:
        """How likely each task is to take the next selected step, by how many it has ``left``."""
        return list(left.values())

    def _let_go(self) -> None:
        """Nobody waits any more; whose turn comes next is open."""
        self._coming = None
        self._waiting.clear()

    def _select(self, shared: Sequence[int]) -> int:
        """The things whose steps are selected in one schedule, as bits."""
        if not shared:
            return 0
        if self._selection is Selection.SHARED:
            return sum(shared)
        return shared[int(self._random() * len(shared))]

    def _selected(self, option: Entry) -> bool:
        """Whether the next step of a task is a selected one; one that is not known is not."""
        touched = self.footprints.of(option)
        return touched is not EVERYTHING and bool(touched[0] & self._things)

    def _to_come(self, options: Sequence[Entry]) -> bool:
        """Whether somebody may still take a selected step, as far as that is known."""
        known, things = self.footprints, self._things
        return any(
            known.of(option)[0] & things or any(left for _, left in known.left(option, things))
            for option in options
        )

    def _draw(self, options: Sequence[Entry], at: Path) -> Path:
        """The task whose selected step comes next, when that of the task ``at`` is pending."""
        left: dict[Path, float] = {}
        for option in options:
            left.update(self.footprints.left(option, self._things))
        left[at] = left[at] or 1.0
        return list(left)[_weighted(self._weights(left), self._random())]


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
