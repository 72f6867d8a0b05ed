"""The cancellation sweep: one cancellation at each point in turn, then each after one deviation.

The idea of trying every point, instead of drawing some, is that of exhaustive fault injection; for
cancellations of coroutines it is known from cancellens.  A random walk reaches the late points
practically never.

The first schedule is the default one without a cancellation, from which the points are learnt.  The
schedules of the third part go from point to point, with the deviation that is nearest before it
first, so that a budget that ends early has treated all points alike.
"""

from collections.abc import Iterator
from itertools import count

from attrs import define, field, frozen

from hocket.simulator.engine.choices import ChoiceKind, ChoicePoint
from hocket.simulator.engine.injection import Means

__all__ = ["PlannedCancellation", "Sweep"]


@frozen
class PlannedCancellation:
    """One cancellation to try: at the choice with this label, by these means.

    ``position`` is that of its choice in the default schedule; ``deviation`` the position and index
    of a task choice before it that is not to be the default one.
    """

    label: str
    means: Means
    position: int
    deviation: tuple[int, int] | None = None


@define
class Sweep:
    """Tries every cancellation point that the default schedule has.

    ``planned`` are the cancellations without a deviation, in the order in which they are tried, and
    ``plan`` the one that is being tried; both are known once the first schedule is over.
    """

    name: str = field(default="sweep(cancel)", init=False)
    planned: list[PlannedCancellation] = field(factory=list[PlannedCancellation], init=False)
    plan: PlannedCancellation | None = field(default=None, init=False)
    _schedules: Iterator[PlannedCancellation] | None = field(default=None, init=False)
    _switches: list[tuple[int, int]] = field(factory=list[tuple[int, int]], init=False)
    _position: int = field(default=0, init=False)
    _learning: bool = field(default=False, init=False)

    def begin(self) -> bool:
        """Take the next cancellation; ``False`` after the last."""
        self._position = 0
        if self._schedules is None:
            self._learning, self._schedules = True, self._all()
            return True
        self._learning = False
        self.plan = next(self._schedules, None)
        return self.plan is not None

    def choose(self, point: ChoicePoint) -> int:
        """The deviation and the cancellation that are planned, and the default elsewhere."""
        position, self._position = self._position, self._position + 1
        if self._learning:
            self._learn(position, point)
            return 0
        plan = self.plan
        if plan is None:
            return 0
        if point.kind is ChoiceKind.CANCEL:
            offered = [option.identity for option in point.options]
            taken = plan.label == point.label and plan.means in offered
            return offered.index(plan.means) if taken else 0
        if plan.deviation is not None and plan.deviation[0] == position:
            return min(plan.deviation[1], point.arity - 1)
        return 0

    def end(self, steps: int) -> None:
        """The first schedule has shown what there is to try."""
        self._learning = False

    def _learn(self, position: int, point: ChoicePoint) -> None:
        if point.kind is ChoiceKind.TASK:
            self._switches.extend((position, index) for index in range(1, point.arity))
        elif point.kind is ChoiceKind.CANCEL:
            for option in point.options[1:]:
                means = Means(option.identity)
                self.planned.append(PlannedCancellation(point.label, means, position))

    def _all(self) -> Iterator[PlannedCancellation]:
        self.planned.sort(key=lambda plan: list(Means).index(plan.means))
        yield from self.planned
        earlier = [
            [switch for switch in reversed(self._switches) if switch[0] < plan.position]
            for plan in self.planned
        ]
        for distance in count():
            left = [
                (plan, switches[distance])
                for plan, switches in zip(self.planned, earlier, strict=True)
                if distance < len(switches)
            ]
            if not left:
                return
            for plan, switch in left:
                yield PlannedCancellation(plan.label, plan.means, plan.position, switch)
