"""What a Trio user does today: repeat the test, or let Hypothesis choose the order of each pass.

A deadlock is told by a deadline far off in virtual time, to which an autojump clock jumps.
"""

from collections.abc import Awaitable, Callable
from importlib import import_module

import trio
import trio.testing
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

__all__ = ["first_by_hypothesis", "first_by_repetition"]

FAR_SECONDS = 1e6

import_module("pytest_trio.plugin")  # lets Hypothesis seed the order of Trio's passes


def first_by_repetition(main: Callable[[], Awaitable[object]], budget: int) -> int | None:
    """The number of the first of ``budget`` plain runs that fails, if one does."""
    return next((n for n in range(1, budget + 1) if _fails(main)), None)


def first_by_hypothesis(
    main: Callable[[], Awaitable[object]], budget: int, chance: int
) -> int | None:
    """The number of the first example of a property test that fails, if one does."""
    done = 0

    @seed(chance)
    @settings(
        max_examples=budget,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers())
    def holds(_number: int) -> None:
        nonlocal done
        done += 1
        assert not _fails(main)

    try:
        holds()
    except AssertionError:
        return done
    return None


def _fails(main: Callable[[], Awaitable[object]]) -> bool:
    async def bounded() -> None:
        with trio.fail_after(FAR_SECONDS):
            await main()

    try:
        trio.run(bounded, clock=trio.testing.MockClock(autojump_threshold=0))
    except Exception:
        return True
    return False
