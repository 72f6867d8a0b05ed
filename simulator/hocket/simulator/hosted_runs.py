"""``trio.run`` as a whole test calls it, so that the test is one execution.

A target that is a test is no async function: it sets up fixtures, calls ``trio.run`` itself, once
or several times, and looks at what came back.  Inside :func:`hosting` each such call is run by a
kernel, and all of them answer to one source of choices: their choices, one after the other, are
the schedule of the test.  Everywhere else, and on other threads, ``trio.run`` is what it was.
"""

from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from functools import cache, partial, wraps
from threading import get_ident
from typing import Any

import trio
import trio.testing
from attrs import define, evolve, field

from hocket.simulator import places
from hocket.simulator.endings import End, Ending, Escape, RunOptions
from hocket.simulator.engine.choices import ChoiceSource, Deviation
from hocket.simulator.engine.trace import Trace
from hocket.simulator.execution import Execution, Interruption, Setting, judge
from hocket.simulator.invariants import Monitor
from hocket.simulator.substitutes import substituted
from hocket.simulator.trio_kernel import Kernel
from hocket.simulator.world import prepare as prepare_world

__all__ = ["HostedRuns", "Stuck", "hosting"]


class Stuck(AssertionError):
    """Raised by a hosted ``trio.run`` that nothing can go on in, or that no end is in sight of."""


class Interrupted(Exception):
    """Raised by a hosted ``trio.run`` that a person interrupted."""


@define(eq=False)
class HostedRuns:
    """The runs of one execution of a test.

    ``source`` answers the choices of all of them; ``prepare`` sees each kernel before it starts;
    with a ``trace`` everything that happens is noted there.  ``called`` counts the runs.
    """

    source: ChoiceSource
    setting: Setting
    trace: Trace | None = None
    prepare: Callable[[Kernel], None] | None = None
    called: int = field(default=0, init=False)
    _thread: int = field(factory=get_ident, init=False)
    _choices: list[int] = field(factory=list[int], init=False)
    _arities: list[int] = field(factory=list[int], init=False)
    _deviations: list[Deviation] = field(factory=list[Deviation], init=False)
    _ends: list[End] = field(factory=list[End], init=False)

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
        if get_ident() != self._thread:
            raise self.refuse("trio.run in a thread")
        self.called += 1
        kernel = Kernel(
            self.source,
            model=self.setting.model,
            max_steps=self.setting.max_steps,
            trace=self.trace,
            options=options,
        )
        if self.prepare is not None:
            self.prepare(kernel)
        world = partial(prepare_world, entropy_seed=self.setting.entropy)
        end = kernel.run(async_fn, world)
        self._keep(kernel, end)
        return _outcome(end)

    def _keep(self, kernel: Kernel, end: End) -> None:
        before = len(self._choices)
        self._choices += kernel.record.choices
        self._arities += kernel.record.arities
        self._deviations += (
            evolve(deviation, position=deviation.position + before)
            for deviation in kernel.record.deviations
        )
        self._ends.append(end)

    def conclude(self, error: BaseException | None) -> Execution:
        """The execution that the test was, which ended with ``error`` if it failed."""
        end = _sum_of(self._ends, error)
        return Execution(
            end=end,
            rejection=judge(end, Monitor(())),
            choices=self._choices,
            arities=self._arities,
            deviations=tuple(self._deviations),
            trace=self.trace,
            observations=(),
            triggered=frozenset(),
        )


def _outcome(end: End) -> Any:
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
def hosting(runs: HostedRuns) -> Generator[None]:
    """Inside, ``trio.run`` on this thread is one of ``runs``.

    The replacement is the same function for all of them, since a test may keep it.
    """
    _current.append(runs)
    try:
        with (
            substituted(trio, {"run": _hosted}),
            substituted(trio.lowlevel, {"start_guest_run": _refusing}),
        ):
            yield
    finally:
        _current.pop()


@cache
def _hosted(real: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(real)
    def run(
        async_fn: Callable[..., Awaitable[Any]],
        *args: Any,
        clock: trio.abc.Clock | None = None,
        instruments: Sequence[trio.abc.Instrument] = (),
        restrict_keyboard_interrupt_to_checkpoints: bool = False,
        strict_exception_groups: bool = True,
    ) -> Any:
        __tracebackhide__ = True
        if not _current:
            return real(
                async_fn,
                *args,
                clock=clock,
                instruments=instruments,
                restrict_keyboard_interrupt_to_checkpoints=restrict_keyboard_interrupt_to_checkpoints,
                strict_exception_groups=strict_exception_groups,
            )
        runs = _current[-1]
        if clock is not None and not isinstance(clock, trio.testing.MockClock):
            raise runs.refuse(f"a clock of its own ({type(clock).__name__})")
        if clock is not None and clock.rate:
            raise runs.refuse("a mock clock that runs at a rate of real time")
        options = RunOptions(args, clock, tuple(instruments), strict_exception_groups)
        return runs.run(async_fn, options)

    return run


def _refusing(real: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(real)
    def start_guest_run(*args: Any, **kwargs: Any) -> Any:
        if not _current:
            return real(*args, **kwargs)
        raise _current[-1].refuse("guest mode (start_guest_run)")

    return start_guest_run
