"""Fixtures of pytest-trio in the order in which they were made.

pytest-trio keeps the fixtures of a test, and what they wait for, in sets of objects, which iterate
in the order of addresses: the tasks of two executions would be named and started in different
orders.  Inside :func:`ordered_fixtures` a fixture is hashed by its number, and the sets of events
and cancel scopes keep the order of insertion.
"""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from functools import wraps
from itertools import count
from typing import Any

from pytest_trio import plugin  # type: ignore[import-untyped]

from hocket.simulator.standins import OrderedSet
from hocket.simulator.substitutes import substituted

__all__ = ["ordered_fixtures"]

_NUMBER = "_hocket_number"


@contextmanager
def ordered_fixtures() -> Generator[None]:
    """Inside, the fixtures of one execution of a test are ordered; enter it for each."""
    numbers = count(1)

    def fixture_init(real: Callable[..., None]) -> Callable[..., None]:
        @wraps(real)
        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            real(self, *args, **kwargs)
            self.user_done_events = OrderedSet()
            setattr(self, _NUMBER, next(numbers))

        return init

    def context_init(real: Callable[..., None]) -> Callable[..., None]:
        @wraps(real)
        def init(self: Any) -> None:
            real(self)
            self.active_cancel_scopes = OrderedSet()

        return init

    def fixture_hash(real: Callable[[Any], int]) -> Callable[[Any], int]:
        def number(self: Any) -> int:
            return getattr(self, _NUMBER, None) or real(self)

        return number

    with ExitStack() as stack:
        fixture: dict[str, Callable[[Any], object]] = {
            "__init__": fixture_init,
            "__hash__": fixture_hash,
        }
        stack.enter_context(substituted(plugin.TrioFixture, fixture))
        stack.enter_context(substituted(plugin.TrioTestContext, {"__init__": context_init}))
        yield
