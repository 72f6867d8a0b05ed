"""The normal spelling of properties, by which a violated one is known.

Two texts that mean the same property spell it alike, whatever their blanks: the spelling is the
name of the property in reports, and so the identity of what was found.
"""

from hocket.scenarios.language.model import (
    AfterNever,
    Always,
    Argument,
    AtMostOnce,
    Before,
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
    Value,
    When,
)

__all__ = ["spell_arguments", "spell_pattern", "spell_property", "spell_text", "spell_value"]

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"})


def spell_value(value: Value) -> str:
    """A value as it is written.

    >>> spell_value(Duration(0.5)), spell_value("a"), spell_value(True)
    ('0.5s', '"a"', 'true')
    """
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return spell_text(value)
        case float():
            return _spell_float(value)
        case Duration(seconds):
            return _spell_float(seconds).removesuffix(".0") + "s"
        case Name(text):
            return text
        case _:
            return str(value)


def spell_text(text: str) -> str:
    """A text in double quotes.

    >>> print(spell_text('say "a"'))
    "say \\"a\\""
    """
    return f'"{text.translate(_ESCAPES)}"'


def _spell_float(number: float) -> str:
    """A number with a point and without an exponent, which the language has not."""
    plain = repr(float(number))
    return plain if "e" not in plain else f"{number:.15f}".rstrip("0").ljust(3, "0")


def spell_arguments(arguments: tuple[Argument, ...]) -> str:
    """Named values in parentheses."""
    return "(" + ", ".join(f"{a.name}: {spell_value(a.value)}" for a in arguments) + ")"


def spell_pattern(pattern: EventPattern) -> str:
    """An event pattern as it is written, without parentheses if it has no arguments."""
    return pattern.word + (spell_arguments(pattern.arguments) if pattern.arguments else "")


def spell_property(asked: Property) -> str:
    """A property as it is written, on one line; of ``when``, its condition."""
    match asked:
        case Always(pattern, arguments):
            spelt = f"always {spell_pattern(pattern)} with {spell_arguments(arguments)}"
        case Never(pattern):
            spelt = f"never {spell_pattern(pattern)}"
        case ExactlyOnce(pattern):
            spelt = f"exactly once {spell_pattern(pattern)}"
        case AtMostOnce(pattern, per):
            spelt = f"at most once {spell_pattern(pattern)}" + (f" per {per}" if per else "")
        case ExactlyOneOf(patterns):
            spelt = "exactly one of " + ", ".join(spell_pattern(p) for p in patterns)
        case Before(first, then):
            spelt = f"{spell_pattern(first)} before {spell_pattern(then)}"
        case AfterNever(after, never):
            spelt = f"after {spell_pattern(after)} never {spell_pattern(never)}"
        case Eventually(pattern, within):
            deadline = f" within {spell_value(within)}" if within is not None else ""
            spelt = f"eventually {spell_pattern(pattern)}{deadline}"
        case Sometimes(pattern):
            spelt = f"sometimes {spell_pattern(pattern)}"
        case FinallyNoPending():
            spelt = "finally no pending"
        case Use(reference):
            spelt = f"use {reference}"
        case When(condition):
            value = spell_value(condition.value)
            spelt = f"when {condition.parameter} {condition.relation} {value}"
    return spelt
