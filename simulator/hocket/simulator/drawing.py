"""Values drawn by Hypothesis's strategies inside of a target, as choices of its schedule.

Hypothesis makes every value from draws of five primitive kinds, by a *provider* that can be
exchanged.  Here the provider asks the schedule: a drawn value is part of the choice sequence, so it
is explored by the strategy that explores the orders, recorded in the token, and made simpler by the
shrinker together with them.  The first option of each choice is the simplest value.

Other tools with such providers are HypoFuzz and hypothesis-crosshair.  What differs: nothing is
generated before the target runs, since what is drawn may depend on the order of its tasks.
"""

import math
import sys
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from hypothesis.control import BuildContext
from hypothesis.errors import StopTest, UnsatisfiedAssumption
from hypothesis.internal.conjecture.data import ConjectureData
from hypothesis.internal.conjecture.providers import PrimitiveProvider
from hypothesis.internal.floats import make_float_clamper
from hypothesis.internal.intervalsets import IntervalSet
from hypothesis.strategies import SearchStrategy

from hocket.simulator import trio_kernel
from hocket.simulator.endings import Discarded
from hocket.simulator.engine.choices import ChoiceKind
from hocket.simulator.simulation import choose
from hocket.simulator.trio_kernel import Kernel

__all__ = ["Choose", "draw", "run_given"]

Value = TypeVar("Value")

Choose = Callable[[str, int], int]
"""From a label and a number of options to the index of the one that is taken."""

_ALL_AT_ONCE: Final = 64
"""So many values are offered in one choice; of more, their digits are chosen."""

_DIGITS_UNBOUNDED: Final = 10
_DIGITS_TOGETHER: Final = 2
"""So many digits are one choice, so that shrinking can lower them in one go."""

_SIZE_MAX: Final = 16
_FLOATS: Final = (0.5, 1.5, -1.0, 1e-9, 1e16, sys.float_info.max, math.inf, -math.inf, math.nan)


_drawn: WeakKeyDictionary[Kernel, Counter[str]] = WeakKeyDictionary()
"""How often each task of an execution has drawn."""


class ChoiceProvider(PrimitiveProvider):
    """Answers each primitive draw by choices of a schedule; the first option is the simplest."""

    def __init__(self, data: ConjectureData | None, /, *, choose: Choose) -> None:
        super().__init__(data)
        self._ask = choose
        self._value, self._part = 0, 0

    def _next(self) -> None:
        """Another value is drawn."""
        self._value, self._part = self._value + 1, 0

    def _choose(self, what: str, options: int) -> int:
        """Ask under a label of its own, by which shrinking finds the choice again.

        It stays the same if a value before this one is made of fewer choices.
        """
        self._part += 1
        return self._ask(f"value {self._value}.{self._part}, {what}", options)

    def draw_boolean(self, p: float = 0.5) -> bool:
        """False, or with about the chance ``p`` true."""
        self._next()
        if p <= 0 or p >= 1:
            return p >= 1
        trues = min(7, max(1, round(8 * p)))
        return self._choose("a truth value", 8) >= 8 - trues

    def draw_integer(
        self,
        min_value: int | None = None,
        max_value: int | None = None,
        *,
        weights: dict[int, float] | None = None,
        shrink_towards: int = 0,
    ) -> int:
        """A number between the bounds: all are offered at once, or its digits one by one."""
        self._next()
        return self._number(min_value, max_value, shrink_towards)

    def _number(self, min_value: int | None, max_value: int | None, near: int = 0) -> int:
        low = -math.inf if min_value is None else min_value
        high = math.inf if max_value is None else max_value
        centre = int(min(max(near, low), high))
        span = high - low + 1
        if span <= _ALL_AT_ONCE:
            nearest = sorted(range(int(low), int(high) + 1), key=lambda n: (abs(n - centre), -n))
            return nearest[self._choose("a number", len(nearest))] if len(nearest) > 1 else centre
        below, above = centre - low, high - centre
        sides = [side for side, room in ((1, above), (-1, below)) if room]
        side = sides[self._choose("a sign", len(sides))] if len(sides) > 1 else sides[0]
        distance = self._distance(above if side > 0 else below)
        return centre + side * distance

    def _distance(self, most: float) -> int:
        """A number from 0 to ``most``: small ones are as likely as large ones."""
        digits_max = _DIGITS_UNBOUNDED if most == math.inf else math.ceil(math.log(most + 1, 16))
        digits = self._choose("how many hexadecimal digits", digits_max + 1)
        number = 0
        while digits:
            together = min(digits, _DIGITS_TOGETHER)
            first = 16 ** (together - 1) if not number else 0
            chosen = self._choose("the digits", 16**together - first)
            number, digits = number * 16**together + first + chosen, digits - together
        return number if most == math.inf else min(number, int(most))

    def draw_float(
        self,
        *,
        min_value: float = -math.inf,
        max_value: float = math.inf,
        allow_nan: bool = True,
        smallest_nonzero_magnitude: float,
    ) -> float:
        """A whole number, a fraction, or one that is known to make trouble."""
        self._next()
        kind = self._choose("a kind of float", 3)
        if kind == 2:
            value = _FLOATS[self._choose("a float", len(_FLOATS))]
        else:
            value = float(self._number(-(2**52), 2**52))
            value = value / 2 ** (1 + self._choose("a fraction", 8)) if kind else value
        clamp = make_float_clamper(
            min_value,
            max_value,
            allow_nan=allow_nan,
            smallest_nonzero_magnitude=smallest_nonzero_magnitude,
        )
        return clamp(value)

    def draw_string(
        self, intervals: IntervalSet, *, min_size: int = 0, max_size: int = _SIZE_MAX
    ) -> str:
        """Characters of ``intervals``, the plain ones first."""
        self._next()
        size = self._size(min_size, max_size) if len(intervals) else 0
        last = len(intervals) - 1
        drawn = (self._number(0, last) if last else 0 for _ in range(size))
        return "".join(map(intervals.char_in_shrink_order, drawn))

    def draw_bytes(self, min_size: int = 0, max_size: int = _SIZE_MAX) -> bytes:
        """Bytes, from zero on."""
        self._next()
        return bytes(self._number(0, 255) for _ in range(self._size(min_size, max_size)))

    def _size(self, low: int, high: int) -> int:
        options = min(high - low, _SIZE_MAX) + 1
        return low + (self._choose("a size", options) if options > 1 else 0)


def draw(generator: SearchStrategy[Value]) -> Value:
    """Draw a value in the middle of a target, as a choice of its schedule.

    Outside of an execution it is the simplest value.  Raises
    :class:`~hocket.simulator.endings.Discarded`, which ends the execution and is no failure, where
    a filter leaves nothing.

    >>> from hypothesis import strategies as st
    >>> from hocket.simulator import explore
    >>> async def target():
    ...     assert sum(draw(st.lists(st.integers(0, 9)))) < 12
    >>> result = explore(target, strategy="random")
    >>> print(result.failures[0].message.partition(" at ")[0])
    AssertionError: assert sum(draw(st.lists(st.integers(0, 9)))) < 12
    """
    kernel = trio_kernel.current()
    where = ""
    if kernel is not None:
        drawn = _drawn.setdefault(kernel, Counter())
        task = kernel.task_label()
        drawn[task] += 1
        where = f"draw {drawn[task]} of {task}: "

    def ask(label: str, options: int) -> int:
        names = [str(number) for number in range(options)]
        return choose(ChoiceKind.DATA, where + label, names)

    data = _data(ask)
    with _fitting(), BuildContext(data, wrapped_test=draw):
        return data.draw(generator)


def run_given(
    test: Callable[..., object], choose: Choose, drawn: dict[str, object], **fixtures: object
) -> None:
    """Run the function under a ``@given`` once, with values that ``choose`` decides.

    ``drawn`` is filled with them by the names of the arguments.  A test whose assumption does not
    hold passes.
    """
    handle: Any = test.hypothesis  # type: ignore[attr-defined]  # as @given leaves it
    data = _data(choose)
    instance: object = getattr(test, "__self__", None)
    bound = () if instance is None else (instance,)
    try:
        with BuildContext(data, wrapped_test=test):
            for name, generator in handle._given_kwargs.items():
                drawn[name] = data.draw(generator)
            handle.inner_test(*bound, **fixtures, **drawn)
    except (StopTest, UnsatisfiedAssumption, Discarded):
        return


def _data(choose: Choose) -> ConjectureData:
    return ConjectureData(random=None, provider=ChoiceProvider, provider_kw={"choose": choose})


@contextmanager
def _fitting() -> Generator[None]:
    try:
        yield
    except (StopTest, UnsatisfiedAssumption) as error:
        raise Discarded("no value fits what was asked of it") from error
