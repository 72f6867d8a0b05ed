"""The checkers of single properties, each with the interface of an invariant.

:class:`hocket.simulator.invariants.Invariant` is that interface.  A checker is named by the normal
spelling of its property.  What must happen is judged when nothing can happen any more, what must
not happen at once.

This module is long because the checkers of all properties stand beside each other.
"""

from collections.abc import Callable, Mapping
from math import inf
from types import MappingProxyType
from typing import Protocol, cast

from attrs import define, evolve, field

from hocket.scenarios.language.model import (
    AfterNever,
    Always,
    AtMostOnce,
    Before,
    EventPattern,
    Eventually,
    ExactlyOnce,
    ExactlyOneOf,
    FinallyNoPending,
    Never,
    Property,
    Sometimes,
    Use,
    When,
)
from hocket.scenarios.language.parameters import seconds
from hocket.scenarios.language.spelling import spell_property
from hocket.scenarios.matching import Matcher, Requests
from hocket.scenarios.tokens import strip_tokens
from hocket.simulator.invariants import Invariant, Observation, Violation

__all__ = ["NO_CODE", "Checker", "Code", "checker_of", "once_if_at_all"]

Code = Mapping[str, Callable[..., object]]
"""What scenarios may name by ``use``, by the reference to it."""

NO_CODE: Code = MappingProxyType({})
"""What a scenario without ``use`` needs."""


class Checker(Invariant, Protocol):
    """An invariant that also knows its line, and whether there was anything to judge."""

    @property
    def line(self) -> int: ...

    @property
    def triggered(self) -> bool: ...


@define
class _Checker:
    """What all checkers have; each says in ``statement`` what must hold."""

    line: int
    name: str
    matchers: tuple[Matcher, ...]
    triggered: bool = field(default=False, init=False)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of events it has to see."""
        return frozenset[str]().union(*(matcher.kinds for matcher in self.matchers))

    def conclude(self, time: float) -> Violation | None:
        """Nothing is owed at the end, unless a checker says otherwise."""
        return None

    def broken(self, message: str, *indices: int) -> Violation:
        """A violation of this property by the events of these indices."""
        return Violation(self.name, message, indices)


@define
class _Never(_Checker):
    """``never E``; every execution puts it to the test."""

    statement: str = field(default="No such event happens.", init=False)

    triggered: bool = field(default=True, init=False)

    def observe(self, seen: Observation) -> Violation | None:
        (matcher,) = self.matchers
        if matcher.matches(seen):
            return self.broken("it happened", seen.index)
        return None


@define
class _Always(_Checker):
    """``always E with (...)``: put to the test by each E."""

    statement: str = field(default="Every such event has these values, too.", init=False)

    def observe(self, seen: Observation) -> Violation | None:
        wide, narrow = (matcher.matches(seen) for matcher in self.matchers)
        self.triggered = self.triggered or wide
        if wide and not narrow:
            return self.broken("it happened with other values", seen.index)
        return None


@define
class _Used:
    """``use M:F``: an invariant of the reader's own, under the name of its line."""

    line: int
    name: str
    invariant: Invariant

    @property
    def statement(self) -> str:
        """What the invariant itself says."""
        return self.invariant.statement

    @property
    def kinds(self) -> frozenset[str]:
        """What the invariant wants to see."""
        return self.invariant.kinds

    @property
    def triggered(self) -> bool:
        """Whether it had something to judge; one that does not say so had."""
        return bool(getattr(self.invariant, "triggered", True))

    def observe(self, seen: Observation) -> Violation | None:
        """Let it judge."""
        return self._renamed(self.invariant.observe(seen))

    def conclude(self, time: float) -> Violation | None:
        """Let it conclude."""
        return self._renamed(self.invariant.conclude(time))

    def _renamed(self, found: Violation | None) -> Violation | None:
        return None if found is None else evolve(found, property=self.name)


@define
class _Once(_Checker):
    """``exactly once E`` and ``exactly one of A, B``."""

    statement: str = field(default="One such event happens, no more and no fewer.", init=False)
    first: int | None = field(default=None, init=False)

    def observe(self, seen: Observation) -> Violation | None:
        matched = [matcher.matches(seen) for matcher in self.matchers]
        if not any(matched):
            return None
        if self.first is not None:
            return self.broken("it happened a second time", self.first, seen.index)
        self.first, self.triggered = seen.index, True
        return None

    def conclude(self, time: float) -> Violation | None:
        if self.first is None:
            return self.broken(f"it had not happened at {time:g} s, when nothing more could")
        return None


@define
class _OnceIfAtAll(_Once):
    """The same where nothing is owed."""

    def conclude(self, time: float) -> Violation | None:
        return None


@define
class _AtMostOnce(_Checker):
    """``at most once E``, for each value of the argument ``per`` if there is one."""

    statement: str = field(default="Such an event happens once, or not at all.", init=False)
    triggered: bool = field(default=True, init=False)
    per: str | None = None
    first: dict[str, int] = field(factory=dict[str, int], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        (matcher,) = self.matchers
        if not matcher.matches(seen):
            return None
        key = strip_tokens(str(matcher.value(seen, self.per))) if self.per else ""
        first = self.first.setdefault(key, seen.index)
        if first != seen.index:
            return self.broken("it happened a second time", first, seen.index)
        return None


@define
class _Before(_Checker):
    """``A before B``: put to the test by B."""

    statement: str = field(default="The second event happens only after the first.", init=False)
    first_seen: bool = field(default=False, init=False)

    def observe(self, seen: Observation) -> Violation | None:
        first, then = (matcher.matches(seen) for matcher in self.matchers)
        self.triggered = self.triggered or then
        if then and not self.first_seen:
            return self.broken("the second happened, and the first had not", seen.index)
        self.first_seen = self.first_seen or first
        return None


@define
class _AfterNever(_Checker):
    """``after A never B``: put to the test by A."""

    statement: str = field(default="After the first event, the second never happens.", init=False)
    after: int | None = field(default=None, init=False)

    def observe(self, seen: Observation) -> Violation | None:
        after, never = (matcher.matches(seen) for matcher in self.matchers)
        if never and self.after is not None:
            return self.broken("the second happened after the first", self.after, seen.index)
        if after and self.after is None:
            self.after, self.triggered = seen.index, True
        return None


@define
class _Eventually(_Checker):
    """``eventually E within d``: owed by every execution."""

    statement: str = field(default="Such an event happens, and in time.", init=False)
    deadline: float = inf
    met: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self.triggered = True

    def observe(self, seen: Observation) -> Violation | None:
        (matcher,) = self.matchers
        matched = matcher.matches(seen)
        if self.met:
            return None
        if seen.time > self.deadline:
            return self.broken(f"it had not happened at {self.deadline:g} s", seen.index)
        self.met = matched
        return None

    def conclude(self, time: float) -> Violation | None:
        if not self.met:
            return self.broken(f"it had not happened at {time:g} s, when nothing more could")
        return None


@define
class _NoPending(_Checker):
    """``finally no pending``: put to the test by quiescence."""

    statement: str = field(default="In the end nothing is left open.", init=False)

    @property
    def kinds(self) -> frozenset[str]:
        """Quiescence alone."""
        return frozenset({"quiesce"})

    def observe(self, seen: Observation) -> Violation | None:
        self.triggered = True
        left = {what: seen[what] for what in ("runs", "approvals", "calls") if seen[what]}
        if left:
            shown = "; ".join(f"{what} {', '.join(map(str, ids))}" for what, ids in left.items())
            return self.broken(f"left open: {shown}", seen.index)
        return None


def once_if_at_all(asked: ExactlyOnce | ExactlyOneOf, requests: Requests) -> Checker:
    """A checker of what may happen once, where nothing is owed."""
    patterns = asked.patterns if isinstance(asked, ExactlyOneOf) else (asked.pattern,)
    matchers = tuple(Matcher(pattern, requests) for pattern in patterns)
    return _OnceIfAtAll(asked.line, spell_property(asked), matchers)


def _used(asked: Use, code: Code) -> Checker:
    made = code[asked.reference]()
    missing = [
        n for n in ("name", "statement", "kinds", "observe", "conclude") if not hasattr(made, n)
    ]
    if missing:
        raise TypeError(
            f"{asked.reference} returns a {type(made).__name__}, which is no invariant: "
            f"it has no {' and no '.join(missing)}"
        )
    return _Used(asked.line, spell_property(asked), cast("Invariant", made))


def checker_of(asked: Property, requests: Requests, code: Code = NO_CODE) -> Checker:
    """A fresh checker of a property of one execution; ``code`` has what ``use`` names.

    Raises ValueError for a property of a whole campaign, and for one whose parameters have no
    values; TypeError where code of the reader's own makes no invariant.
    """

    def common(*patterns: EventPattern) -> tuple[int, str, tuple[Matcher, ...]]:
        matchers = tuple(Matcher(pattern, requests) for pattern in patterns)
        return asked.line, spell_property(asked), matchers

    made: Checker
    match asked:
        case Always(pattern, arguments):
            narrow = evolve(pattern, arguments=(*pattern.arguments, *arguments))
            made = _Always(*common(pattern, narrow))
        case Never(pattern):
            made = _Never(*common(pattern))
        case ExactlyOnce(pattern):
            made = _Once(*common(pattern))
        case ExactlyOneOf(patterns):
            made = _Once(*common(*patterns))
        case AtMostOnce(pattern, per):
            made = _AtMostOnce(*common(pattern), per)
        case Before(first, then):
            made = _Before(*common(first, then))
        case AfterNever(after, never):
            made = _AfterNever(*common(after, never))
        case Eventually(pattern, within):
            deadline = inf if within is None else seconds(within)
            made = _Eventually(*common(pattern), deadline)
        case FinallyNoPending():
            made = _NoPending(*common())
        case Use():
            made = _used(asked, code)
        case Sometimes() | When():
            raise ValueError(f"no property of one execution: {spell_property(asked)}")
    return made
