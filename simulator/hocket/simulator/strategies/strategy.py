"""What a strategy is."""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from hocket.simulator.engine.choices import ChoiceKind, ChoicePoint
from hocket.simulator.footprints import Watcher
from hocket.simulator.trio_kernel import Kernel

__all__ = ["CHANCES", "Strategy", "draw", "watch", "watcher_of"]

CHANCES: Final[Mapping[ChoiceKind, float]] = {ChoiceKind.FAULT: 0.25, ChoiceKind.TIMER: 0.5}
"""How often a sampling strategy leaves the default of such a choice.

Faults are rare, and bounded.  Timers that are due at one instant mostly fire together, as in Trio;
what depends on the order of tasks alone would be hard to find if they seldom did.
"""


class Strategy(Protocol):
    """Decides choices while exploring; see the package for who calls what when."""

    @property
    def name(self) -> str:
        """How reports call it, with its parameters, such as ``pct(3)``."""
        ...

    def begin(self) -> bool:
        """Get ready for the next schedule; ``False`` when there is none left to explore."""
        ...

    def choose(self, point: ChoicePoint, /) -> int:
        """The index of the option to take; 0 is the default."""
        ...

    def end(self, steps: int) -> None:
        """The schedule is over, however it ended, after so many steps of the program's tasks."""
        ...


def draw(random: Callable[[], float], point: ChoicePoint) -> int:
    """Uniform among the options, or among all but the default by one of the :data:`CHANCES`."""
    arity = point.arity
    chance = CHANCES.get(point.kind)
    if chance is None:
        return int(random() * arity)
    return 1 + int(random() * (arity - 1)) if random() < chance else 0


def watcher_of(strategy: Strategy) -> Watcher | None:
    """Who watches the schedule that a strategy has begun: its ``watcher``, if it has one."""
    watcher: Watcher | None = getattr(strategy, "watcher", None)  # a protocol is slow to ask
    return watcher


def watch(strategy: Strategy, kernel: Kernel) -> None:
    """Let the watcher of the schedule that a strategy has begun, if any, see its execution."""
    watcher = watcher_of(strategy)
    if watcher is not None:
        kernel.watch(watcher)
