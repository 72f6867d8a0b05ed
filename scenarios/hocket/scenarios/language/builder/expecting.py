"""What a story expects: its properties, a method for each."""

from attrs import define, field

from hocket.scenarios.language.builder.values import Time, pattern_of, time_of
from hocket.scenarios.language.model import (
    AfterNever,
    Always,
    AtMostOnce,
    Before,
    Condition,
    EventPattern,
    Eventually,
    ExactlyOnce,
    ExactlyOneOf,
    FinallyNoPending,
    Never,
    Property,
    Sometimes,
    Use,
    Value,
    When,
)

__all__ = ["Expectations", "event"]


def event(word: str, **values: Value) -> EventPattern:
    """Events of a word of the language, for properties that speak of several."""
    return pattern_of(word, values)


@define
class Expectations:
    """The properties of a story, or of one of its conditions."""

    _asked: "list[Property | _Condition]" = field(factory=list["Property | _Condition"], init=False)

    def properties(self) -> tuple[Property, ...]:
        """The properties so far, in the order of their calls."""
        return tuple(p.property() if isinstance(p, _Condition) else p for p in self._asked)

    def never(self, word: str, **values: Value) -> None:
        """No such event happens."""
        self._asked.append(Never(event(word, **values)))

    def always(self, pattern: EventPattern, **values: Value) -> None:
        """Every event of ``pattern`` has these values, too."""
        self._asked.append(Always(pattern, pattern_of(pattern.word, values).arguments))

    def exactly_once(self, word: str, **values: Value) -> None:
        """One such event happens."""
        self._asked.append(ExactlyOnce(event(word, **values)))

    def at_most_once(self, pattern: EventPattern, *, per: str | None = None) -> None:
        """No second such event happens; with ``per``, none with one value of that argument."""
        self._asked.append(AtMostOnce(pattern, per))

    def exactly_one_of(self, *patterns: EventPattern) -> None:
        """One event in all, among those of several patterns."""
        self._asked.append(ExactlyOneOf(patterns))

    def before(self, first: EventPattern, then: EventPattern) -> None:
        """Each ``then`` comes after some ``first``."""
        self._asked.append(Before(first, then))

    def after_never(self, after: EventPattern, never: EventPattern) -> None:
        """Once there was an ``after``, no ``never`` follows."""
        self._asked.append(AfterNever(after, never))

    def eventually(self, pattern: EventPattern, *, within: Time | None = None) -> None:
        """Such an event happens, in time."""
        self._asked.append(Eventually(pattern, None if within is None else time_of(within)))

    def sometimes(self, word: str, **values: Value) -> None:
        """Some schedule of a campaign shows such an event."""
        self._asked.append(Sometimes(event(word, **values)))

    def finally_no_pending(self) -> None:
        """In the end nothing is left open."""
        self._asked.append(FinallyNoPending())

    def use(self, reference: str) -> None:
        """The invariant that ``package.module:function`` makes judges each execution."""
        self._asked.append(Use(reference))

    def when(self, parameter: str, relation: str, value: Value) -> "Expectations":
        """What is asked of the result holds only where the condition on a parameter does."""
        inner = Expectations()
        self._asked.append(_Condition(Condition(parameter, relation, value), inner))
        return inner


@define
class _Condition:
    """A condition whose properties may still be added to."""

    condition: Condition
    inner: Expectations

    def property(self) -> Property:
        return When(self.condition, self.inner.properties())
