"""An execution watched line by line: what its tasks touched, and which lines reported what.

Python's own tracing hook is borrowed for the one execution and given back; nothing that the program
does depends on it.  Observers of the program are not watched, nor is the bench that it runs on.
"""

import sys
import sysconfig
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from types import CodeType, FrameType, ModuleType
from typing import Any

from attrs import define, field, frozen

from hocket.simulator import places, simulation, trio_kernel
from hocket.simulator.explaining.accesses import Access, accesses
from hocket.simulator.tracers import lines_seen_by

__all__ = ["Line", "Report", "Touch", "Watch", "watched"]

_STANDARD = sysconfig.get_path("stdlib")
_CALLERS_OF_A_MESSENGER = 3
_DEPTH_OF_MESSENGERS = 6


@frozen
class Line:
    """A line of the program that ran in the task of that path."""

    task: str
    code: CodeType
    number: int

    def __str__(self) -> str:
        return f"`{self.code.co_name}` ({self.task})"

    @property
    def place(self) -> str:
        """``file:line``, for a person."""
        return places.for_person((self.code, self.number)).partition(" (")[0]


@frozen
class Touch:
    """The ``nth`` time that ``line`` ran and read or wrote the variable ``name``.

    ``variable`` tells variables apart within one execution, and ``at`` is the time of the touch,
    counted in touches; neither is the same in another execution.
    """

    line: Line
    name: str
    writes: bool
    nth: int
    variable: tuple[int, str] = field(eq=False)
    at: int = field(eq=False)

    def __str__(self) -> str:
        verb = "wrote" if self.writes else "read"
        return f"{self.line} {verb} `{self.name}` at {self.line.place}"


@frozen
class Report:
    """An observation of that kind, and the program's lines on the stack, the innermost first."""

    kind: str
    stack: tuple[Line, ...]


@define
class Watch:
    """What was seen of one execution; objects are kept, so that none takes another's identity.

    ``bench`` are the beginnings of paths of files that are no part of the program.
    """

    bench: tuple[str, ...]
    touches: list[Touch] = field(factory=list[Touch], init=False)
    reports: list[Report] = field(factory=list[Report], init=False)
    _owners: dict[int, object] = field(factory=dict[int, object], init=False)
    _times: Counter[tuple[Line, str, bool]] = field(
        factory=Counter[tuple[Line, str, bool]], init=False
    )
    _reporting: FrameType | None = field(default=None, init=False)

    def enter(self, frame: FrameType, _event: str, _argument: object) -> Callable[..., Any] | None:
        """A frame is entered or resumed."""
        if self._reporting is not None:
            return None
        if frame.f_code is simulation.observe.__code__:
            self.reports.append(Report(str(frame.f_locals["kind"]), tuple(self._stack(frame))))
            self._reporting = frame
            return self._until_reported
        return self._line if self._is_watched(frame.f_code) else None

    def _is_watched(self, code: CodeType) -> bool:
        return _is_of_interest(code) and not code.co_filename.startswith(self.bench)

    def _stack(self, frame: FrameType | None) -> Iterator[Line]:
        task = _task()
        while frame is not None and frame.f_code is not trio_kernel.Kernel.run.__code__:
            if self._is_watched(frame.f_code):
                yield Line(task, frame.f_code, frame.f_lineno)
            frame = frame.f_back
        worker = trio_kernel.working()
        if worker is not None:
            for outer, number in reversed(list(worker.caller.iter_await_frames())):
                if self._is_watched(outer.f_code):
                    yield Line(task, outer.f_code, number)

    def _until_reported(self, _frame: FrameType, event: str, _argument: object) -> Any:
        if event == "return":
            self._reporting = None
        return self._until_reported

    def _line(self, frame: FrameType, event: str, _argument: object) -> Callable[..., Any]:
        if event == "line":
            found = accesses(frame.f_code, frame.f_lineno)
            if found:
                self._touch(frame, found)
        return self._line

    def _touch(self, frame: FrameType, found: Sequence[Access]) -> None:
        line = Line(_task(), frame.f_code, frame.f_lineno)
        names = frame.f_locals
        for access in found:
            if not access.path:
                if access.key not in names and _is_module(frame.f_globals.get(access.key)):
                    continue  # calling `rows.update()` of a module changes no `rows`
                scope = frame.f_code.co_filename
                variable = (hash(scope) if access.key not in names else 0, access.key)
            elif (owner := _resolve(names, access.path)) is not None:
                self._owners[id(owner)] = owner
                variable = (id(owner), access.key)
            else:
                continue
            key = (line, access.text, access.writes)
            self._times[key] += 1
            at = len(self.touches)
            nth = self._times[key]
            self.touches.append(Touch(line, access.text, access.writes, nth, variable, at))

    def sources(self) -> Sequence[tuple[Line, ...]]:
        """For each observation, the line that it comes from and the line that called for it.

        A function that many others call only carries the message, and so do those within it.
        """
        callers: dict[CodeType, set[CodeType]] = {}
        for report in self.reports:
            for inner, outer in pairwise(report.stack):
                callers.setdefault(inner.code, set()).add(outer.code)
        return [_source(report.stack, callers) for report in self.reports]


def _source(stack: tuple[Line, ...], callers: Mapping[CodeType, set[CodeType]]) -> tuple[Line, ...]:
    depths = range(min(len(stack) - 1, _DEPTH_OF_MESSENGERS))
    carry = [n for n in depths if len(callers[stack[n].code]) >= _CALLERS_OF_A_MESSENGER]
    start = carry[-1] + 1 if carry else 0
    return stack[start : start + 2]


@contextmanager
def watched(bench: tuple[str, ...]) -> Generator[Watch]:
    """Watch what runs inside, on worker threads too, but for files that begin as in ``bench``."""
    watch = Watch(bench)
    before = sys.gettrace()
    with lines_seen_by(watch.enter):
        sys.settrace(watch.enter)
        try:
            yield watch
        finally:
            sys.settrace(before)


@cache
def _is_of_interest(code: CodeType) -> bool:
    file = code.co_filename
    standard = file.startswith(_STANDARD) and "site-packages" not in file
    return places.is_program(code) and not standard and not file.startswith("<")


def _is_module(value: object) -> bool:
    return isinstance(value, ModuleType)


def _task() -> str:
    """The task that runs, or for a worker thread the one that called for it."""
    kernel, worker = trio_kernel.current(), trio_kernel.working()
    if worker is not None:
        return str(worker.kernel.entry_of(worker.caller).identity)
    return kernel.task_label() if kernel is not None else ""


def _resolve(names: Mapping[str, Any], path: Sequence[str]) -> object | None:
    """The object at the end of a path of attributes; none that takes a call to reach."""
    owner: object = names.get(path[0])
    for name in path[1:]:
        if owner is None or _takes_a_call(owner, name):
            return None
        owner = getattr(owner, name, None)
    return owner


def _takes_a_call(owner: object, name: str) -> bool:
    kind = type(owner)
    return isinstance(getattr(kind, name, None), property) or hasattr(kind, "__getattr__")
