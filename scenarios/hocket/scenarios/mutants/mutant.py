"""What a planted defect is."""

from attrs import frozen

from hocket.runtime.runtime import Parts

__all__ = ["Mutant"]


@frozen
class Mutant:
    """The reference runtime with one small deviation, made from outside of its files.

    ``sentence`` says what is different, ``killers`` names the invariants that should notice, and
    ``seen_in`` the kind of real program that went wrong so (a public report, where there is one).
    """

    name: str
    sentence: str
    killers: tuple[str, ...]
    parts: Parts
    seen_in: str = ""
