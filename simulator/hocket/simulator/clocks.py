"""Every clock of the standard library shows the execution's time to code inside a step.

The clocks are replaced once per campaign by dispatchers.  On the thread of an execution and inside
one of its steps they show virtual time; everywhere else they are the real ones.  Within one
instant of virtual time each read is a nanosecond later than the one before, across all tasks of
the execution: clocks never stand still or go back, and a sleep never looks shorter than it was.

time-machine, which patches at the level of C, was considered and does not fit: it shows one time
to all threads of the process, and since 3.0 it leaves ``monotonic`` alone, as it always did
``perf_counter``.  ``datetime.now`` asks the operating system and its class is immutable, so its
two methods are exchanged in the dictionary of the class, which CPython's collector hands out: the
class stays the same object for ``isinstance``, pickles, adapters and earlier imports, where a
substitute class would not.  ``today`` asks ``time.time`` by name and follows.
"""

import ctypes
import datetime
import gc
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final, NoReturn, TypeVar, cast
from weakref import WeakKeyDictionary

from attrs import define

from hocket.simulator import places, steps, trio_kernel
from hocket.simulator.endings import Escape
from hocket.simulator.steps import Step
from hocket.simulator.substitutes import substituted
from hocket.simulator.trio_kernel import Kernel

__all__ = ["EPOCH_SECONDS", "READS_PER_STEP_MAX", "virtual_clocks"]

EPOCH_SECONDS: Final = 1_577_836_800
"""The wall time at which every execution begins, in Unix seconds: 2020-01-01T00:00:00Z."""

READS_PER_STEP_MAX: Final = 10_000
"""Reads after which a step is taken to wait for a clock that cannot move while it does."""

_SECOND: Final = 1_000_000_000  # in nanoseconds

_T = TypeVar("_T")


@define(eq=False)
class _Readings:
    """How often the clocks of one execution were read: in all, and in the step of ``anchor``.

    ``reading`` says that it is being done, since a clock of Trio that a program brought along
    asks the standard library itself.
    """

    total: int = 0
    anchor: str = ""
    in_step: int = 0
    reading: bool = False


_readings: WeakKeyDictionary[Kernel, _Readings] = WeakKeyDictionary()


def _step() -> Step | None:
    """The step that reads a clock, if it is the program that does."""
    step = steps.running()
    return None if step is None or _readings_of(step).reading else step


def _readings_of(step: Step) -> _Readings:
    readings = _readings.get(step.kernel)
    if readings is None:
        readings = _readings[step.kernel] = _Readings()
    return readings


def _read(step: Step) -> int:
    """Nanoseconds since the execution began, and later than at the last read."""
    readings = _readings_of(step)
    anchor = step.kernel.entry_of(step.task).anchor
    if anchor != readings.anchor:
        readings.anchor, readings.in_step = anchor, 0
    readings.in_step += 1
    readings.total += 1
    if readings.in_step > READS_PER_STEP_MAX:
        _escape(step, "spin on clock")
    readings.reading = True
    try:
        return round(step.kernel.now * _SECOND) + readings.total
    finally:
        readings.reading = False


def _read_wall(step: Step) -> int:
    """Unix time in nanoseconds."""
    return EPOCH_SECONDS * _SECOND + _read(step)


def _escape(step: Step, what: str) -> NoReturn:
    escape = Escape(f"{what} at {places.for_person(places.caller())}")
    step.kernel.stop(escape)
    raise escape


def _reader(
    read: Callable[[Step], int], show: Callable[[int], _T]
) -> Callable[[Callable[[], _T]], Callable[[], _T]]:
    """What makes dispatchers for a clock without arguments."""

    def dispatching(real: Callable[[], _T]) -> Callable[[], _T]:
        @wraps(real)
        def clock() -> _T:
            step = _step()
            return real() if step is None else show(read(step))

        return clock

    return dispatching


def _moment_given(position: int, moment: Callable[[float], object]) -> Callable[[Any], object]:
    """What makes dispatchers for a function whose argument at ``position`` defaults to now."""

    def dispatching(real: Callable[..., object]) -> Callable[..., object]:
        @wraps(real)
        def function(*args: object) -> object:
            missing = len(args) == position or (len(args) > position and args[position] is None)
            step = _step() if missing else None
            if step is None:
                return real(*args)
            return real(*args[:position], moment(_read_wall(step) // _SECOND))

        return function

    return dispatching


def _sleep(real: Callable[[float], None]) -> Callable[[float], None]:
    @wraps(real)
    def sleep(seconds: float) -> None:
        worker = trio_kernel.working()
        step = steps.running()
        if step is None or seconds < 0:
            real(seconds)
        elif worker is not None:
            worker.sleep(seconds)
        else:
            _escape(step, "a real sleep (time.sleep)")

    return sleep


def _in_seconds(nanoseconds: int) -> float:
    return nanoseconds / _SECOND


def _clocks() -> Mapping[str, Callable[[Any], object]]:
    """The dispatchers of :mod:`time`, by name."""
    running = ("monotonic", "perf_counter", "process_time", "thread_time")
    to_local: Callable[[float], object] = time.localtime
    return {
        **{name: _reader(_read, _in_seconds) for name in running},
        **{f"{name}_ns": _reader(_read, int) for name in running},
        "time": _reader(_read_wall, _in_seconds),
        "time_ns": _reader(_read_wall, int),
        "sleep": _sleep,
        "localtime": _moment_given(0, float),
        "gmtime": _moment_given(0, float),
        "ctime": _moment_given(0, float),
        "asctime": _moment_given(0, to_local),
        "strftime": _moment_given(1, to_local),
    }


def _now(real: Any) -> object:
    def now(cls: type[datetime.datetime], tz: datetime.tzinfo | None = None) -> datetime.datetime:
        step = _step()
        if step is None:
            return real.__get__(None, cls)(tz)  # type: ignore[no-any-return]
        return _datetime(cls, _read_wall(step), tz)

    return classmethod(now)


def _utcnow(real: Any) -> object:
    def utcnow(cls: type[datetime.datetime]) -> datetime.datetime:
        shown: datetime.datetime = real.__get__(None, cls)()  # warns, where it is deprecated
        step = _step()
        if step is None:
            return shown
        return _datetime(cls, _read_wall(step), datetime.UTC).replace(tzinfo=None)

    return classmethod(utcnow)


def _datetime(
    cls: type[datetime.datetime], nanoseconds: int, tz: datetime.tzinfo | None
) -> datetime.datetime:
    seconds, rest = divmod(nanoseconds, _SECOND)
    return cls.fromtimestamp(seconds, tz).replace(microsecond=rest // 1_000)


@contextmanager
def _virtual_datetime() -> Generator[None]:
    """Exchange the methods of an immutable class for others that dispatch."""
    members = _members(datetime.datetime)
    real = {name: members[name] for name in ("now", "utcnow")}
    members.update(now=_now(real["now"]), utcnow=_utcnow(real["utcnow"]))
    _forget_lookups(datetime.datetime)
    try:
        yield
    finally:
        members.update(real)
        _forget_lookups(datetime.datetime)


def _members(cls: type) -> dict[str, Any]:
    """The dictionary behind the read-only view that a class shows of it."""
    (members,) = gc.get_referents(vars(cls))
    return cast("dict[str, Any]", members)


def _forget_lookups(cls: type) -> None:
    """Tell the interpreter that what it remembers about attributes of ``cls`` is no longer so."""
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(cls))


@contextmanager
def virtual_clocks() -> Generator[None]:
    """Inside, clocks show virtual time to whatever runs in a step of an execution.

    A real sleep there, and reading clocks more than :data:`READS_PER_STEP_MAX` times in one step,
    stop the execution as an :class:`~hocket.simulator.endings.Escape`.
    """
    with substituted(time, _clocks()), _virtual_datetime():
        yield
