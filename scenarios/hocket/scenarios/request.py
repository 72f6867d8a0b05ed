"""What a run is asked for, as a value: enough to do it in another process, or again later."""

from collections.abc import Sequence

from attrs import field, frozen

from hocket.reports.environment import Shard
from hocket.scenarios.exploration import Plan
from hocket.scenarios.selection import Subject, select
from hocket.scenarios.sources import digest_of_text

__all__ = ["Request", "sources_of"]


@frozen
class Request:
    """What is explored (``paths`` against ``runtime``), by which plan, and which part of it.

    ``allowed`` are the packages that scenarios may name code of.
    """

    paths: tuple[str, ...]
    runtime: str
    plan: Plan
    shard: Shard = field(factory=Shard)
    allowed: tuple[str, ...] = ()

    def selected(self) -> list[tuple[int, Subject]]:
        """The subjects of this part, each with its position in the whole selection.

        Every ``total``-th is taken, so that neighbours, which are alike, go to different parts.
        Raises :class:`~hocket.scenarios.usage.UsageProblem` for what cannot be found or read.
        """
        every = list(enumerate(select(self.paths, self.runtime, self.allowed)))
        return every[self.shard.number - 1 :: self.shard.total]


def sources_of(selected: Sequence[tuple[int, Subject]]) -> str:
    """A digest of the texts of all that is selected: an edit in between makes another."""
    return digest_of_text(*(subject.target().source for _, subject in selected))
