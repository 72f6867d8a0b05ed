"""The lines of ``schedule``: orders that are fixed, and faults that may befall what is sent."""

from collections.abc import Callable, Mapping

from hocket.scenarios.language.diagnostics import Code
from hocket.scenarios.language.model import (
    FRAME_STEPS,
    Duplicate,
    Fault,
    Fix,
    Hold,
    Limit,
    Lose,
    StepName,
)
from hocket.scenarios.language.phrases import Phrase, Unreadable, by_first_word, read_block

__all__ = ["LIMITS", "read_schedule"]


def read_schedule(phrase: Phrase) -> tuple[Limit, ...]:
    """``schedule``: what narrows and what widens the schedules that are explored.

    An order that is fixed leaves the others out; faults are rare, so each kind that is to be
    explored is named, with a limit.  A fault may befall all frames that a client's steps send, or
    those of one verb: ``start``, ``reply``, ``approve``, ``deny`` or ``cancel``.
    """
    return read_block(phrase.enter("line"), by_first_word(LIMITS, "limit"), phrase.reporter)


def _fix(phrase: Phrase) -> Limit:
    """``fix CLIENT.VERB [NAME] before CLIENT.VERB [NAME]``: fix the order of two steps.

    The second step begins only when the first is done, or when the lane of the first has skipped
    it.  A client with several steps of one verb needs the name: ``fix phone.reply c before ...``
    means the step that answers ``c``.
    """
    first = _step(phrase)
    phrase.expect("before")
    return Fix(first, _step(phrase), line=phrase.number)


def _step(phrase: Phrase) -> StepName:
    client, dot, verb = phrase.block.line.tokens[-1].text, "", ""
    if phrase.next.text.count(".") == 1:
        client, dot, verb = phrase.word("a step").partition(".")
    if not dot:
        phrase.expected("a step, as laptop.approve")
    at_end = phrase.next is phrase.block.line.tokens[-1]
    named = not at_end and phrase.next.text != "before"
    return StepName(client, verb, phrase.name("a name of the step") if named else None)


def _hold(phrase: Phrase) -> Fault:
    """``hold CLIENT[.VERB] up to COUNT for DURATION``: frames may be held back for that long.

    What is sent after such a frame comes after it.
    """
    client, limit, step = _limited(phrase)
    phrase.expect("for")
    return Hold(client, limit, phrase.duration(), step, line=phrase.number)


def _duplicate(phrase: Phrase) -> Fault:
    """``duplicate CLIENT[.VERB] up to COUNT``: frames may arrive twice."""
    return Duplicate(*_limited(phrase), line=phrase.number)


def _lose(phrase: Phrase) -> Fault:
    """``lose CLIENT[.VERB] up to COUNT``: frames may never arrive."""
    return Lose(*_limited(phrase), line=phrase.number)


def _limited(phrase: Phrase) -> tuple[str, int, str | None]:
    token = phrase.next
    client, dot, step = phrase.word("the name of a client").partition(".")
    if dot and step not in FRAME_STEPS:
        span = phrase.block.line.span(token)
        what = "step that sends a frame"
        phrase.reporter.report_unknown(Code.UNKNOWN_VERB, span, what, step, FRAME_STEPS)
        raise Unreadable
    phrase.expect("up")
    phrase.expect("to")
    return client, phrase.count("how many frames"), step or None


LIMITS: Mapping[str, Callable[[Phrase], Limit]] = {
    "fix": _fix,
    "hold": _hold,
    "duplicate": _duplicate,
    "lose": _lose,
}
"""How each line is read, by its verb."""
