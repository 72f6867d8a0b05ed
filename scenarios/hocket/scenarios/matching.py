"""Which events a pattern means: the words of a scenario against what a runtime says.

A pattern speaks of turns by the names that ``start`` gave them.  The driver of a scenario puts
the request id of each turn into a mapping when it asks for the turn; the run that a request
became is learned from the runtime's own event.  A turn that nobody asked for has no events.
"""

from collections.abc import Mapping

from attrs import field, frozen

from hocket.scenarios.language.model import EventPattern, Name, Value
from hocket.scenarios.tokens import strip_tokens
from hocket.scenarios.vocabulary import WORDS, Comparison, Slot
from hocket.simulator.invariants import Observation

__all__ = ["Matcher", "Requests"]

Requests = Mapping[str, str]
"""From the names of turns to the ids of their requests; it may grow while the run goes on."""


@frozen
class Matcher:
    """Tells whether an event is one of a pattern; it has to see every event of its kinds."""

    pattern: EventPattern
    requests: Requests
    _runs: dict[str, str] = field(factory=dict[str, str], init=False)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of the pattern's events, and of the event that tells a request's run."""
        return frozenset({WORDS[self.pattern.word].kind, "run.status"})

    def matches(self, seen: Observation) -> bool:
        """Whether the event is one of the pattern."""
        if seen.kind == "run.status" and seen.get("old") is None:
            self._runs[str(seen.get("request"))] = str(seen["run"])
        word = WORDS[self.pattern.word]
        return (
            seen.kind == word.kind
            and all(seen.get(name) in values for name, values in word.where.items())
            and all(
                self._agrees(argument.value, word.slots[argument.name], seen)
                for argument in self.pattern.arguments
            )
        )

    def value(self, seen: Observation, argument: str) -> object:
        """The value that an event of the pattern has for an argument of its word."""
        return seen.get(WORDS[self.pattern.word].slots[argument].field)

    def _agrees(self, wanted: Value, slot: Slot, seen: Observation) -> bool:
        found = seen.get(slot.field)
        text = wanted.text if isinstance(wanted, Name) else wanted
        match slot.comparison:
            case Comparison.TURN:
                run = self._runs.get(self.requests.get(str(text), ""))
                return run is not None and found == run
            case Comparison.REQUEST:
                return str(text) in self.requests and found == self.requests[str(text)]
            case Comparison.TEXT:
                return strip_tokens(str(found)) == text
            case Comparison.MENTIONS:
                return any(strip_tokens(str(content)) == text for _, content, _ in found or ())
            case Comparison.TOOL | Comparison.USER | Comparison.EXACT:
                return bool(found == text)
