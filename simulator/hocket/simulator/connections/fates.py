"""What may become of a message, and the rules that decide it.

A rule is a plain function from a message to a fate, or ``None`` for "not mine"; the first rule with
an answer wins, as in turmoil.  :func:`explored` makes the rule that offers one kind of fault as a
choice of the schedule, a limited number of times.
"""

from collections.abc import Callable
from enum import StrEnum

from attrs import frozen

from hocket.simulator.engine.choices import ChoiceKind
from hocket.simulator.simulation import choose

__all__ = ["DELIVER", "DROP", "DUPLICATE", "Fate", "Hold", "Plain", "Rule", "explored"]


class Plain(StrEnum):
    """The fates that need no further word."""

    DELIVER = "deliver"
    DROP = "drop"
    DUPLICATE = "duplicate"


@frozen
class Hold:
    """Deliver only after ``seconds`` of virtual time, and what is sent later after that."""

    seconds: float

    def __str__(self) -> str:
        return f"hold for {self.seconds:g} s"


Fate = Plain | Hold
DELIVER, DROP, DUPLICATE = Plain.DELIVER, Plain.DROP, Plain.DUPLICATE

Rule = Callable[[str, str], Fate | None]
"""From the name of the link and the message to its fate, or ``None`` for another rule to decide."""


def explored(fate: Fate, *, limit: int) -> Rule:
    """The rule that lets the schedule give ``fate`` to messages, at most ``limit`` of them."""
    left = limit
    seen = 0

    def rule(link: str, _message: str) -> Fate | None:
        nonlocal left, seen
        seen += 1
        if left == 0:
            return None
        if choose(ChoiceKind.FAULT, f"{link}, message {seen}", [str(DELIVER), str(fate)]):
            left -= 1
            return fate
        return None

    return rule
