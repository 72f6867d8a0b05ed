"""Python values as the values of the model."""

from collections.abc import Mapping

from hocket.scenarios.language.model import Argument, Duration, EventPattern, Name, Value
from hocket.scenarios.language.phrases import duration_of
from hocket.scenarios.vocabulary import WORDS, Comparison

__all__ = ["Time", "arguments_of", "pattern_of", "time_of"]

Time = str | float | Duration | Name
"""A duration as ``"30s"``, as seconds, as itself, or as the name of a parameter."""

_NAMED = (Comparison.TURN, Comparison.REQUEST, Comparison.TOOL, Comparison.USER)


def time_of(value: Time) -> Duration | Name:
    """The duration that is meant; ValueError for a text that is none.

    >>> time_of("500ms"), time_of(2)
    (Duration(seconds=0.5), Duration(seconds=2.0))
    """
    if isinstance(value, Duration | Name):
        return value
    if not isinstance(value, str):
        return Duration(float(value))
    found = duration_of(value)
    if found is None:
        raise ValueError(f"{value!r} is no duration; write 5s, 500ms, 2m or 1h")
    return found


def arguments_of(values: Mapping[str, Value]) -> tuple[Argument, ...]:
    """Named values, as the arguments of a call."""
    return tuple(Argument(name, value) for name, value in values.items())


def pattern_of(word: str, values: Mapping[str, Value]) -> EventPattern:
    """The events of a word with these values; turns, tools and users are given by their names."""
    known = WORDS.get(word)
    named = [n for n, slot in known.slots.items() if slot.comparison in _NAMED] if known else []
    meant = {
        name: Name(value) if isinstance(value, str) and name in named else value
        for name, value in values.items()
    }
    return EventPattern(word, arguments_of(meant))
