"""An async function that is explored whenever it is called, for any framework for tests."""

from collections.abc import Awaitable, Callable
from functools import wraps

from hocket.simulator.exploring import explore_or_raise

__all__ = ["explored"]


def explored(
    *,
    schedules: int = 1_000,
    seed: int = 0,
    strategy: str = "portfolio",
    model: str = "free",
) -> Callable[[Callable[..., Awaitable[object]]], Callable[..., None]]:
    """Decorate an async function so that a call explores it, as :func:`explore_or_raise` does.

    The call is an ordinary one, so that any framework for tests can make it; its arguments are
    those of each execution, and a mutable one is shared by all.  Under Hypothesis's ``@given`` each
    example is explored.  The function itself, as a replay wants it, is ``__wrapped__``.

    >>> import trio
    >>> @explored(schedules=50)
    ... async def takes_turns(names):
    ...     said = []
    ...
    ...     async def say(name):
    ...         said.append(name)
    ...
    ...     async with trio.open_nursery() as nursery:
    ...         for name in names:
    ...             nursery.start_soon(say, name)
    ...     assert said == list(names)
    >>> takes_turns("ab")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    hocket.simulator.exploring.CounterexampleFound: AssertionError: assert said == list(names)
    """

    def decorate(
        function: Callable[..., Awaitable[object]],
    ) -> Callable[..., None]:
        @wraps(function)
        def explored_call(*args: object, **kwargs: object) -> None:
            @wraps(function)
            async def target() -> object:
                return await function(*args, **kwargs)

            explore_or_raise(target, schedules=schedules, seed=seed, strategy=strategy, model=model)

        return explored_call

    return decorate
