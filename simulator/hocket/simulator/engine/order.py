"""The happens-before class of an execution, as one number that grows with it.

Executions whose steps differ only in the order of some that do not depend on each other are of one
class (Mazurkiewicz's traces).  A step depends on the step before it of its own task, on those that
spawned or woke its task, and on earlier steps that touch the same thing, one of the two writing.
Each step is named by a hash of what it depends on, so equal names mean equal pasts, and the class
is told by the last step of each task.  Only whole numbers are hashed: names are the same in every
process.
"""

from attrs import define, field

__all__ = ["Footprint", "Order"]

Path = tuple[int, ...]
Footprint = tuple[int, int]
"""The things that are touched and those that are written, as sets of bits; bit 0 is in all."""
_Last = dict[Path, int]

_NOTHING: Footprint = (1, 0)


@define
class Order:
    """The steps of one execution so far; tasks go by their paths."""

    _last: _Last = field(factory=_Last, init=False)
    _wakers: dict[Path, list[int]] = field(factory=dict[Path, list[int]], init=False)
    _written: dict[int, tuple[Path, int]] = field(factory=dict[int, tuple[Path, int]], init=False)
    _read: dict[int, _Last] = field(factory=dict[int, _Last], init=False)
    _barrier: int = field(default=0, init=False)

    def woke(self, path: Path, by: Path) -> None:
        """The last step of the task ``by`` spawned a task, or made it runnable."""
        if path != by and by in self._last:
            self._wakers.setdefault(path, []).append(self._last[by])

    def step(self, path: Path, footprint: Footprint = _NOTHING) -> None:
        """One more step of a task, which touches and writes those things."""
        touched, written = footprint
        before = self._wakers.pop(path, [])
        if written & 1:  # it may concern any other step
            before.extend(self._last.values())
            touched = 1
        things = _bits(touched >> 1)
        for thing in things:
            writer, name = self._written.get(thing, (path, 0))
            if writer != path:
                before.append(name)
            if written >> thing & 1:
                readers = self._read.get(thing, {})
                before.extend(name for reader, name in readers.items() if reader != path)
        name = hash((self._last.get(path, 0), path, self._barrier, *sorted(set(before))))
        self._last[path] = name
        if written & 1:
            self._barrier = name
        for thing in things:
            if written >> thing & 1:
                self._written[thing] = path, name
                self._read.pop(thing, None)
            else:
                self._read.setdefault(thing, {})[path] = name

    def digest(self) -> int:
        """The number of the class that the execution belongs to, as far as it has come."""
        return hash(tuple(sorted(self._last.items())))


def _bits(number: int) -> list[int]:
    """The places of the bits that are set, from 1 on.

    >>> _bits(0b1010)
    [2, 4]
    """
    places: list[int] = []
    place = 0
    while number:
        place += 1
        if number & 1:
            places.append(place)
        number >>= 1
    return places
