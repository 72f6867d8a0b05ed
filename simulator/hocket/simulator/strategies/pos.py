"""Partial order sampling: each pending step has a priority of its own.

Yuan, Yang and Gu, "Partial order aware concurrency sampling", CAV 2018.  The step with the highest
priority runs.  A step that raced with it, pending and in conflict, then draws a new priority: it
is ordered against the next step afresh, where *basic* POS leaves it where it was.  What a pending
step touches is predicted (see :mod:`hocket.simulator.footprints`), and what is unknown conflicts
with everything.

What differs here: a step where only one task could run is no choice, and redraws nothing.
"""

from collections.abc import Sequence
from random import Random
from typing import cast

from hocket.simulator.engine.choices import ChoiceKind, ChoicePoint
from hocket.simulator.footprints import Footprints, Watcher
from hocket.simulator.run_queue import Entry
from hocket.simulator.strategies.strategy import draw

__all__ = ["POS"]


class POS:
    """POS over ``footprints``; basic POS without them."""

    def __init__(self, seed: int, footprints: Footprints | None) -> None:
        self.name = "pos" if footprints is not None else "basic-pos"
        self.watcher: Watcher | None = None
        self.footprints = footprints
        self._random = Random(f"{self.name} {seed}").random
        self._priority: dict[Entry, tuple[int, float]] = {}

    def begin(self) -> bool:
        """Forget the priorities."""
        self._priority.clear()
        self.watcher = self.footprints.begin() if self.footprints is not None else None
        return True

    def choose(self, point: ChoicePoint) -> int:
        """The pending step with the highest priority."""
        if point.kind is not ChoiceKind.TASK:
            return draw(self._random, point)
        options = list(cast("Sequence[Entry]", point.options))
        ranks = [self._rank(option) for option in options]
        index = ranks.index(max(ranks))
        if self.footprints is not None:
            footprint = self.footprints.of(options[index])
            if footprint[0] & self.footprints.matter:
                self._race(options, index, self.footprints)
        return index

    def end(self, steps: int) -> None:
        """Learn what the steps touched, if they were watched."""
        if self.footprints is not None:
            self.footprints.end()

    def _rank(self, option: Entry) -> float:
        taken = option.taken
        step, rank = self._priority.get(option, (-1, 0.0))
        if step != taken:
            rank = self._random()
            self._priority[option] = (taken, rank)
        return rank

    def _race(self, options: Sequence[Entry], index: int, footprints: Footprints) -> None:
        touched, written = footprints.of(options[index])
        for option in options:
            if option is options[index]:
                continue
            other_touched, other_written = footprints.of(option)
            if touched & other_written or written & other_touched:
                self._priority[option] = (option.taken, self._random())
