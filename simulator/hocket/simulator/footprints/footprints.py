"""The predictions: what a pending step will touch, and how much of it each task has left.

Objects have no identity across executions, so each is named by its first touch: the task that comes
first in the order of paths, the number of the step and the rank in it.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from attrs import define, field

from hocket.simulator.engine.order import Footprint
from hocket.simulator.footprints.watcher import WatchedStep, Watcher
from hocket.simulator.run_queue import Entry

__all__ = ["EVERYTHING", "Footprint", "Footprints"]

Path = tuple[int, ...]
EVERYTHING: Final[Footprint] = (-1, -1)
ALWAYS_WATCHED = 3
WATCHED_MAX = 24


@define
class Footprints:
    """What is known so far; strategies of one campaign share it.

    ``shared`` are the bits of things that two tasks touch and one writes, and ``matter`` all bits
    by which two steps may conflict: those, or every one once a step was seen that concerns any
    other task.  ``watched`` is the number of executions that were watched.  Watching goes on while
    steps are met that nothing is known of.
    """

    shared: list[int] = field(factory=list[int], init=False)
    matter: int = field(default=0, init=False)
    watched: int = field(default=0, init=False)
    _watcher: Watcher | None = field(default=None, init=False)
    _bits: dict[object, int] = field(factory=dict[object, int], init=False)
    _exact: dict[object, Footprint] = field(factory=dict[object, Footprint], init=False)
    _at_line: dict[object, Footprint] = field(factory=dict[object, Footprint], init=False)
    _runs: dict[Path, list[dict[int, int]]] = field(
        factory=dict[Path, list[dict[int, int]]], init=False
    )
    _children: dict[Path, list[Path]] = field(factory=dict[Path, list[Path]], init=False)
    _touched: dict[int, dict[Path, bool]] = field(factory=dict[int, dict[Path, bool]], init=False)
    _suffixes: dict[tuple[int, Path], list[float]] = field(
        factory=dict[tuple[int, Path], list[float]], init=False
    )
    _pending: dict[Entry, tuple[int, Footprint]] = field(
        factory=dict[Entry, tuple[int, Footprint]], init=False
    )
    _surprised: bool = field(default=False, init=False)

    def begin(self) -> Watcher | None:
        """Who is to watch the execution that begins, if anybody."""
        wanted = self.watched < ALWAYS_WATCHED or (self._surprised and self.watched < WATCHED_MAX)
        self._watcher = Watcher() if wanted else None
        self._surprised = False
        self._pending.clear()
        return self._watcher

    def end(self) -> None:
        """Learn from the execution, if it was watched."""
        if self._watcher is not None:
            self._learn(self._watcher.steps)
            self._watcher = None
        self._pending.clear()

    def of(self, entry: Entry) -> Footprint:
        """What the next step of a task is predicted to touch; :data:`EVERYTHING` if unknown."""
        taken = entry.taken
        number, found = self._pending.get(entry, (-1, EVERYTHING))
        if number != taken:
            found = self._predict(entry, taken)
            self._pending[entry] = (taken, found)
        return found

    def expect(self, entry: Entry) -> Footprint:
        """As :meth:`of`, for somebody who only looks on: what is unknown stays unwatched."""
        surprised = self._surprised
        found = self.of(entry)
        self._surprised = surprised
        return found

    def _predict(self, entry: Entry, taken: int) -> Footprint:
        path, line = entry.path, entry.line
        found = self._exact.get((path, taken, line)) or self._at_line.get((path, line))
        if found is None:
            self._surprised = True
            return EVERYTHING
        return found

    def left(self, entry: Entry, things: int) -> Iterator[tuple[Path, float]]:
        """How many steps that touch ``things`` a task has left, and each of its tasks to come."""
        path, taken = entry.path, entry.taken
        suffix = self._suffix_of(path, things)
        yield path, suffix[taken] if taken < len(suffix) else 0.0
        for child in self._children.get(path, ()):
            if child[-1] >= entry.spawned:
                yield from self._whole(child, things)

    def _whole(self, path: Path, things: int) -> Iterator[tuple[Path, float]]:
        yield path, self._suffix_of(path, things)[0]
        for child in self._children.get(path, ()):
            yield from self._whole(child, things)

    def _suffix_of(self, path: Path, things: int) -> list[float]:
        suffix = self._suffixes.get((things, path))
        if suffix is None:
            suffix = self._suffixes[things, path] = self._suffix(path, things)
        return suffix

    def _suffix(self, path: Path, things: int) -> list[float]:
        """Per number of steps taken, how many are left that touch ``things``: the mean."""
        runs = self._runs.get(path, [])
        last = max((number for run in runs for number in run), default=-1)
        total, suffix = 0.0, [0.0]
        for number in range(last, -1, -1):
            total += sum(bool(run.get(number, 0) & things) for run in runs) / max(1, len(runs))
            suffix.append(total)
        return suffix[::-1]

    def _learn(self, seen: dict[Path, list[WatchedStep]]) -> None:
        self.watched += 1
        self._suffixes.clear()
        keys = _Names(seen)
        for path in sorted(seen):
            run: dict[int, int] = {}
            for step in seen[path]:
                found = self._footprint(path, step, keys)
                run[step.number] = run.get(step.number, 0) | found[0]
                _merge(self._exact, (path, step.number, step.line), found)
                _merge(self._at_line, (path, step.line), found)
            if path not in self._runs:
                self._children.setdefault(path[:-1], []).append(path)
            self._runs.setdefault(path, []).append(run)
        self.shared = [
            1 << bit for bit, by in self._touched.items() if len(by) > 1 and any(by.values())
        ]
        concerning_all = any(written & 1 for _, written in self._exact.values())
        self.matter = -1 if concerning_all else sum(self.shared)

    def _footprint(self, path: Path, step: WatchedStep, names: "_Names") -> Footprint:
        touched, written = 1, int(step.universal)
        for key, write in names.of(step):
            bit = self._bits.setdefault(key, len(self._bits) + 1)
            by = self._touched.setdefault(bit, {})
            by[path] = by.get(path, False) or write
            touched |= 1 << bit
            written |= write << bit
        return touched, written


class _Names:
    """Names for the objects of one execution, and for the fields and items of them."""

    def __init__(self, seen: dict[Path, list[WatchedStep]]) -> None:
        self._names: dict[int, tuple[object, ...]] = {}
        self._whole: set[int] = set()
        for path in sorted(seen):
            for step in seen[path]:
                self._name(path, step)

    def _name(self, path: Path, step: WatchedStep) -> None:
        rank = 0
        for thing, item, _ in step.touched:
            if id(thing) not in self._names:
                self._names[id(thing)] = (path, step.number, rank)
                rank += 1
            if item == "*":
                self._whole.add(id(thing))

    def of(self, step: WatchedStep) -> Iterator[tuple[object, bool]]:
        """What a step touched, by name; items are one once all of them were touched together."""
        for thing, item, write in step.touched:
            one = thing is None or id(thing) not in self._whole
            name: Sequence[object] = () if thing is None else self._names[id(thing)]
            yield (*name, item if one else "*"), write


def _merge(table: dict[object, Footprint], key: object, found: Footprint) -> None:
    before = table.get(key, (0, 0))
    table[key] = (before[0] | found[0], before[1] | found[1])
