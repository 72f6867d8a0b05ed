"""What a strategy is."""

from collections.abc import Callable
from typing import Protocol

from hocket.simulator.engine.choices import ChoiceKind, ChoicePoint
from hocket.simulator.footprints import Watcher
from hocket.simulator.trio_kernel import Kernel

__all__ = ["FAULT_CHANCE", "Strategy", "draw", "watch", "watcher_of"]

FAULT_CHANCE = 0.25
"""How often a sampling strategy injects a fault where it may: faults are rare, and bounded."""


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
    """Uniform among the options; but a fault is taken with :data:`FAULT_CHANCE`."""
    arity = point.arity
    if point.kind is ChoiceKind.FAULT:
        return 0 if random() >= FAULT_CHANCE else 1 + int(random() * (arity - 1))
    return int(random() * arity)


def watcher_of(strategy: Strategy) -> Watcher | None:
    """Who watches the schedule that a strategy has begun: its ``watcher``, if it has one."""
    watcher: Watcher | None = getattr(strategy, "watcher", None)  # a protocol is slow to ask
    return watcher


def watch(strategy: Strategy, kernel: Kernel) -> None:
    """Let the watcher of the schedule that a strategy has begun, if any, see its execution."""
    watcher = watcher_of(strategy)
    if watcher is not None:
        kernel.watch(watcher)
