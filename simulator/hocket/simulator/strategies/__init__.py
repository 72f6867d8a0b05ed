"""Exploration strategies: one algorithm a file, one small protocol between them and a campaign.

A campaign calls :meth:`Strategy.begin` before each schedule, the kernel calls
:meth:`~hocket.simulator.engine.choices.ChoiceSource.choose` at each choice point of it, and the
campaign calls :meth:`Strategy.end` after it.  A strategy sees choice points and its own state and
nothing else; it is seeded, and two strategies made alike answer alike.  Features that cut across
strategies wrap one (see :mod:`~hocket.simulator.strategies.portfolio`) instead of adding a flag.
The shape is that of Shuttle's ``Scheduler``.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from hocket.simulator.strategies.pct import PCT
from hocket.simulator.strategies.portfolio import Portfolio
from hocket.simulator.strategies.random_walk import RandomWalk
from hocket.simulator.strategies.strategy import Strategy

__all__ = ["PCT", "STRATEGIES", "Portfolio", "RandomWalk", "Strategy", "make_strategy"]


def _portfolio(seed: int) -> Strategy:
    return Portfolio((RandomWalk(seed), PCT(seed)))


STRATEGIES: Mapping[str, Callable[[int], Strategy]] = MappingProxyType(
    {"portfolio": _portfolio, "random": RandomWalk, "pct": PCT}
)
"""The strategies by the names a user types; each is made from a seed."""


def make_strategy(name: str, seed: int) -> Strategy:
    """The strategy of that name.  Raises :class:`ValueError` that lists the names there are."""
    if name not in STRATEGIES:
        known = ", ".join(sorted(STRATEGIES))
        raise ValueError(f"there is no strategy {name!r}; choose one of {known}")
    return STRATEGIES[name](seed)
