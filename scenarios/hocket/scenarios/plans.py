"""How the tests of a suite are explored: the marker before the command line before the ini file."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

import pytest
from attrs import frozen

from hocket.simulator import Model, Setting
from hocket.simulator.checks import CHECKS
from hocket.simulator.escapes import EXITS
from hocket.simulator.strategies import Strategy, make_strategy
from hocket.simulator.strategies.sweep import Sweep

__all__ = ["SETTINGS", "Plan", "plan_of"]

SETTINGS: Final = ("schedules", "strategy", "model", "seed", "sweep", "allow")
"""What a marker may say, and what the ini file may with ``hocket_`` before it."""


_ALLOWABLE: Final = (*EXITS, *CHECKS)


@frozen
class Plan:
    """How one test is explored.

    ``schedules`` bounds its executions, none at all leave it out.  With ``sweep`` a cancellation is
    tried at each point of its tasks instead of a search by ``strategy``.  ``allow`` names the
    :data:`~hocket.simulator.escapes.EXITS` that are left open, and the
    :data:`~hocket.simulator.checks.CHECKS` that may fail.
    """

    schedules: int
    strategy: str
    model: Model
    seed: int
    sweep: bool
    allow: frozenset[str]

    @property
    def setting(self) -> Setting:
        """The setting of its executions."""
        return Setting(model=self.model, cancel=() if self.sweep else None, allow=self.allow)

    def make_strategy(self) -> Strategy:
        """A strategy for one campaign."""
        return Sweep() if self.sweep else make_strategy(self.strategy, self.seed)


def plan_of(item: pytest.Function, defaults: Mapping[str, object]) -> Plan:
    """The plan of a test.

    Raises :class:`pytest.UsageError` for a marker or setting that is wrong, with what is right.
    """
    given: dict[str, object] = {**defaults}
    for marker in reversed(list(item.iter_markers("hocket"))):
        unknown = set(marker.kwargs) - set(SETTINGS)
        if unknown or marker.args:
            wrong = ", ".join(sorted(unknown)) or "arguments without a name"
            known = ", ".join(SETTINGS)
            raise pytest.UsageError(
                f"{item.nodeid}: the marker hocket has no {wrong}; it takes {known}"
            )
        given.update(marker.kwargs)
    try:
        plan = Plan(
            schedules=int(str(given["schedules"])),
            strategy=str(given["strategy"]),
            model=Model(str(given["model"])),
            seed=int(str(given["seed"])),
            sweep=_sweeps(given["sweep"]),
            allow=frozenset(_names(given["allow"])),
        )
        plan.make_strategy()
    except ValueError as error:
        raise pytest.UsageError(f"{item.nodeid}: hocket: {error}") from error
    return plan


def _sweeps(given: object) -> bool:
    if given not in (None, "", "cancel"):
        raise ValueError(f"there is no sweep {given!r}; there is cancel")
    return given == "cancel"


def _names(given: object) -> Iterable[str]:
    """The names in ``allow``: one or several, as a list or with spaces or commas between."""
    names: Iterable[Any] = (
        given.replace(",", " ").split() if isinstance(given, str) else cast("Iterable[Any]", given)
    )
    for name in names:
        if name not in _ALLOWABLE:
            known = ", ".join(_ALLOWABLE)
            raise ValueError(f"there is no {name!r} to allow; choose from {known}")
        yield name
