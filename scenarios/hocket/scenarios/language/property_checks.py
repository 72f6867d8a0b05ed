"""Checks of what is expected: events that exist, arguments they have, and no contradiction."""

from collections.abc import Iterator

from hocket.scenarios.language.context import Context, invariant_ids
from hocket.scenarios.language.diagnostics import Code
from hocket.scenarios.language.model import (
    AfterNever,
    Always,
    Argument,
    AtMostOnce,
    Before,
    Condition,
    Duration,
    EventPattern,
    Eventually,
    ExactlyOnce,
    ExactlyOneOf,
    FinallyNoPending,
    Name,
    Never,
    Property,
    Sometimes,
    Use,
    When,
)
from hocket.scenarios.language.names import BindingKind
from hocket.scenarios.language.spelling import spell_pattern
from hocket.scenarios.vocabulary import WORDS, Comparison, Slot

__all__ = ["check_properties", "patterns_of"]

_MAX_NEVERS = 20
"""How many ``never`` of one word a ``sometimes`` is held against; it keeps checks linear."""

_NAMED = {
    Comparison.TURN: "turn",
    Comparison.REQUEST: "turn",
    Comparison.TOOL: "tool",
    Comparison.USER: "user",
}


def check_properties(context: Context) -> None:
    """Check the properties of the scenario, and the invariants it switches off."""
    properties = context.scenario.properties
    for asked in _all(properties):
        for pattern in patterns_of(asked):
            _check_pattern(pattern, context)
        match asked:
            case Always(pattern, arguments):
                _check_arguments(pattern, arguments, context)
            case AtMostOnce(pattern, str(per)):
                _check_per(pattern, per, context)
            case Eventually(_, within) if within is not None:
                context.is_duration(within, (asked.line, "within"))
            case When(condition):
                _check_condition(condition, asked.line, context)
            case _:
                pass
    _check_contradictions(properties, {}, context)
    context.unique("exception", ((w.invariant, w.line) for w in context.scenario.without))
    for exception in context.scenario.without:
        known = invariant_ids()
        if exception.invariant not in known:
            span = context.source.span(exception.line, exception.invariant)
            context.reporter.report_unknown(
                Code.UNKNOWN_INVARIANT, span, "invariant", exception.invariant, known
            )


def _all(properties: tuple[Property, ...]) -> Iterator[Property]:
    for asked in properties:
        yield asked
        if isinstance(asked, When):
            yield from _all(asked.properties)


def patterns_of(asked: Property) -> tuple[EventPattern, ...]:
    """The patterns that a property itself speaks of, not those nested in it."""
    match asked:
        case ExactlyOneOf(patterns):
            return patterns
        case Before(first, second) | AfterNever(first, second):
            return (first, second)
        case When() | FinallyNoPending() | Use():
            return ()
        case Always() | Never() | ExactlyOnce() | AtMostOnce() | Eventually() | Sometimes():
            return (asked.pattern,)


def _check_pattern(pattern: EventPattern, context: Context) -> None:
    if pattern.word not in WORDS:
        span = context.source.span(pattern.line, pattern.word)
        context.reporter.report_unknown(Code.UNKNOWN_EVENT, span, "event", pattern.word, WORDS)
        return
    _check_arguments(pattern, pattern.arguments, context)


def _check_arguments(
    pattern: EventPattern, arguments: tuple[Argument, ...], context: Context
) -> None:
    if pattern.word not in WORDS:
        return
    slots = WORDS[pattern.word].slots
    for argument in arguments:
        if argument.name not in slots:
            span = context.source.span(pattern.line, argument.name, after=pattern.word)
            what = f"argument of {pattern.word}"
            context.reporter.report_unknown(Code.UNKNOWN_ARGUMENT, span, what, argument.name, slots)
        else:
            _check_value(argument, slots[argument.name], pattern, context)


def _check_value(argument: Argument, slot: Slot, pattern: EventPattern, context: Context) -> None:
    value = argument.value
    named = _NAMED.get(slot.comparison)
    if named is None:
        _check_text(argument, slot, pattern, context)
    elif not isinstance(value, Name):
        hint = f"write it as {argument.name}: {value if isinstance(value, str) else 'name'}"
        message = f"argument '{argument.name}' wants the name of a {named}"
        context.report(Code.ARGUMENT_VALUE, (pattern.line, argument.name), message, hint)
    elif named != "turn":
        context.known(named, value.text, (pattern.line, argument.name))
    elif value.text not in context.reporter.forgiven:
        turns = context.names.of_kind(BindingKind.TURN)
        if value.text not in turns:
            span = context.source.span(pattern.line, value.text, after=argument.name)
            reporter = context.reporter
            reporter.report_unknown(Code.UNKNOWN_NAME, span, named, value.text, turns)


def _check_text(argument: Argument, slot: Slot, pattern: EventPattern, context: Context) -> None:
    at = (pattern.line, argument.name)
    if not context.has_type(argument.value, str, "a text", at):
        message = f"argument '{argument.name}' wants a text"
        context.report(Code.ARGUMENT_VALUE, at, message, 'texts stand in "double quotes"')
    elif isinstance(argument.value, str) and slot.choices and argument.value not in slot.choices:
        span = context.source.span(pattern.line, argument.value, after=argument.name)
        what = f"{argument.name} of {pattern.word}"
        context.reporter.report_unknown(
            Code.ARGUMENT_VALUE, span, what, argument.value, slot.choices
        )


def _check_per(pattern: EventPattern, per: str, context: Context) -> None:
    word = WORDS.get(pattern.word)
    if word is not None and per not in word.slots:
        span = context.source.span(pattern.line, per, after="per")
        what = f"argument of {pattern.word}"
        context.reporter.report_unknown(Code.UNKNOWN_ARGUMENT, span, what, per, word.slots)


def _check_condition(condition: Condition, line: int, context: Context) -> None:
    if not context.known("parameter", condition.parameter, (line, "when")):
        return
    values = context.parameters[condition.parameter].values
    wanted = _comparable(condition.value)
    if wanted is None or all(_comparable(value) != wanted for value in values):
        message = f"parameter '{condition.parameter}' cannot be compared with this value"
        hint = "compare a duration with a duration, a number with a number, a text with a text"
        context.report(Code.PARAMETER_TYPE, (line, condition.parameter), message, hint)


def _comparable(value: object) -> str | None:
    if isinstance(value, Duration):
        return "duration"
    if isinstance(value, str):
        return "text"
    return "number" if isinstance(value, int | float) else None


def _check_contradictions(
    properties: tuple[Property, ...], nevers: dict[str, list[Never]], context: Context
) -> None:
    """Report each ``sometimes`` whose events a ``never`` of the same or an outer block excludes."""
    here = {word: list(found) for word, found in nevers.items()}
    for asked in properties:
        if isinstance(asked, Never):
            of_word = here.setdefault(asked.pattern.word, [])
            if len(of_word) < _MAX_NEVERS:
                of_word.append(asked)
    for asked in properties:
        if isinstance(asked, When):
            _check_contradictions(asked.properties, here, context)
        elif isinstance(asked, Sometimes):
            _check_sometimes(asked, here.get(asked.pattern.word, []), context)


def _check_sometimes(asked: Sometimes, nevers: list[Never], context: Context) -> None:
    wanted = set(asked.pattern.arguments)
    excluding = next((n for n in nevers if set(n.pattern.arguments) <= wanted), None)
    if excluding is not None:
        spelt = spell_pattern(excluding.pattern)
        message = f"line {excluding.line} says that this never happens"
        hint = f"leave out this line, or 'never {spelt}'"
        context.report(Code.CONTRADICTION, (asked.line, ""), message, hint)
