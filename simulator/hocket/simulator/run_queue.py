"""The runnable tasks, in the order in which a choice offers them.  Pure: it knows no Trio.

Tasks are kept in order of their paths.  A choice offers first the task that ran last, if it is
runnable, then the others in round-robin order after it, so that index 0 is the default and the
index is the number of tasks that are passed over.  In lockstep only the tasks of the pass are
offered, in order of their paths, and what becomes runnable waits for the next pass.

Fairness: a task that passes :data:`SPIN_LIMIT` checkpoints without blocking, while others could run
or a deadline is pending, is put behind all others until it is chosen or they have all blocked.  A
program that polls would otherwise never let anybody else run under the default order.  Where all
that can run only spin, they go on for :data:`SPIN_ROUNDS` such turns before time moves.  The rule
is part of the model: a schedule in which it fired is no member of the space that a bound speaks of.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Final, Generic, TypeVar, overload

from attrs import define, field

from hocket.simulator.engine.choices import ChoiceKind, ChoicePoint
from hocket.simulator.engine.trace import name_of_path

__all__ = ["SPIN_LIMIT", "SPIN_ROUNDS", "Entry", "LockstepQueue", "RunQueue"]

SPIN_LIMIT: Final = 20
"""Consecutive checkpoints after which a task that never blocks must let the others go first."""

SPIN_ROUNDS: Final = 5
"""How often tasks that are alone and only spin go on before time moves past them.

One that works through a long queue looks like one that polls, but comes to an end.
"""


@define(eq=False)
class Entry:
    """A task by its spawn path, never its address.

    ``system`` tasks never become the one that ran last; ``urgent`` ones are no choice at all;
    ``spawned`` counts the tasks it has spawned and ``streak`` the checkpoints since it blocked;
    ``outside`` says that the world has woken it, at a moment of its own (known in lockstep only).
    """

    path: tuple[int, ...]
    system: bool
    urgent: bool
    spawned: int = field(default=0, init=False)
    streak: int = field(default=0, init=False)
    outside: bool = field(default=False, init=False)

    @property
    def identity(self) -> str:
        """The spawn path, such as ``main/0/2``; ``soon`` is the task of queued callbacks."""
        return name_of_path(self.path)

    @property
    def anchor(self) -> str:
        """The identity and the number of the step to come; known to who runs the task."""
        return self.identity

    @property
    def taken(self) -> int:
        """The number of steps it has taken; known to who runs the task."""
        return 0

    @property
    def line(self) -> int:
        """The line at which its program waits to go on; known to who runs the task."""
        return 0


E = TypeVar("E", bound=Entry)


@define(eq=False)
class RoundRobin(Sequence[E]):
    """The options of a choice as a view: the entries from ``start`` on, those before it, the rest.

    A choice is made for almost every step, and most strategies look at the taken option alone.
    """

    _entries: list[E]
    _spinning: list[E]
    start: int = 0

    def __len__(self) -> int:
        return len(self._entries) + len(self._spinning)

    def __iter__(self) -> Iterator[E]:
        start, entries = self.start, self._entries
        return iter(entries[start:] + entries[:start] + self._spinning)

    @overload
    def __getitem__(self, index: int) -> E: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[E]: ...

    def __getitem__(self, index: int | slice) -> E | Sequence[E]:
        return list(self)[index]


@define
class RunQueue(Generic[E]):
    """What can run next in the free model: any runnable task.

    ``entries`` are in order of their paths; a task stays among them while it runs, since most
    steps end at a checkpoint.  ``entries`` and ``spinning`` are only ever changed in place.
    """

    stays: ClassVar[bool] = True
    entries: list[E] = field(factory=list[E], init=False)
    spinning: list[E] = field(factory=list[E], init=False)
    last: E | None = field(default=None, init=False)
    _paths: list[tuple[int, ...]] = field(factory=list[tuple[int, ...]], init=False)
    _options: RoundRobin[E] = field(init=False)
    _point: ChoicePoint = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._options = RoundRobin(self.entries, self.spinning)
        self._point = ChoicePoint(ChoiceKind.TASK, "", self._options, continues=False, arity=0)

    def put(self, entry: E) -> None:
        """A task has become runnable."""
        position = bisect_left(self._paths, entry.path)
        self._paths.insert(position, entry.path)
        self.entries.insert(position, entry)

    def remove(self, entry: E) -> None:
        """A task that could be offered is so no longer."""
        position = bisect_left(self._paths, entry.path)
        del self._paths[position], self.entries[position]

    def demote(self, entry: E) -> None:
        """A task that was just put only spins: behind all others with it."""
        self.remove(entry)
        self.spinning.append(entry)

    def choose(self, step: int, answer: Callable[[ChoicePoint], int]) -> E:
        """Who goes next, as ``answer`` says, after so many steps; at least one can.

        A task that spins and was chosen is given another try.
        """
        point, entries, options, last = self._point, self.entries, self._options, self.last
        start, runnable = options.start, len(entries)
        continues = start < runnable and entries[start] is last
        if not continues and last is not None:
            options.start = start = bisect_left(self._paths, last.path)
            continues = start < runnable and entries[start] is last
        point.continues = continues
        point.spinning = spinning = len(self.spinning)
        point.arity = runnable + spinning
        point.step = step
        index = answer(point)
        if index >= runnable:
            return self._revived(self.spinning[index - runnable])
        index += start
        if index >= runnable:
            index -= runnable
        options.start = index  # where the next choice looks for it first
        return entries[index]

    def _revived(self, entry: E) -> E:
        self.spinning.remove(entry)
        entry.streak = 0
        self.put(entry)
        return entry

    def next_pass(self, late: Callable[[E], bool]) -> bool:
        """Let those run that waited for this pass to end; whether there were any.

        Of what the world has woken, ``late`` says whether it comes a pass later.
        """
        return False

    def forgive(self) -> None:
        """All others have blocked: those that spin may go on."""
        spinning = self.spinning[:]
        self.spinning.clear()
        for entry in spinning:
            entry.streak = 0
            self.put(entry)

    def runnable(self) -> list[E]:
        """The tasks that could run, now or in the next pass."""
        return self.entries + self.spinning

    def clear(self) -> None:
        """Forget every task."""
        self.entries.clear()
        self.spinning.clear()
        self._paths.clear()
        self.last = None
        self._options.start = 0


@define
class LockstepQueue(RunQueue[E]):
    """What can run next in lockstep: the tasks of this pass that have not run yet.

    What becomes runnable waits for the next pass, as under Trio; what the world has made runnable,
    whose moment is its own, perhaps for a later one, as long as others can run meanwhile.
    """

    stays: ClassVar[bool] = False
    _arrivals: list[E] = field(factory=list[E], init=False)

    def put(self, entry: E) -> None:
        """A task has become runnable, for the next pass."""
        self._arrivals.append(entry)

    def demote(self, entry: E) -> None:
        """A task that was just put only spins: behind all others with it."""
        self._arrivals.remove(entry)
        self.spinning.append(entry)

    def choose(self, step: int, answer: Callable[[ChoicePoint], int]) -> E:
        """Who of this pass goes next, in order of their paths."""
        if len(self.entries) == 1:
            return self.entries[0]
        self._point.arity = len(self.entries)
        self._point.step = step
        return self.entries[answer(self._point)]

    def next_pass(self, late: Callable[[E], bool]) -> bool:
        """Let those run that became runnable during the last pass, or later; somebody runs."""
        waiting = sorted(self._arrivals, key=lambda entry: entry.path)
        arrived = [entry for entry in waiting if not entry.outside]
        self._arrivals.clear()
        for entry in waiting:
            if entry.outside:
                postponed = bool(arrived) and late(entry)
                (self._arrivals if postponed else arrived).append(entry)
        arrived.sort(key=lambda entry: entry.path)
        self._paths.extend(entry.path for entry in arrived)
        self.entries.extend(arrived)
        return bool(arrived)

    def runnable(self) -> list[E]:
        """The tasks that could run, now or in the next pass."""
        return super().runnable() + self._arrivals

    def clear(self) -> None:
        """Forget every task."""
        super().clear()
        self._arrivals.clear()
