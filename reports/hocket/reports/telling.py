"""How a program's own words become a picture: lanes, what facts mean, and what they change."""

from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

__all__ = ["Changed", "Fact", "LaneOf", "Telling", "Told", "as_reported"]

Changed = tuple[str, str, str, bool]
"""The kind and the name of a thing, the state it is in now, and whether that is its last."""


@frozen
class Fact:
    """An observation: its ``kind`` and its ``fields``."""

    kind: str
    fields: Mapping[str, Any]


@frozen
class Told:
    """What is told of a fact; quiet if ``text`` is empty."""

    text: str
    changes: tuple[Changed, ...] = ()


@frozen
class LaneOf:
    """The lane of a task.

    Tasks with one ``key`` share a lane; the first of them is the one whose waits are drawn.
    """

    key: str
    title: str
    detail: str = ""

    @property
    def name(self) -> str:
        """The title, and which one of that title."""
        return f"{self.title} {self.detail}".rstrip()


def _own_lane(path: str, name: str) -> LaneOf:
    title = name.rpartition(".")[2] or path
    return LaneOf(path, title, "" if title == path else path)


def as_reported(fact: Fact) -> Told:
    """A fact in the words in which it was reported."""
    fields = ", ".join(f"{name} {value}" for name, value in fact.fields.items())
    return Told(f"{fact.kind}: {fields}" if fields else fact.kind)


def _as_sent(message: str) -> str:
    return message


@frozen
class Telling:
    """How a program's own words become a picture.

    ``lane`` gets the path and the full name of a task, ``fact`` an observation, ``message`` the
    text of a message, and each says what a person should see; a message without words is left out.
    ``steps_told`` says that the steps themselves are the story, as they are for a program that
    reports nothing.  ``ends_with`` is the kind of the observation after which everything is only
    tidied up, and so is quiet.
    """

    lane: Callable[[str, str], LaneOf] = _own_lane
    fact: Callable[[Fact], Told] = as_reported
    message: Callable[[str], str] = _as_sent
    steps_told: bool = True
    ends_with: str = ""
