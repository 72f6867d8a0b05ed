"""Guided search: schedules that showed something new are kept, and changed a little.

The idea is that of greybox fuzzing carried over to schedules (Wolff, Zheng, Duck, Dutta and
Roychoudhury, "Greybox fuzzing for concurrency testing", ASPLOS 2024): where fuzzers keep an input
that reached a new branch, this keeps the deviations of a schedule that reached a new
*happens-before class*, which is the order of the steps that conflict, whatever else ran between.
A kept list is changed by leaving out a deviation, moving one, adding some, or walking at random
from some place on.

Schedules depend on those before them, so a search of this kind supports no bound.  Classes are
told by the steps at choice points and their predicted footprints.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import cast

from hocket.simulator.engine.choices import ChoiceKind, ChoicePoint
from hocket.simulator.engine.order import Order
from hocket.simulator.footprints import Footprints, Watcher
from hocket.simulator.run_queue import Entry
from hocket.simulator.strategies.strategy import draw

__all__ = ["Guided"]

AFRESH = 0.25
"""The share of schedules that are walked at random from the start, so that not all are akin."""

KEPT_MAX = 1_000
REACH = 3

Plan = Mapping[int, int]


class Guided:
    """The search over ``footprints``; ``kept`` are the lists of deviations it changes."""

    name = "guided"

    def __init__(self, seed: int, footprints: Footprints) -> None:
        self.watcher: Watcher | None = None
        self.kept: list[Plan] = []
        self.footprints = footprints
        self._random = Random(f"guided {seed}").random
        self._classes: set[int] = set()
        self._plan: Plan = {}
        self._walk_from = 0
        self._position = 0
        self._taken: dict[int, int] = {}
        self._order = Order()
        self._shared = 1

    def begin(self) -> bool:
        """Change a kept list, or walk afresh."""
        self.watcher = self.footprints.begin()
        self._shared = 1 | sum(self.footprints.shared)
        length = self._position
        self._position = 0
        self._taken, self._order = {}, Order()
        if not self.kept or self._random() < AFRESH:
            self._plan, self._walk_from = {}, 0
        else:
            self._change(self._pick(), max(1, length))
        return True

    def choose(self, point: ChoicePoint) -> int:
        """What the plan says; beyond it the default, or any option."""
        position, self._position = self._position, self._position + 1
        if position >= self._walk_from:
            index = draw(self._random, point)
        else:
            index = self._plan.get(position, 0) % point.arity
        if index:
            self._taken[position] = index
        if point.kind is ChoiceKind.TASK:
            option = cast("Sequence[Entry]", point.options)[index]
            self._note(option)
        return index

    def end(self, steps: int) -> None:
        """Keep the deviations of this schedule, if its class is new."""
        self.footprints.end()
        reached = self._order.digest()
        if reached not in self._classes:
            self._classes.add(reached)
            if len(self.kept) < KEPT_MAX:
                self.kept.append(self._taken)

    def _note(self, option: Entry) -> None:
        """Order the step among others, if it is predicted to touch what other tasks touch, too."""
        shared = self._shared
        touched, written = self.footprints.of(option)
        if touched & shared != 1:
            self._order.step(option.path, (touched & shared, written & shared))

    def _pick(self) -> Plan:
        """A kept list: one of the last few half of the time, else any."""
        size = len(self.kept)
        window = min(size, 8) if self._random() < 0.5 else size
        return self.kept[size - 1 - int(self._random() * window)]

    def _change(self, plan: Plan, length: int) -> None:
        """Make the plan of the next schedule, of about ``length`` choices, from a kept one."""
        changed, kind = dict(plan), self._random()
        self._walk_from = length + REACH + max(plan, default=0)
        if kind < 0.25:
            self._walk_from = int(self._random() * length)
        elif kind < 0.5 and changed:
            position = list(changed)[int(self._random() * len(changed))]
            index = changed.pop(position)
            if self._random() < 0.5:
                moved = position + int(self._random() * (2 * REACH + 1)) - REACH
                changed[max(0, moved)] = index
        else:
            for _ in range(1 + int(self._random() * REACH)):
                changed[int(self._random() * length)] = 1 + int(self._random() * REACH)
        self._plan = changed
