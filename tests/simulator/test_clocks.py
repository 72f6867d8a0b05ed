"""Clocks: virtual inside a step, real everywhere else, and as before afterwards."""

import datetime
import logging
import threading
import time
from collections.abc import Callable
from datetime import date
from datetime import datetime as imported_datetime
from itertools import pairwise
from time import monotonic as imported_monotonic
from typing import Any

import pytest
import trio
from tests.simulator.kernel_runs import run
from trio.testing import MockClock

from hocket.simulator import Model
from hocket.simulator.clocks import EPOCH_SECONDS
from hocket.simulator.endings import RunOptions
from hocket.simulator.engine.choices import DefaultSchedule
from hocket.simulator.trio_kernel import Kernel
from hocket.simulator.world import prepare, simulated_world

TOMORROW: object = imported_datetime(2020, 1, 2)
LOCAL_START = time.localtime(EPOCH_SECONDS)
FORMAT = "%Y-%m-%d %H:%M:%S"


def asked_now(owner: object, name: str) -> Callable[[], Any]:
    """A call of what ``owner`` has under that name when it is called."""

    def ask() -> Any:
        return getattr(owner, name)()

    return ask


# What each clock shows when an execution begins, without fractions of a second.
CLOCKS: dict[str, tuple[Callable[[], object], object]] = {
    "time": (lambda: int(time.time()), EPOCH_SECONDS),
    "time_ns": (lambda: time.time_ns() // 10**9, EPOCH_SECONDS),
    "monotonic": (lambda: int(time.monotonic()), 0),
    "monotonic_ns": (lambda: time.monotonic_ns() // 10**9, 0),
    "perf_counter": (lambda: int(time.perf_counter()), 0),
    "perf_counter_ns": (lambda: time.perf_counter_ns() // 10**9, 0),
    "process_time": (lambda: time.process_time() < 0.001, True),
    "process_time_ns": (lambda: time.process_time_ns() < 1_000_000, True),
    "localtime": (asked_now(time, "localtime"), LOCAL_START),
    "localtime(None)": (lambda: time.localtime(None), LOCAL_START),
    "gmtime": (asked_now(time, "gmtime"), time.gmtime(EPOCH_SECONDS)),
    "ctime": (asked_now(time, "ctime"), time.ctime(EPOCH_SECONDS)),
    "asctime": (asked_now(time, "asctime"), time.asctime(LOCAL_START)),
    "strftime": (lambda: time.strftime(FORMAT), time.strftime(FORMAT, LOCAL_START)),
    "datetime.now": (
        lambda: datetime.datetime.now().replace(microsecond=0),
        imported_datetime.fromtimestamp(EPOCH_SECONDS),
    ),
    "datetime.now(tz)": (
        lambda: imported_datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "2020-01-01T00:00:00+00:00",
    ),
    "datetime.utcnow": (
        lambda: asked_now(datetime.datetime, "utcnow")().replace(microsecond=0),
        imported_datetime(2020, 1, 1),
    ),
    "datetime.today": (
        lambda: imported_datetime.today().replace(microsecond=0),
        imported_datetime.fromtimestamp(EPOCH_SECONDS),
    ),
    "date.today": (asked_now(date, "today"), date.fromtimestamp(EPOCH_SECONDS)),
    "a name imported earlier": (lambda: int(imported_monotonic()), 0),
}
by_clock = pytest.mark.parametrize("clock", CLOCKS)
deprecated = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")


def read_inside(read: Callable[[], object], *, after: float = 0.0) -> object:
    """What a program sees that reads a clock after so many virtual seconds."""
    seen: list[object] = []

    async def target() -> None:
        await trio.sleep(after)
        seen.append(read())

    with simulated_world():
        assert run(target).error is None
    (value,) = seen
    return value


@deprecated
@by_clock
def test_every_execution_begins_at_the_same_instant(clock: str) -> None:
    """Each clock shows it inside, whatever time it is outside, in each execution alike."""
    read, start = CLOCKS[clock]
    assert [read_inside(read) for _ in range(2)] == [start, start]


@deprecated
@by_clock
def test_clocks_are_real_between_executions_and_afterwards(clock: str) -> None:
    """Plain code sees the real time while a campaign is going on and when it is over."""
    read, start = CLOCKS[clock]
    with simulated_world():
        assert read() != start
    assert read() != start


@deprecated
@by_clock
def test_clocks_are_real_on_another_thread_at_the_same_moment(clock: str) -> None:
    """A thread that does not belong to the execution is not told its time."""
    read, start = CLOCKS[clock]
    seen: list[object] = []
    asked, answered = threading.Event(), threading.Event()

    def other() -> None:
        asked.wait(10)
        seen.append(read())
        answered.set()

    async def target() -> None:
        seen.append(read())
        asked.set()
        answered.wait(10)
        seen.append(read())

    with simulated_world():
        thread = threading.Thread(target=other)
        thread.start()
        assert run(target).error is None
        thread.join()
    assert [seen[0], seen[2]] == [start, start]
    assert seen[1] != start


def test_clocks_are_real_in_a_plain_trio_run_during_a_campaign() -> None:
    """Being in some task is not enough: it has to be a task of an execution."""

    async def plain() -> float:
        return time.time()

    with simulated_world():
        assert trio.run(plain) > EPOCH_SECONDS + 10**6


def test_clocks_are_real_between_two_steps() -> None:
    """A source of choices is no part of the program, though it works on the same thread."""
    seen: list[float] = []

    class Timed(DefaultSchedule):
        def choose(self, point: object) -> int:
            seen.append(time.time())
            return 0

    async def target() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(trio.lowlevel.checkpoint)

    with simulated_world():
        Kernel(Timed(), model=Model.FREE, max_steps=100).run(target, prepare)
    assert seen
    assert min(seen) > EPOCH_SECONDS + 10**6


def test_clocks_move_with_virtual_time() -> None:
    """A sleep of an hour is an hour on every clock."""
    assert read_inside(lambda: int(time.monotonic()), after=3600) == 3600
    assert read_inside(lambda: int(time.time()), after=3600) == EPOCH_SECONDS + 3600
    hour = read_inside(lambda: imported_datetime.now(datetime.UTC).hour, after=3600)
    assert hour == 1


def test_two_reads_differ_and_never_go_back() -> None:
    """In one step, in the next, in another task, and after time has moved."""
    seen: list[int] = []

    async def read() -> None:
        for _ in range(3):
            seen.extend([time.monotonic_ns(), time.perf_counter_ns()])
            await trio.sleep(0.000_000_001)

    async def target() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(read)
            nursery.start_soon(read)

    with simulated_world():
        for seed in range(20):
            assert run(target, seed=seed).error is None
            assert all(a < b for a, b in pairwise(seen))
            seen.clear()


def test_a_sleep_is_never_too_short() -> None:
    """A program may measure what it slept, as it can under plain Trio."""

    async def target() -> None:
        start = time.monotonic()
        time.monotonic()
        await trio.sleep(1)
        assert 1 <= time.monotonic() - start < 1.001

    with simulated_world():
        assert run(target).error is None


def test_an_argument_is_obeyed() -> None:
    """Functions that are told a moment show that one, inside too."""
    shown = read_inside(lambda: (time.gmtime(0), time.ctime(0), time.strftime("%Y", LOCAL_START)))
    assert shown == (time.gmtime(0), time.ctime(0), "2020")


def test_datetime_stays_the_class_that_it_was() -> None:
    """Instances, subclasses and checks made earlier or inside fit together."""

    class Stamp(imported_datetime):
        pass

    def read() -> object:
        return type(Stamp.now(datetime.UTC)), isinstance(TOMORROW, datetime.datetime)

    plain = datetime.datetime
    assert read_inside(read) == (Stamp, True)
    assert read_inside(lambda: type(imported_datetime.now())) is plain


def test_what_the_standard_library_stamps_is_virtual() -> None:
    """A log record made in a step has the time of the step."""

    def created() -> int:
        return int(logging.LogRecord("n", 0, "p", 1, "m", None, None).created)

    assert read_inside(created) == EPOCH_SECONDS


def test_a_clock_that_the_program_brought_is_shown() -> None:
    """A mock clock asks the standard library itself, which must not ask it back."""
    seen: list[float] = []

    async def target() -> None:
        seen.append(time.monotonic())

    with simulated_world():
        clock = MockClock()
        clock.jump(100)
        options = RunOptions(clock=clock)
        kernel = Kernel(DefaultSchedule(), model=Model.FREE, max_steps=99, options=options)
        assert kernel.run(target, prepare).error is None
    assert int(seen[0]) == 100
