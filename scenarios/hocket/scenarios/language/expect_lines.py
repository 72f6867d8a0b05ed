"""The lines of ``expect``: properties, and the built-in invariants that are switched off."""

from collections.abc import Callable, Mapping

from hocket.scenarios.language.lexer import Kind
from hocket.scenarios.language.model import (
    AfterNever,
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
    When,
    Without,
)
from hocket.scenarios.language.phrases import Phrase, by_first_word, read_block

__all__ = ["RELATIONS", "read_expect"]

RELATIONS = ("<", "<=", ">", ">=", "=")
"""How ``when`` may compare a parameter with a value."""


def read_expect(phrase: Phrase) -> tuple[Property | Without, ...]:
    """``expect`` with its lines."""
    return read_block(phrase.enter("property"), _line, phrase.reporter)


def _line(phrase: Phrase) -> Property | Without:
    if phrase.next.text == "without":
        phrase.take()
        return _without(phrase)
    return _property(phrase)


def _property(phrase: Phrase) -> Property:
    if phrase.next.kind is Kind.WORD and "." in phrase.next.text:
        return _before(phrase)
    return _by_first_word(phrase)


def _pattern(phrase: Phrase) -> EventPattern:
    word = phrase.word("an event, as turn.completed(turn: t)")
    arguments = phrase.arguments() if phrase.next.text == "(" else ()
    return EventPattern(word, arguments, line=phrase.number)


def _before(phrase: Phrase) -> Property:
    first = _pattern(phrase)
    phrase.expect("before")
    return Before(first, _pattern(phrase), line=phrase.number)


def _never(phrase: Phrase) -> Property:
    return Never(_pattern(phrase), line=phrase.number)


def _exactly(phrase: Phrase) -> Property:
    if phrase.accept("once"):
        return ExactlyOnce(_pattern(phrase), line=phrase.number)
    if not phrase.accept("one"):
        phrase.expected("'once' or 'one of'")
    phrase.expect("of")
    patterns = [_pattern(phrase)]
    phrase.expect(",")
    patterns.append(_pattern(phrase))
    while phrase.accept(","):
        patterns.append(_pattern(phrase))
    return ExactlyOneOf(tuple(patterns), line=phrase.number)


def _at_most_once(phrase: Phrase) -> Property:
    phrase.expect("most")
    phrase.expect("once")
    pattern = _pattern(phrase)
    per = phrase.name("the name of an argument") if phrase.accept("per") else None
    return AtMostOnce(pattern, per, line=phrase.number)


def _after(phrase: Phrase) -> Property:
    after = _pattern(phrase)
    phrase.expect("never")
    return AfterNever(after, _pattern(phrase), line=phrase.number)


def _eventually(phrase: Phrase) -> Property:
    pattern = _pattern(phrase)
    within = phrase.duration() if phrase.accept("within") else None
    return Eventually(pattern, within, line=phrase.number)


def _sometimes(phrase: Phrase) -> Property:
    return Sometimes(_pattern(phrase), line=phrase.number)


def _finally(phrase: Phrase) -> Property:
    phrase.expect("no")
    phrase.expect("pending")
    return FinallyNoPending(line=phrase.number)


def _when(phrase: Phrase) -> Property:
    parameter = phrase.name("the name of a parameter")
    if phrase.next.text not in RELATIONS or phrase.next.kind is not Kind.MARK:
        phrase.expected("a comparison", "one of " + " ".join(RELATIONS))
    condition = Condition(parameter, phrase.take().text, phrase.value())
    inner = phrase.enter("property")
    return When(condition, read_block(inner, _property, phrase.reporter), line=phrase.number)


def _without(phrase: Phrase) -> Without:
    invariant = phrase.word("the id of an invariant, as ISO-1")
    reason = phrase.text("the reason")
    return Without(invariant, reason, line=phrase.number)


_VERBS: Mapping[str, Callable[[Phrase], Property]] = {
    "never": _never,
    "exactly": _exactly,
    "at": _at_most_once,
    "after": _after,
    "eventually": _eventually,
    "sometimes": _sometimes,
    "finally": _finally,
    "when": _when,
}
_by_first_word = by_first_word(_VERBS, "property")
