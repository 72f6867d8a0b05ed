"""A part of the scenarios that a run makes up, as something to explore.

The scenarios of a run are made up in parts of a fixed size, each from a seed of its own, so that
which scenarios there are depends neither on how many processes explore them nor on where a run was
cut and resumed.
"""

import random
from pathlib import Path

from attrs import frozen

from hocket.scenarios.adapters import AdapterFactory
from hocket.scenarios.sources import digest_of_generated

__all__ = ["GENERATED", "PART_SCENARIOS", "Generated", "Generation"]

GENERATED = "generated"
"""What stands for a file in the results of scenarios that were made up."""

PART_SCENARIOS = 100
"""How many scenarios a part has, but for the last one."""


@frozen
class Generation:
    """How many scenarios are to be made up, and in which folder those are kept that fail."""

    scenarios: int
    folder: Path = Path()

    def parts(self, runtime: str, adapter: AdapterFactory, seed: int) -> list["Generated"]:
        """The parts of a run against the ``runtime`` of that name, which ``adapter`` makes."""
        starts = range(1, self.scenarios + 1, PART_SCENARIOS)
        return [
            Generated(
                first,
                min(first + PART_SCENARIOS - 1, self.scenarios),
                seed,
                runtime,
                adapter,
                self.folder,
            )
            for first in starts
        ]


@frozen
class Generated:
    """The scenarios from number ``first`` to ``last``, counted from 1, of those of ``seed``.

    The others are as in :class:`Generation`.
    """

    first: int
    last: int
    seed: int
    runtime: str
    adapter: AdapterFactory
    folder: Path

    @property
    def name(self) -> str:
        """How a report calls the part."""
        return f"{GENERATED}[seed={self.seed}, scenarios={self.first}..{self.last}]"

    @property
    def digest(self) -> str:
        """What identifies the sources that the scenarios come from, and are run against."""
        return digest_of_generated(self.runtime)

    def randomness(self) -> random.Random:
        """Where the scenarios of this part come from."""
        return random.Random(f"{self.seed} {self.first}")
