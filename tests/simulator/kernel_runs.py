"""Running a kernel in tests: two sources of choices, and one call."""

import random
from collections.abc import Awaitable, Callable

from hocket.simulator.endings import End, Model
from hocket.simulator.engine.choices import ChoicePoint, DefaultSchedule
from hocket.simulator.trio_kernel import Kernel
from hocket.simulator.world import prepare


class Random:
    """A random walk of a given seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def choose(self, point: ChoicePoint) -> int:
        """Any option."""
        return self._random.randrange(len(point.options))


def run(
    target: Callable[[], Awaitable[object]],
    *,
    seed: int | None = None,
    model: Model = Model.FREE,
    max_steps: int = 10_000,
) -> End:
    """One execution, under the default schedule or a random one."""
    source = DefaultSchedule() if seed is None else Random(seed)
    return Kernel(source, model=model, max_steps=max_steps).run(target, prepare)
