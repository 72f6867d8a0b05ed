"""The one source of nondeterminism: a labelled sequence of choices.

A *choice point* is a place where more than one continuation is possible.  Its options are in a
fixed order and option 0 is always the tame one, so that a schedule is told completely by its
*deviations*: the few places where another option was taken.  Replay, shrinking and reports are
functions of that one value.

The measures (see the glossary): a **preemption** is a deviation taken while the task that ran
last could have gone on; a **reordering** is any other task deviation; a **delay** counts the index
of each task deviation, round-robin from the last task, as in delay-bounded scheduling (Emmi,
Qadeer and Rakamaric, POPL 2011).
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final, Protocol

from attrs import Factory, define, frozen

__all__ = [
    "SLOW_STEP",
    "ChoiceKind",
    "ChoicePoint",
    "ChoiceSource",
    "DefaultSchedule",
    "Deviation",
    "Divergence",
    "Named",
    "Option",
    "cost",
    "describe_cost",
]


class ChoiceKind(StrEnum):
    """What is chosen: the next task, the order of timers, a fault, a value."""

    TASK = "task"
    TIMER = "timer"
    CANCEL = "cancel"
    FAULT = "fault"
    DATA = "data"


SLOW_STEP: Final = "slow step"
"""How the label begins of a ``timer`` choice that lets a step last until a deadline comes."""


class Option(Protocol):
    """One way to go on.  Two options of one point never share an anchor."""

    @property
    def anchor(self) -> str:
        """What identifies the option across executions, such as ``main/2@7``: task and step."""
        ...

    @property
    def identity(self) -> str:
        """What the option is about, such as ``main/2``: the anchor without its step."""
        ...


@define
class ChoicePoint:
    """A question to a strategy.

    ``options`` are in order, at least two, the first is the default.  ``continues`` says whether
    the default is to go on with the task that ran last, in which case any other task is a
    preemption.  The last ``spinning`` options are tasks that only pass checkpoints and were put
    behind the others; ``step`` counts the steps of program tasks so far; ``arity`` is the number of
    options.  One object serves all choices of an execution: a strategy reads it during
    :meth:`ChoiceSource.choose` and must not keep it, nor its options.
    """

    kind: ChoiceKind
    label: str
    options: Sequence[Option]
    continues: bool
    spinning: int = 0
    step: int = 0
    arity: int = Factory(lambda point: len(point.options), takes_self=True)


class ChoiceSource(Protocol):
    """Whoever answers: a strategy while it explores, or a recorded schedule in a replay."""

    def choose(self, point: ChoicePoint, /) -> int:
        """The index of the option to take; 0 is the default."""
        ...


class DefaultSchedule:
    """The source that always takes the first option."""

    def choose(self, point: ChoicePoint) -> int:
        """Take the default."""
        return 0


@frozen
class Named:
    """An option that is no task: a fault or a value, by its name."""

    identity: str

    @property
    def anchor(self) -> str:
        """A name stands for itself."""
        return self.identity


@frozen
class Deviation:
    """One choice that was not the default.

    ``position`` is its index among the choices of the execution, ``index`` and ``arity`` what was
    taken of how many; ``default`` and ``taken`` are the anchors of the two options, by which a
    replay recognises the place even where the position moved.
    """

    position: int
    kind: ChoiceKind
    label: str
    index: int
    arity: int
    default: str
    taken: str
    preemption: bool

    @classmethod
    def at(cls, position: int, point: ChoicePoint, index: int) -> "Deviation":
        """The deviation that takes ``index`` at ``point``, the choice number ``position``."""
        return cls(
            position=position,
            kind=point.kind,
            label=point.label,
            index=index,
            arity=point.arity,
            default=point.options[0].anchor,
            taken=point.options[index].anchor,
            preemption=point.continues and point.kind is ChoiceKind.TASK,
        )

    def __str__(self) -> str:
        if self.kind is ChoiceKind.TASK:
            verb = "preempts" if self.preemption else "goes before"
            return f"{self.taken} {verb} {self.default}"
        if self.kind is ChoiceKind.CANCEL:
            return f"{self.label}: {self.taken}"
        return f"{self.label}: {self.taken} instead of {self.default}"


@frozen
class Divergence:
    """In replay, the first place where the execution was not the recorded one."""

    position: int
    expected: str
    found: str

    def __str__(self) -> str:
        return f"at choice {self.position}: recorded {self.expected}, found {self.found}"


def cost(deviations: Iterable[Deviation]) -> tuple[int, int, int]:
    """``(preemptions, reorderings, faults and other choices)``: the first measure of simplicity."""
    preemptions = reorderings = others = 0
    for deviation in deviations:
        if deviation.preemption:
            preemptions += 1
        elif deviation.kind is ChoiceKind.TASK:
            reorderings += 1
        else:
            others += 1
    return preemptions, reorderings, others


def describe_cost(deviations: Sequence[Deviation]) -> str:
    """The measures in words, for a person.

    >>> describe_cost([])
    'the default schedule'
    """
    words = ("preemption", "reordering", "fault or value", "cancellation")
    cancellations = sum(deviation.kind is ChoiceKind.CANCEL for deviation in deviations)
    preemptions, reorderings, others = cost(deviations)
    counts = (preemptions, reorderings, others - cancellations, cancellations)
    parts = [
        f"{count} {word if count == 1 else _plural(word)}"
        for count, word in zip(counts, words, strict=True)
        if count
    ]
    return ", ".join(parts) or "the default schedule"


def _plural(word: str) -> str:
    return "faults or values" if word.startswith("fault") else word + "s"
