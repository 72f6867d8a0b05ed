"""What a scenario promises by itself: properties that follow from who does what in it.

The built-in invariants hold everywhere, and so cannot know that *nobody* cancels a turn, or that a
device *stays*.  Here the whole scenario is known, and a promise is made only where nothing in it
could be the cause of what must not be.
"""

from collections.abc import Iterator

from hocket.scenarios.language.model import (
    Argument,
    Cancel,
    Close,
    Drop,
    EventPattern,
    FinallyNoPending,
    Name,
    Never,
    Property,
    Scenario,
    Start,
)
from hocket.scenarios.language.names import deeds_of

__all__ = ["promises"]

_MANNERS = ("second_turn", "pending_approval", "idle_thread")
"""The policies by which a runtime ends turns of its own accord, unless they are the usual ones."""


def promises(scenario: Scenario) -> tuple[Property, ...]:
    """The properties that a sound runtime keeps in every schedule of ``scenario``."""
    return (*_of_turns(scenario), FinallyNoPending())


def _of_turns(scenario: Scenario) -> Iterator[Property]:
    deeds = deeds_of(scenario)
    leaving = {deed.client for deed in deeds if isinstance(deed.step, Drop | Close)}
    cancelled = {deed.step.turn for deed in deeds if isinstance(deed.step, Cancel)}
    usual = {policy.name for policy in scenario.setup.policies}.isdisjoint(_MANNERS)
    for deed in deeds:
        if not isinstance(deed.step, Start) or deed.client in leaving:
            continue
        turn = deed.step.turn
        if usual and turn not in cancelled:
            yield _never("turn.cancelled", turn)
        yield _never("call.lost", turn)


def _never(word: str, turn: str) -> Property:
    return Never(EventPattern(word, (Argument("turn", Name(turn)),)))
