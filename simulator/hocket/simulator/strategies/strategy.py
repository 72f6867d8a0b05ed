"""What a strategy is."""

from typing import Protocol

from hocket.simulator.engine.choices import ChoicePoint

__all__ = ["FAULT_CHANCE", "Strategy"]

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

    def choose(self, point: ChoicePoint) -> int:
        """The index of the option to take; 0 is the default."""
        ...

    def end(self, steps: int) -> None:
        """The schedule is over, however it ended, after so many steps."""
        ...
