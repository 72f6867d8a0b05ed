"""The frame in which safety and liveness are stated: observations in, violations out.

An invariant is an object made afresh for each execution.  It is fed the observations of the kinds
it names, one by one, while the execution runs, and answers with a :class:`Violation` at the first
one that breaks it: an execution stops where it went wrong, not where somebody noticed.  Checkers
know nothing of what feeds them, as in TigerBeetle's simulator.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from attrs import define, field, frozen

__all__ = ["Invariant", "Monitor", "Observation", "Violation"]


@frozen
class Observation:
    """One fact about the running program.

    ``index`` counts from 0 within the execution and ``time`` is virtual seconds; ``kind`` and
    ``fields`` are the program's own words.
    """

    index: int
    time: float
    kind: str
    fields: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.fields[name]

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a field, or ``default`` where the observation lacks it."""
        return self.fields.get(name, default)


@frozen
class Violation:
    """What broke: the property's name, one sentence, and the indices of the clashing events."""

    property: str
    message: str
    indices: tuple[int, ...] = ()


class Invariant(Protocol):
    """A checker of one property over one execution.

    ``name`` is the identity of the property (two violations of one name are one finding) and
    ``statement`` one sentence that says what must hold.  ``kinds`` are the kinds of observation
    it wants to see; it is called for no others.  The monitor calls :meth:`observe` in order, and
    :meth:`conclude` once, when nothing can happen any more.
    """

    @property
    def name(self) -> str: ...

    @property
    def statement(self) -> str: ...

    @property
    def kinds(self) -> frozenset[str]: ...

    def observe(self, seen: Observation) -> Violation | None:
        """Judge one observation; ``None`` while the property holds."""
        ...

    def conclude(self, time: float) -> Violation | None:
        """Judge the finished execution, at virtual ``time`` in seconds."""
        ...


@define
class Monitor:
    """Feeds observations to the invariants that asked for their kind, and keeps them all."""

    invariants: Sequence[Invariant]
    seen: list[Observation] = field(factory=list[Observation], init=False)
    _by_kind: dict[str, list[Invariant]] = field(factory=dict[str, list[Invariant]], init=False)

    def __attrs_post_init__(self) -> None:
        for invariant in self.invariants:
            for kind in invariant.kinds:
                self._by_kind.setdefault(kind, []).append(invariant)

    def observe(self, kind: str, fields: Mapping[str, Any], time: float) -> Violation | None:
        """Record one fact at virtual ``time`` in seconds; the first violation it causes, if any."""
        seen = Observation(len(self.seen), time, kind, fields)
        self.seen.append(seen)
        return _first(i.observe(seen) for i in self._by_kind.get(kind, ()))

    def conclude(self, time: float) -> Violation | None:
        """Ask every invariant for its last word; the first violation, if any."""
        return _first(i.conclude(time) for i in self.invariants)


def _first(verdicts: Iterable[Violation | None]) -> Violation | None:
    return next((v for v in verdicts if v is not None), None)
