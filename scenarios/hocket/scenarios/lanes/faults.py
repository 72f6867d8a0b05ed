"""Faults on what a client sends, as rules of its links."""

from collections.abc import Mapping

from hocket.scenarios.language import model
from hocket.scenarios.language.parameters import seconds
from hocket.simulator.connections import DROP, DUPLICATE, Fate, Hold, Rule, explored

__all__ = ["rule_of"]

_SENT_BY: Mapping[str | None, tuple[str, str]] = {
    None: ("", ""),
    "start": ('"type": "user_message"', ""),
    "reply": ('"type": "tool_result"', ""),
    "approve": ('"type": "approval_response"', '"approved": true'),
    "deny": ('"type": "approval_response"', '"approved": false'),
    "cancel": ('"type": "cancel"', ""),
}
"""What the text of a frame contains that a step of this verb sends."""


def rule_of(fault: model.Fault) -> Rule:
    """The rule that lets the schedule inflict the fault, on the frames that it names."""
    match fault:
        case model.Hold(duration=duration):
            rule = explored(Hold(seconds(duration)), limit=fault.limit)
        case model.Duplicate():
            rule = explored(DUPLICATE, limit=fault.limit)
        case model.Lose():
            rule = explored(DROP, limit=fault.limit)
    marks = [mark.replace(" ", "") for mark in _SENT_BY[fault.step]]

    def of_step(link: str, message: str) -> Fate | None:
        text = message.replace(" ", "")
        return rule(link, message) if all(mark in text for mark in marks) else None

    return of_step
