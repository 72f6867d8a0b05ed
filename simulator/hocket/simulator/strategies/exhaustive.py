"""Depth-first search of every schedule, or of every one within a bound.

The stateless search of Godefroid ("Model checking for programming languages using VeriSoft", POPL
1997): executions begin anew, follow the choices so far, and take the next option at the last place
where one is left.  Three bounds, each on what one schedule may hold:

- ``preemptions``: context switches away from a task that could have gone on (Musuvathi and Qadeer,
  "Iterative context bounding for systematic testing of multithreaded programs", PLDI 2007);
- ``delays``: tasks passed over, counted round-robin from the task that ran last (Emmi, Qadeer and
  Rakamaric, "Delay-bounded scheduling", POPL 2011);
- ``deviations``: choices of any kind that are not the default.

Preemptions and delays bound tasks only: faults and values are then tried out in full.
"""

import re
from enum import StrEnum

from attrs import define, frozen

from hocket.simulator.engine.choices import ChoiceKind, ChoicePoint

__all__ = ["Bound", "Deepening", "Exhaustive", "Measure"]


class Measure(StrEnum):
    """What a bound counts."""

    PREEMPTIONS = "preemptions"
    DELAYS = "delays"
    DEVIATIONS = "deviations"


@frozen
class Bound:
    """At most ``limit`` of ``measure`` in one schedule, such as ``preemptions=2``."""

    measure: Measure
    limit: int

    @classmethod
    def parse(cls, text: str) -> "Bound":
        """Read ``MEASURE=NUMBER``.  Raises :class:`ValueError` that says how one looks."""
        word, _, number = text.replace(" ", "").partition("=")
        if word not in list(Measure) or not re.fullmatch(r"[0-9]{1,6}", number):
            raise ValueError(
                f"a bound is MEASURE=NUMBER, as in preemptions=2, not {text!r}; "
                f"measures are {', '.join(Measure)}"
            )
        return cls(Measure(word), int(number))

    def __str__(self) -> str:
        return f"{self.measure}={self.limit}"

    def price(self, point: ChoicePoint) -> tuple[int, int]:
        """What taking option 1 at ``point`` costs, and each option after it more than the last."""
        if self.measure is Measure.DEVIATIONS:
            return 1, 0
        if point.kind is not ChoiceKind.TASK:
            return 0, 0
        if self.measure is Measure.DELAYS:
            return 1, 1
        return int(point.continues), 0


@define
class _Place:
    """A choice on the way that is being tried out, and what its options cost."""

    arity: int
    first: int
    more: int
    index: int = 0

    @property
    def cost(self) -> int:
        return self.first + self.more * (self.index - 1) if self.index else 0


class Exhaustive:
    """Every schedule once, those nearest to the default first; ``bound`` leaves out the costly.

    ``pruned`` says that the bound left out something, ``complete`` that what was not left out has
    all been explored, and ``diverged`` that the same choices led to different places: then the
    search ends, since a target that does so has no space that could be exhausted.
    """

    def __init__(self, bound: Bound | None = None) -> None:
        self.name = f"exhaustive({bound})" if bound else "exhaustive"
        self.pruned = False
        self.complete = False
        self.diverged = False
        self._bound = bound
        self._limit = bound.limit if bound else 0
        self._places: list[_Place] = []
        self._position = 0
        self._spent = 0
        self._begun = False

    def begin(self) -> bool:
        """Go to the last place with an option left; ``False`` when there is none."""
        self._position = 0
        if not self._begun:
            self._begun = True
            return True
        if self.complete or self.diverged:
            return False
        while self._places:
            if self._advance(self._places[-1]):
                return True
            self._places.pop()
        self.complete = True
        return False

    def choose(self, point: ChoicePoint) -> int:
        """What the way so far says, and the default beyond it."""
        position, self._position = self._position, self._position + 1
        arity = point.arity
        if position < len(self._places):
            place = self._places[position]
            self.diverged = self.diverged or place.arity != arity
            return place.index if place.index < arity else 0
        first, more = self._bound.price(point) if self._bound else (0, 0)
        self._places.append(_Place(arity, first, more))
        return 0

    def end(self, steps: int) -> None:
        """The way that was announced must have been gone to its end."""
        self.diverged = self.diverged or self._position < len(self._places)

    def _advance(self, place: _Place) -> bool:
        """Take the next option of ``place``, if there is one that can be afforded."""
        self._spent -= place.cost
        place.index += 1
        if place.index >= place.arity:
            return False
        if self._spent + place.cost > self._limit:
            self.pruned = True
            return False
        self._spent += place.cost
        return True


class Deepening:
    """Exhaustive searches one after the other, the bound on ``measure`` one larger each time.

    The next begins where the last has left out something; a short budget thus goes to the schedules
    nearest to the default.  Those are met again by each search, which costs little: a bound that is
    one larger has many times as many.
    """

    def __init__(self, measure: Measure) -> None:
        self._measure = measure
        self._limit = 0
        self._search = Exhaustive(Bound(measure, 0))

    @property
    def name(self) -> str:
        """The search that is going on, with its bound."""
        return self._search.name

    def begin(self) -> bool:
        """Go on, with a larger bound where this one is exhausted; ``False`` at the very end."""
        while not self._search.begin():
            if self._search.diverged or not self._search.pruned:
                return False
            self._limit += 1
            self._search = Exhaustive(Bound(self._measure, self._limit))
        return True

    def choose(self, point: ChoicePoint) -> int:
        """As the search that is going on."""
        return self._search.choose(point)

    def end(self, steps: int) -> None:
        """As the search that is going on."""
        self._search.end(steps)
