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

from hocket.simulator.footprints import Footprints
from hocket.simulator.strategies.exhaustive import Bound, Deepening, Exhaustive, Measure
from hocket.simulator.strategies.guided import Guided
from hocket.simulator.strategies.pct import PCT
from hocket.simulator.strategies.placed import Placed, Rare
from hocket.simulator.strategies.portfolio import Portfolio
from hocket.simulator.strategies.pos import POS
from hocket.simulator.strategies.random_walk import RandomWalk
from hocket.simulator.strategies.strategy import Strategy, watch
from hocket.simulator.strategies.surw import SURW, Selection
from hocket.simulator.strategies.surw_once import SURWOnce
from hocket.simulator.strategies.sweep import Sweep

__all__ = [
    "PCT",
    "POS",
    "STRATEGIES",
    "SURW",
    "Bound",
    "Deepening",
    "Exhaustive",
    "Guided",
    "Measure",
    "Placed",
    "Portfolio",
    "RandomWalk",
    "Rare",
    "SURWOnce",
    "Selection",
    "Strategy",
    "make_strategy",
    "placing",
    "watch",
]


def _portfolio(seed: int) -> Strategy:
    known = Footprints()
    members = (
        RandomWalk(seed),
        SURWOnce(seed, known),
        SURWOnce(seed, known, Selection.SHARED),
        PCT(seed),
        POS(seed, known),
        Deepening(Measure.DELAYS),
        Guided(seed, known),
    )
    return Portfolio(members, turns=(1, 6, 1, 1, 1, 2, 1))


def _mixed(seed: int) -> Strategy:
    """For programs too large to be watched line by line."""
    return Portfolio((RandomWalk(seed), PCT(seed)))


def _pos(seed: int) -> Strategy:
    return POS(seed, Footprints())


def _basic_pos(seed: int) -> Strategy:
    return POS(seed, None)


def _surw(seed: int) -> Strategy:
    return SURW(seed, Footprints())


def _urw(seed: int) -> Strategy:
    return SURW(seed, Footprints(), Selection.SHARED)


def _surw_once(seed: int) -> Strategy:
    return SURWOnce(seed, Footprints())


def _guided(seed: int) -> Strategy:
    return Guided(seed, Footprints())


def _exhaustive(_seed: int) -> Strategy:
    return Exhaustive()


STRATEGIES: Mapping[str, Callable[[int], Strategy]] = MappingProxyType(
    {
        "portfolio": _portfolio,
        "mixed": _mixed,
        "random": RandomWalk,
        "pct": PCT,
        "pos": _pos,
        "basic-pos": _basic_pos,
        "surw": _surw,
        "urw": _urw,
        "surw-once": _surw_once,
        "guided": _guided,
        "exhaustive": _exhaustive,
    }
)
"""The strategies by the names a user types; each is made from a seed."""


def placing(strategy: Strategy, seed: int, *rare: Rare) -> Strategy:
    """The strategy, with one of each ``rare`` in every second schedule.

    A systematic search tries them all.
    """
    if isinstance(strategy, Exhaustive | Sweep):
        return strategy
    for one in rare:
        strategy = Placed(strategy, seed, one)
    return strategy


def make_strategy(name: str, seed: int, bound: str | None = None) -> Strategy:
    """The strategy of that name.  Raises :class:`ValueError` that lists the names there are.

    With a ``bound`` such as ``preemptions=2`` it is ``exhaustive`` within that bound, which may
    then be left unnamed: the default ``portfolio`` gives way.  Raises :class:`ValueError` for text
    that is no bound, and for a strategy that knows none.
    """
    if name not in STRATEGIES:
        known = ", ".join(sorted(STRATEGIES))
        raise ValueError(f"there is no strategy {name!r}; choose one of {known}")
    if bound is None:
        return STRATEGIES[name](seed)
    if name not in {"exhaustive", "portfolio"}:
        raise ValueError(f"only the strategy exhaustive has a bound, and this is {name}")
    return Exhaustive(Bound.parse(bound))
