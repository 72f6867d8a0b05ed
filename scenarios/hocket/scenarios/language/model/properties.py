"""What must hold: properties over the events of one execution, or of a whole campaign."""

from attrs import frozen

from hocket.scenarios.language.model.values import Argument, Duration, Name, Node, Value

__all__ = [
    "AfterNever",
    "Always",
    "AtMostOnce",
    "Before",
    "Condition",
    "EventPattern",
    "Eventually",
    "ExactlyOnce",
    "ExactlyOneOf",
    "FinallyNoPending",
    "Never",
    "Property",
    "Sometimes",
    "Use",
    "When",
    "Without",
]


@frozen
class EventPattern(Node):
    """Events of one word of the vocabulary whose arguments have the values given."""

    word: str
    arguments: tuple[Argument, ...] = ()


@frozen
class Never(Node):
    """No such event."""

    pattern: EventPattern


@frozen
class Always(Node):
    """Every event of a pattern has these values, too."""

    pattern: EventPattern
    arguments: tuple[Argument, ...]


@frozen
class ExactlyOnce(Node):
    """One such event, no more and no fewer."""

    pattern: EventPattern


@frozen
class AtMostOnce(Node):
    """No second such event; with ``per``, none with the same value of that argument."""

    pattern: EventPattern
    per: str | None = None


@frozen
class ExactlyOneOf(Node):
    """One event in all among those of several patterns."""

    patterns: tuple[EventPattern, ...]


@frozen
class Before(Node):
    """Each ``then`` comes after some ``first``."""

    first: EventPattern
    then: EventPattern


@frozen
class AfterNever(Node):
    """Once there was an ``after``, no ``never`` follows."""

    after: EventPattern
    never: EventPattern


@frozen
class Eventually(Node):
    """Such an event comes, no later than ``within`` after the execution began."""

    pattern: EventPattern
    within: Duration | Name | None = None


@frozen
class Sometimes(Node):
    """Such an event comes in at least one execution of the campaign."""

    pattern: EventPattern


@frozen
class FinallyNoPending(Node):
    """When nothing can happen any more, no turn, approval or delegated call is left open."""


@frozen
class Use(Node):
    """What code of the reader's own judges: ``package.module:function`` makes an invariant."""

    reference: str


@frozen
class Condition:
    """A comparison of a parameter with a value; ``relation`` is one of ``< <= > >= =``."""

    parameter: str
    relation: str
    value: Value


@frozen
class When(Node):
    """Properties that are asked for only where a condition on the parameters holds."""

    condition: Condition
    properties: tuple["Property", ...]


Property = (
    Always
    | Never
    | ExactlyOnce
    | AtMostOnce
    | ExactlyOneOf
    | Before
    | AfterNever
    | Eventually
    | Sometimes
    | FinallyNoPending
    | Use
    | When
)


@frozen
class Without(Node):
    """A built-in invariant that this scenario switches off, and why."""

    invariant: str
    reason: str
