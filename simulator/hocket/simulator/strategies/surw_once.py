"""SURW that goes through the orders of the selected steps rather than drawing among them.

A random draw meets the last of some hundred orders only after several times as many schedules.
Here a beginning of an order becomes the less likely the more of the orders that begin so were
taken already: sampling without replacement, as far as the numbers of SURW tell how many orders
there are.  They are estimates, so no beginning becomes impossible.  A bug that one order in three
hundred shows is then met within three hundred schedules of a thing, mostly, where it would be
missed by independent draws one time in three.

Schedules depend on those before them, and support no bound.
"""

from collections.abc import Mapping, Sequence
from math import comb
from typing import Final

from attrs import define, field

from hocket.simulator.footprints import Footprints
from hocket.simulator.strategies.surw import SURW, Selection

__all__ = ["SURWOnce"]

Path = tuple[int, ...]

TIRED: Final = 1 / 16
"""What is left of the weight of a beginning whose orders seem to have been taken, all of them."""


@define
class _Beginning:
    """The first selected steps of some orders: how many of these were taken, and how they go on."""

    taken: int = field(default=0, init=False)
    after: dict[Path, "_Beginning"] = field(factory=dict[Path, "_Beginning"], init=False)


class SURWOnce(SURW):
    """The walk over ``footprints``, with a memory of the orders it has taken."""

    def __init__(
        self, seed: int, footprints: Footprints, selection: Selection = Selection.ONE
    ) -> None:
        super().__init__(seed, footprints, selection)
        self.name = f"{selection}-once"
        self._known: dict[int, _Beginning] = {}
        self._way: list[_Beginning] = []

    def begin(self) -> bool:
        """Select the steps of the next schedule, and recall their orders."""
        super().begin()
        self._way = [self._known.setdefault(self._things, _Beginning())]
        return True

    def end(self, steps: int) -> None:
        """Learn what the steps touched, and count the order if it is a new one."""
        super().end(steps)
        if not self._way[-1].taken:
            for beginning in self._way:
                beginning.taken += 1

    def _took(self, path: Path) -> None:
        self._way.append(self._way[-1].after.setdefault(path, _Beginning()))

    def _weights(self, left: Mapping[Path, float]) -> Sequence[float]:
        after = self._way[-1].after
        numbers = [max(1, round(number)) if number else 0 for number in left.values()]
        return [
            number * max(TIRED, 1 - after[path].taken / orders(numbers, index))
            if number and path in after
            else number
            for index, (path, number) in enumerate(left.items())
        ]


def orders(left: Sequence[int], first: int) -> int:
    """How many orders of so many steps of each task begin with a step of the task ``first``.

    >>> orders([2, 2], 0), orders([3, 3], 1)
    (3, 10)
    """
    found, steps = 1, 0
    for index, number in enumerate(left):
        own = number - (index == first)
        steps += own
        found *= comb(steps, own)
    return found
