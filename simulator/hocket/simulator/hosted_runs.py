"""``trio.run`` as a whole test calls it, so that the test is one execution.

A target that is a test is no async function: it sets up fixtures, calls ``trio.run`` itself, once
or several times, and looks at what came back.  Inside :func:`hosting` each such call is run by a
kernel, and all of them answer to one source of choices: their choices, one after the other, are
the schedule of the test.  Everywhere else, and on other threads, ``trio.run`` is what it was.
"""

from collections.abc import Awaitable, Callable, Container, Generator, Sequence
from contextlib import contextmanager
from functools import cache, wraps
from threading import get_ident
from typing import Any, TypedDict, Unpack

import trio
import trio.testing
from attrs import define, evolve, field

from hocket.simulator import places
from hocket.simulator.checks import Notice, Watch, checked_classes
from hocket.simulator.endings import End, Ending, Escape, RunOptions
from hocket.simulator.engine import choices
from hocket.simulator.engine.injection import Injection
from hocket.simulator.engine.record import ChoiceRecord
from hocket.simulator.engine.trace import Trace
from hocket.simulator.execution import Execution, Interruption, Rejection, Setting, judge, world_of
from hocket.simulator.invariants import Monitor
from hocket.simulator.network import unreached
from hocket.simulator.substitutes import substituted
from hocket.simulator.trio_kernel import Canceller, Kernel, current

__all__ = ["GivenToRun", "HostedRuns", "Stuck", "hosting", "replaced_runs", "value_of"]


_HARNESS = ("<test ", "<fixture ", "pytest_trio.", "hocket.")
"""How the tasks are called that pytest-trio and hocket run a test in."""


class Stuck(AssertionError):
    """Raised by a hosted ``trio.run`` that nothing can go on in, or that no end is in sight of."""


class Interrupted(Exception):
    """Raised by a hosted ``trio.run`` that a person interrupted."""


class GivenToRun(TypedDict, total=False):
    """What a program may give to ``trio.run`` by name."""

    clock: trio.abc.Clock | None
    instruments: Sequence[trio.abc.Instrument]
    restrict_keyboard_interrupt_to_checkpoints: bool
    strict_exception_groups: bool


@define(eq=False)
class HostedRuns:
    """The runs of one execution of a test.

    ``source`` answers the choices of all of them; ``prepare`` sees each kernel before it starts;
    with a ``trace`` everything that happens is noted there.  ``called`` counts the runs;
    ``unreached`` says where they tried to connect to in vain.
    """

    source: choices.ChoiceSource
    setting: Setting
    trace: Trace | None = None
    prepare: Callable[[Kernel], None] | None = None
    called: int = field(default=0, init=False)
    unreached: list[str] = field(factory=list[str], init=False)
    _thread: int = field(factory=get_ident, init=False)
    _choices: list[int] = field(factory=list[int], init=False)
    _arities: list[int] = field(factory=list[int], init=False)
    _deviations: list[choices.Deviation] = field(factory=list[choices.Deviation], init=False)
    _ends: list[End] = field(factory=list[End], init=False)
    _canceller: Canceller | None = field(default=None, init=False)
    _injection: Injection | None = field(default=None, init=False)
    _watches: list[Watch] = field(factory=list[Watch], init=False)

    def refuse(self, what: str) -> Escape:
        """Note that the test asked for what no schedule decides; the error to raise for it."""
        escape = Escape(f"{what} at {places.for_person(places.caller())}")
        self._ends.append(_cut(escape))
        return escape

    def run(self, async_fn: Callable[..., Awaitable[Any]], options: RunOptions) -> Any:
        """Run an async function as ``trio.run`` does; returns and raises as that does.

        Raises :class:`Stuck` for a deadlock or at the bound of steps, and
        :class:`~hocket.simulator.endings.Escape` for what cannot be simulated.
        """
        kernel = self.kernel(options)
        end = kernel.run(async_fn, world_of(self.setting))
        self.keep(kernel, end)
        return value_of(end)

    def kernel(self, options: RunOptions) -> Kernel:
        """A kernel for the next run, which its caller must :meth:`keep` when it has ended."""
        if get_ident() != self._thread:
            raise self.refuse("trio.run in a thread")
        self.called += 1
        cancel = self.setting.cancel if self._injection is None else None
        self._canceller = Canceller(cancel) if cancel is not None else None
        kernel = Kernel(
            self.source,
            model=self.setting.model,
            max_steps=self.setting.max_steps,
            trace=self.trace,
            options=evolve(
                options,
                profile=self.setting.profile,
                timers=self.setting.timers,
                slow_steps=self.setting.slow_steps,
                harness=_HARNESS,
            ),
            canceller=self._canceller,
        )
        self._watches.append(Watch.of(kernel))
        if self.prepare is not None:
            self.prepare(kernel)
        return kernel

    def options(self, args: tuple[Any, ...] = (), **given: Unpack[GivenToRun]) -> RunOptions:
        """What the program gave to ``trio.run`` as options of a kernel.

        Raises :class:`~hocket.simulator.endings.Escape` for a clock that follows real time.
        """
        clock = given.get("clock")
        if clock is not None and not isinstance(clock, trio.testing.MockClock):
            raise self.refuse(f"a clock of its own ({type(clock).__name__})")
        if clock is not None and clock.rate:
            raise self.refuse("a mock clock that runs at a rate of real time")
        strict = given.get("strict_exception_groups", True)
        return RunOptions(args, clock, tuple(given.get("instruments", ())), strict)

    def choose_data(self, label: str, options: int) -> int:
        """Let the schedule choose a value, in a run or between two."""
        names = [str(number) for number in range(options)]
        kernel = current()
        if kernel is not None:
            return kernel.decide(choices.ChoiceKind.DATA, label, names)
        record = ChoiceRecord(self.source, float, self.trace)
        point = choices.ChoicePoint(
            choices.ChoiceKind.DATA, label, [*map(choices.Named, names)], continues=False
        )
        index = record.answer(point)
        self._take(record)
        return index

    def keep(self, kernel: Kernel, end: End) -> None:
        """Take the choices of a run that has ended into those of the test."""
        self._take(kernel.record)
        self._ends.append(end)
        self.unreached += unreached(kernel)
        if self._canceller is not None:
            self._injection = self._canceller.injection

    def _take(self, record: ChoiceRecord) -> None:
        before = len(self._choices)
        self._choices += record.choices
        self._arities += record.arities
        self._deviations += (
            evolve(deviation, position=deviation.position + before)
            for deviation in record.deviations
        )

    @property
    def left_open(self) -> frozenset[str]:
        """The memory channels that are open now, by where they were made."""
        return frozenset(place for watch in self._watches for place in watch.left_open())

    @contextmanager
    def listening(self) -> Generator[None]:
        """Inside, which is the whole test, exceptions that are ignored are heard of."""
        watch = Watch()
        self._watches.append(watch)
        with watch.listening():
            yield

    def _noticed(self, usual: Container[str]) -> Rejection | None:
        """The first that a check has to say and that is not allowed."""
        notices = [notice for watch in self._watches for notice in watch.notices]
        notices += map(Notice.of_channel, sorted(p for p in self.left_open if p not in usual))
        allowed = self.setting.allow
        return next((n.rejection for n in notices if n.check not in allowed), None)

    def conclude(self, error: BaseException | None, usual: Container[str] = ()) -> Execution:
        """The execution that the test was, which ended with ``error`` if it failed.

        ``usual`` are the channels that are ``left_open`` by the default schedule, too.
        """
        end = _sum_of(self._ends, error)
        if "held-lock" in self.setting.allow:
            end = evolve(end, leaks=())
        return Execution(
            end=end,
            rejection=judge(end, Monitor(())) or self._noticed(usual),
            choices=self._choices,
            arities=self._arities,
            deviations=tuple(self._deviations),
            trace=self.trace,
            observations=(),
            triggered=frozenset(),
            injection=self._injection,
        )


def value_of(end: End) -> Any:
    """What a run returned; raises what it raised, or why it did not come to an end."""
    if isinstance(end.cause, Escape):
        raise end.cause
    if isinstance(end.cause, Interruption):
        raise Interrupted("interrupted")
    if end.error is not None:
        raise end.error
    if end.ending is not Ending.FINISHED:
        raise Stuck("\n".join([f"{end.ending}:", *map(str, end.waits)]))
    return end.value


def _cut(cause: object) -> End:
    return End(
        Ending.STOPPED, None, None, cause, waits=(), leaks=(), steps=0, seconds=0, unfair=False
    )


def _sum_of(ends: Sequence[End], error: BaseException | None) -> End:
    """One end for all runs: the first that did not finish, or what the test made of them all."""
    steps, unfair = sum(end.steps for end in ends), any(end.unfair for end in ends)
    for end in ends:
        if end.ending is not Ending.FINISHED:
            return evolve(end, steps=steps, unfair=unfair)
    leaks = () if error is not None else tuple(leak for end in ends for leak in end.leaks)
    return End(
        ending=Ending.FINISHED,
        value=None,
        error=error,
        cause=None,
        waits=(),
        leaks=leaks,
        steps=steps,
        seconds=max((end.seconds for end in ends), default=0.0),
        unfair=unfair,
    )


_current: list[HostedRuns] = []


@contextmanager
def replaced_runs() -> Generator[None]:
    """Inside, ``trio.run`` and guest mode ask who hosts them, and are as ever if nobody does.

    Enter it before the simulated world, which binds a program's own names for them anew.
    """
    with (
        substituted(trio, {"run": _hosted}),
        substituted(trio.lowlevel, {"start_guest_run": _refusing}),
        checked_classes(),
    ):
        yield


@contextmanager
def hosting(runs: HostedRuns) -> Generator[None]:
    """Inside, and inside of :func:`replaced_runs`, ``trio.run`` on this thread is one of ``runs``.

    The replacement is the same function for all of them, since a test may keep it.
    """
    _current.append(runs)
    try:
        yield
    finally:
        _current.pop()


@cache
def _hosted(real: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(real)
    def run(
        async_fn: Callable[..., Awaitable[Any]], *args: Any, **given: Unpack[GivenToRun]
    ) -> Any:
        __tracebackhide__ = True
        if not _current:
            return real(async_fn, *args, **given)
        runs = _current[-1]
        return runs.run(async_fn, runs.options(args, **given))

    return run


def _refusing(real: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(real)
    def start_guest_run(*args: Any, **kwargs: Any) -> Any:
        if _current:
            raise _current[-1].refuse("guest mode (start_guest_run)")
        return real(*args, **kwargs)

    return start_guest_run
