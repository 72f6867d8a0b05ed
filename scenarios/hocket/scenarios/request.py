"""What a run is asked for, as a value: enough to do it in another process, or again later."""

from collections.abc import Sequence

from attrs import field, frozen

from hocket.reports.environment import Shard
from hocket.scenarios.exploration import Plan
from hocket.scenarios.generated import PART_SCENARIOS, Generated, Generation
from hocket.scenarios.selection import Subject, adapter_for, select
from hocket.scenarios.sources import digest_of_text

__all__ = ["Request", "Selected", "sources_of"]

Selected = Subject | Generated
"""What a run explores one of after the other."""


@frozen
class Request:
    """What is explored (``paths`` against ``runtime``), by which plan, and which part of it.

    ``allowed`` are the packages that scenarios may name code of.  With a ``generation`` scenarios
    are made up, and there are no paths.
    """

    paths: tuple[str, ...]
    runtime: str
    plan: Plan
    shard: Shard = field(factory=Shard)
    allowed: tuple[str, ...] = ()
    generation: Generation | None = None

    @property
    def schedules(self) -> int:
        """How many schedules one of what is selected gets, if nothing fails."""
        return self.plan.schedules * (1 if self.generation is None else PART_SCENARIOS)

    def selected(self) -> list[tuple[int, Selected]]:
        """The subjects of this part, each with its position in the whole selection.

        Every ``total``-th is taken, so that neighbours, which are alike, go to different parts.
        Raises :class:`~hocket.scenarios.usage.UsageProblem` for what cannot be found or read.
        """
        every = list(enumerate(self._every()))
        return every[self.shard.number - 1 :: self.shard.total]

    def _every(self) -> Sequence[Selected]:
        if self.generation is None:
            return select(self.paths, self.runtime, self.allowed)
        adapter = adapter_for(self.runtime)
        return self.generation.parts(self.runtime, adapter, self.plan.seed)


def sources_of(selected: Sequence[tuple[int, Selected]]) -> str:
    """A digest of the texts of all that is selected: an edit in between makes another."""
    return digest_of_text(*(subject.digest for _, subject in selected))
