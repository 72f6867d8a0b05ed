"""What a planted defect is."""

from typing import Self

from attrs import frozen

from hocket.runtime.runtime import Parts

__all__ = ["Mutant"]


@frozen
class Mutant:
    """The reference runtime with one small deviation, made from outside of its files.

    ``sentence`` says what is different, ``killers`` names the invariants or properties of scenarios
    that should notice, and ``seen_in`` the kind of real program that went wrong so (a public
    report, where there is one).
    """

    name: str
    sentence: str
    killers: tuple[str, ...]
    parts: Parts
    seen_in: str = ""

    @classmethod
    def of(
        cls, name: str, part: type, parts: Parts, killers: tuple[str, ...], seen_in: str = ""
    ) -> Self:
        """The mutant that differs as the docstring of ``part`` says."""
        sentence = " ".join((part.__doc__ or "").split())
        return cls(name, sentence, killers, parts, seen_in)
