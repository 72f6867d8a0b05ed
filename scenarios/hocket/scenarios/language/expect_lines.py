"""The lines of ``expect``: properties, and the built-in invariants that are switched off."""

from collections.abc import Callable, Mapping

from hocket.scenarios.language.diagnostics import Code
from hocket.scenarios.language.lexer import Kind
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
    When,
    Without,
)
from hocket.scenarios.language.phrases import Phrase, Unreadable, by_first_word, form_of, read_block

__all__ = ["EXACTLY", "PROPERTIES", "RELATIONS", "read_before", "read_expect", "read_without"]

RELATIONS = ("<", "<=", ">", ">=", "=")
"""How ``when`` may compare a parameter with a value."""


def read_expect(phrase: Phrase) -> tuple[Property | Without, ...]:
    """``expect``: what must hold, whatever the schedule.

    The built-in invariants hold beside it and need not be written down.
    """
    return read_block(phrase.enter("property"), _line, phrase.reporter)


def _line(phrase: Phrase) -> Property | Without:
    if phrase.accept("without"):
        phrase.form = form_of(read_without)
        return read_without(phrase)
    return _property(phrase)


def _property(phrase: Phrase) -> Property:
    if phrase.next.kind is Kind.WORD and "." in phrase.next.text:
        phrase.form = form_of(read_before)
        return read_before(phrase)
    return _by_first_word(phrase)


def _pattern(phrase: Phrase) -> EventPattern:
    word = phrase.word("an event, as turn.completed(turn: t)")
    arguments = phrase.arguments() if phrase.next.text == "(" else ()
    return EventPattern(word, arguments, line=phrase.number)


def read_before(phrase: Phrase) -> Property:
    """``EVENT before EVENT``: each event of the second kind comes after some of the first."""
    first = _pattern(phrase)
    phrase.expect("before")
    return Before(first, _pattern(phrase), line=phrase.number)


def _never(phrase: Phrase) -> Property:
    """``never EVENT``: no such event happens."""
    return Never(_pattern(phrase), line=phrase.number)


def _always(phrase: Phrase) -> Property:
    """``always EVENT with (ARGUMENT: VALUE, ...)``: every such event has these values, too."""
    pattern = _pattern(phrase)
    phrase.expect("with")
    token = phrase.next
    arguments = phrase.arguments()
    if not arguments:
        span = phrase.block.line.span(token)
        hint = 'say what is always so, as: with (value: "AAA")'
        phrase.reporter.report(Code.EMPTY, span, "no argument follows 'with'", hint=hint)
        raise Unreadable
    return Always(pattern, arguments, line=phrase.number)


def _exactly_once(phrase: Phrase) -> Property:
    """``exactly once EVENT``: one such event happens, no more and no fewer."""
    return ExactlyOnce(_pattern(phrase), line=phrase.number)


def _exactly_one_of(phrase: Phrase) -> Property:
    """``exactly one of EVENT, EVENT, ...``: one event in all, among those of the patterns."""
    phrase.expect("of")
    patterns = [_pattern(phrase)]
    phrase.expect(",")
    patterns.append(_pattern(phrase))
    while phrase.accept(","):
        patterns.append(_pattern(phrase))
    return ExactlyOneOf(tuple(patterns), line=phrase.number)


EXACTLY: Mapping[str, Callable[[Phrase], Property]] = {
    "once": _exactly_once,
    "one": _exactly_one_of,
}
"""How the two properties are read that begin with ``exactly``, by the word after it."""


def _exactly(phrase: Phrase) -> Property:
    return by_first_word(EXACTLY, "word after 'exactly'")(phrase)


def _at_most_once(phrase: Phrase) -> Property:
    """``at most once EVENT [per ARGUMENT]``: no second such event happens.

    With ``per``, none with the same value of that argument.
    """
    phrase.expect("most")
    phrase.expect("once")
    pattern = _pattern(phrase)
    per = phrase.name("the name of an argument") if phrase.accept("per") else None
    return AtMostOnce(pattern, per, line=phrase.number)


def _after(phrase: Phrase) -> Property:
    """``after EVENT never EVENT``: once there was the first, the second does not follow."""
    after = _pattern(phrase)
    phrase.expect("never")
    return AfterNever(after, _pattern(phrase), line=phrase.number)


def _eventually(phrase: Phrase) -> Property:
    """``eventually EVENT [within DURATION]``: such an event happens.

    It is judged when nothing can happen any more, or when that much virtual time has passed since
    the execution began.
    """
    pattern = _pattern(phrase)
    within = phrase.duration() if phrase.accept("within") else None
    return Eventually(pattern, within, line=phrase.number)


def _sometimes(phrase: Phrase) -> Property:
    """``sometimes EVENT``: at least one schedule of a whole campaign shows such an event."""
    return Sometimes(_pattern(phrase), line=phrase.number)


def _finally(phrase: Phrase) -> Property:
    """``finally no pending``: in the end no turn, approval or delegated call is left open."""
    phrase.expect("no")
    phrase.expect("pending")
    return FinallyNoPending(line=phrase.number)


def _when(phrase: Phrase) -> Property:
    """``when PARAMETER <|<=|>|>=|= VALUE``: the properties nested in it hold where that is so."""
    parameter = phrase.name("the name of a parameter")
    if phrase.next.text not in RELATIONS or phrase.next.kind is not Kind.MARK:
        phrase.expected("a comparison", "one of " + " ".join(RELATIONS))
    condition = Condition(parameter, phrase.take().text, phrase.value())
    inner = phrase.enter("property")
    return When(condition, read_block(inner, _property, phrase.reporter), line=phrase.number)


def read_without(phrase: Phrase) -> Without:
    """``without INVARIANT "REASON"``: switch off one of the built-in invariants, and say why."""
    invariant = phrase.word("the id of an invariant, as ISO-1")
    reason = phrase.text("the reason")
    return Without(invariant, reason, line=phrase.number)


def _use(phrase: Phrase) -> Property:
    """``use package.module:function``: an invariant of your own judges each execution.

    The function takes nothing and returns a fresh :class:`hocket.simulator.invariants.Invariant`;
    ``hocket run --use package`` allows it.
    """
    return Use(phrase.reference(), line=phrase.number)


PROPERTIES: Mapping[str, Callable[[Phrase], Property]] = {
    "always": _always,
    "never": _never,
    "exactly": _exactly,
    "at": _at_most_once,
    "after": _after,
    "eventually": _eventually,
    "sometimes": _sometimes,
    "finally": _finally,
    "use": _use,
    "when": _when,
}
"""How each property is read, by its first word; ``EVENT before EVENT`` has none."""

_by_first_word = by_first_word(PROPERTIES, "property")
