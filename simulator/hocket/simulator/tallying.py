"""What a campaign's schedules were worth: counted by member of the strategy, and by class.

A class is the happens-before order of an execution (see :mod:`hocket.simulator.engine.order`).
Where the strategy learns what steps touch, steps that touch the same thing are in order; where it
does not, only wake-ups are, and what tasks do to each other through variables is not seen.
"""

from collections import Counter
from typing import Final

from attrs import define, field

from hocket.simulator.engine.order import Order
from hocket.simulator.engine.statistics import Guarantee, Sample
from hocket.simulator.footprints import Footprints, Watcher
from hocket.simulator.strategies import PCT, Placed, RandomWalk, Strategy
from hocket.simulator.trio_kernel import Kernel, OrderRecorder

__all__ = ["CLASSES_MAX", "Tally"]

CLASSES_MAX: Final = 50_000
"""Classes that are told apart, so that a campaign of days does not grow."""


@define
class Tally:
    """Counts the schedules of ``strategy``, and their classes if ``by_class``.

    Those that were watched in order to learn are not among the classes: what is learnt in them
    would make two of one.
    """

    strategy: Strategy
    by_class: bool
    _order: Order | None = field(default=None, init=False)
    _schedules: Counter[str] = field(factory=Counter[str], init=False)
    _classes: dict[str, Counter[int]] = field(factory=dict[str, Counter[int]], init=False)
    _distinct: set[int] = field(factory=set[int], init=False)

    def begin(self, kernel: Kernel) -> None:
        """An execution of the strategy is about to start."""
        watcher: Watcher | None = getattr(self.strategy, "watcher", None)
        self._order = None
        if self.by_class and watcher is None and kernel.trace is None:
            self._order = Order()
            known = _footprints(self.strategy)
            expect = None if known is None else known.expect
            recorder = OrderRecorder(self._order, kernel.entry_of, expect)
            kernel.recorder, kernel.note = recorder, recorder.step

    def end(self) -> None:
        """The execution has come to its end."""
        name = self.strategy.name
        self._schedules[name] += 1
        if self._order is None:
            return
        reached = self._order.digest()
        if reached in self._distinct or len(self._distinct) < CLASSES_MAX:
            self._distinct.add(reached)
            self._classes.setdefault(name, Counter())[reached] += 1

    @property
    def classes(self) -> int | None:
        """How many classes were met by all members together; ``None`` if nobody counted."""
        return len(self._distinct) if self.by_class else None

    def samples(self) -> tuple[Sample, ...]:
        """What each member drew, in the order in which they began."""
        by_name = {member.name: member for member in _members(self.strategy)}
        return tuple(
            self._sample(name, drawn, by_name.get(name)) for name, drawn in self._schedules.items()
        )

    def _sample(self, name: str, drawn: int, member: Strategy | None) -> Sample:
        classes = self._classes.get(name)
        # Who places a rare deviation learns where from the schedules before.
        steady = not isinstance(self.strategy, Placed)
        return Sample(
            strategy=name,
            schedules=drawn,
            independent=steady and isinstance(member, RandomWalk),
            classes=None if classes is None else len(classes),
            singletons=None if classes is None else sum(n == 1 for n in classes.values()),
            guarantee=_guarantee(member) if steady and isinstance(member, PCT) else None,
        )


def _guarantee(pct: PCT) -> Guarantee:
    return Guarantee(pct.tasks, pct.horizon, pct.depth, pct.sampled, pct.guaranteed)


def _members(strategy: Strategy) -> list[Strategy]:
    """The strategies that draw schedules, those within others in their place."""
    inner: tuple[Strategy, ...] = getattr(strategy, "members", ())
    return [one for member in inner for one in _members(member)] if inner else [strategy]


def _footprints(strategy: Strategy) -> Footprints | None:
    """What the strategy, or one of its members, knows of steps."""
    known = (getattr(member, "footprints", None) for member in _members(strategy))
    return next((one for one in known if isinstance(one, Footprints)), None)
