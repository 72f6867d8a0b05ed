"""Cancellations that an execution was given beyond those of its program, as values.

A *cancellation point* is a moment of one task at which a cancellation can reach it: before its
first step, while it is parked, or after it was woken.  At such a point a choice of kind ``cancel``
may be asked, with these options; a schedule takes at most one of them.
"""

from enum import StrEnum

from attrs import frozen

__all__ = ["Coverage", "CoveredPoint", "Injection", "Means"]


class Means(StrEnum):
    """The options of a ``cancel`` choice, by the words that reports print.

    ``INJECTED`` cancels a scope of the kernel's own around the whole task, as an abort would.
    ``EXPIRED`` cancels the innermost scope around the task's place that the program itself gave a
    deadline, which moves the deadline to this point.
    ``MOVED`` keeps the task from running until the program itself has cancelled it, which moves the
    program's own cancellation to this point; if none comes, it goes on when nothing else can.
    """

    NONE = "none"
    INJECTED = "injected"
    EXPIRED = "its own deadline, early"
    MOVED = "held for the program's own"


@frozen
class Injection:
    """The one cancellation that an execution was given.

    ``point`` is the label of its choice, ``task`` and ``name`` the victim.  ``place`` is the
    program's line where ``Cancelled`` was raised, empty if it never was; ``ended`` says that the
    task came to its end first, so that there was no further point to raise it at.
    """

    point: str
    task: str
    name: str
    means: Means
    place: str
    ended: bool

    @property
    def delivered(self) -> bool:
        """Whether the task was told of it."""
        return bool(self.place)


@frozen
class CoveredPoint:
    """A moment at which a cancellation was planned, and what became of it.

    ``point`` says which task, before which of its steps; ``place`` is the line where ``Cancelled``
    was raised, empty if it never was; ``ended`` says that it was not since the task ended first.
    """

    point: str
    means: Means
    place: str
    ended: bool

    @property
    def missed(self) -> bool:
        """Whether the point was not reached, or its budget was spent before."""
        return not self.place and not self.ended


@frozen
class Coverage:
    """What a sweep tried in the default schedule, in the order of trial.

    A moment after a task's last cancellation point is none itself, and counts in neither figure.
    """

    points: tuple[CoveredPoint, ...]

    def hit(self, means: Means = Means.INJECTED) -> int:
        """At how many cancellation points one was delivered."""
        return sum(bool(point.place) for point in self.points if point.means is means)

    def total(self, means: Means = Means.INJECTED) -> int:
        """How many cancellation points there are."""
        return sum(not point.ended for point in self.points if point.means is means)

    @property
    def places(self) -> tuple[str, ...]:
        """The lines where ``Cancelled`` was raised, each once, in the order of trial."""
        return tuple(dict.fromkeys(point.place for point in self.points if point.place))

    @property
    def undelivered(self) -> tuple[CoveredPoint, ...]:
        """The injections that no task was told of."""
        injected = (p for p in self.points if p.means is Means.INJECTED)
        return tuple(point for point in injected if not point.place)
