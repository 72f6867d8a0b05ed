"""The expectations of a scenario as checkers, which an execution's monitor feeds with events.

They are made afresh for each execution, from the properties of an instance, which has no parameters
and no conditions any more.
"""

from attrs import define, field

from hocket.scenarios.checkers import NO_CODE, Checker, Code, checker_of, once_if_at_all
from hocket.scenarios.language.model import (
    AfterNever,
    AtMostOnce,
    EventPattern,
    ExactlyOnce,
    ExactlyOneOf,
    FinallyNoPending,
    Scenario,
    Sometimes,
)
from hocket.scenarios.language.spelling import spell_property
from hocket.scenarios.matching import Matcher, Requests
from hocket.simulator.invariants import Observation

__all__ = ["Witness", "checkers", "safety", "sometimes", "witnesses"]


def checkers(scenario: Scenario, requests: Requests, code: Code = NO_CODE) -> tuple[Checker, ...]:
    """Fresh checkers of an instance's properties, one each, but for ``sometimes``.

    ``code`` holds what the scenario names by ``use``.  Raises ValueError for a scenario with
    parameters: take an instance of it.
    """
    asked = (p for p in scenario.properties if not isinstance(p, Sometimes))
    return tuple(checker_of(p, requests, code) for p in asked)


def safety(scenario: Scenario, requests: Requests) -> tuple[Checker, ...]:
    """Fresh checkers of what an instance forbids whatever is aborted, one for each property.

    What must happen, what must happen first, and what must never presuppose that nobody else ends a
    turn; left are repetitions, what an end forbids, and what must not be left open.
    """
    made: list[Checker] = []
    for asked in scenario.properties:
        if isinstance(asked, ExactlyOnce | ExactlyOneOf):
            made.append(once_if_at_all(asked, requests))
        elif isinstance(asked, AtMostOnce | AfterNever | FinallyNoPending):
            made.append(checker_of(asked, requests))
    return tuple(made)


def sometimes(scenario: Scenario) -> tuple[EventPattern, ...]:
    """What an instance asks to see in some execution of a campaign."""
    return tuple(p.pattern for p in scenario.properties if isinstance(p, Sometimes))


def witnesses(scenario: Scenario, requests: Requests) -> tuple["Witness", ...]:
    """Fresh witnesses of one execution, one for each ``sometimes``, in the order of the text."""
    asked = (p for p in scenario.properties if isinstance(p, Sometimes))
    return tuple(Witness(spell_property(p), p.line, Matcher(p.pattern, requests)) for p in asked)


@define
class Witness:
    """Whether an execution showed what ``sometimes`` asks for."""

    name: str
    line: int
    _matcher: Matcher
    met: bool = field(default=False, init=False)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of events it has to see."""
        return self._matcher.kinds

    def observe(self, seen: Observation) -> None:
        """Look at one event."""
        self.met = self._matcher.matches(seen) or self.met
