"""Values that stand in scenarios, and the line that every piece of one has."""

from attrs import field, frozen

__all__ = [
    "Argument",
    "Duration",
    "Name",
    "Node",
    "Range",
    "Value",
]


@frozen
class Name:
    """A word that stands for something: a turn, a tool, a user or a parameter."""

    text: str


@frozen
class Duration:
    """A length of virtual time, in seconds."""

    seconds: float


@frozen
class Range:
    """A length of time that is free between two bounds, both included."""

    low: Duration
    high: Duration


Value = str | int | float | bool | Duration | Name


@frozen
class Argument:
    """A named value: of a tool call, or of an event that a property asks for."""

    name: str
    value: Value


@frozen
class Node:
    """A piece of a scenario that stood on one ``line`` of its text, counted from 1."""

    line: int = field(default=0, eq=False, kw_only=True)
