"""What a planted defect is."""

from collections.abc import Callable
from typing import Self

from attrs import evolve, frozen

from hocket.runtime.runtime import Parts
from hocket.scenarios.adapters.reference import ReferenceAdapter

__all__ = ["Mutant"]


@frozen
class Mutant:
    """The reference runtime with one small deviation, made from outside of its files.

    ``sentence`` says what is different, ``killers`` names the invariants or properties of scenarios
    that should notice, and ``seen_in`` the kind of real program that went wrong so (a public
    report, where there is one).  ``world`` puts the runtime where the defect can show, such as in a
    process that may die.
    """

    name: str
    sentence: str
    killers: tuple[str, ...]
    parts: Parts
    seen_in: str = ""
    world: Callable[[Parts], ReferenceAdapter] = ReferenceAdapter

    def adapter(self) -> ReferenceAdapter:
        """One mutant runtime, for one execution."""
        return self.world(self.parts)

    def within(self, world: Callable[[Parts], ReferenceAdapter]) -> Self:
        """The same defect, in another world."""
        return evolve(self, world=world)

    @classmethod
    def of(
        cls, name: str, part: type, parts: Parts, killers: tuple[str, ...], seen_in: str = ""
    ) -> Self:
        """The mutant that differs as the docstring of ``part`` says."""
        sentence = " ".join((part.__doc__ or "").split())
        return cls(name, sentence, killers, parts, seen_in)
