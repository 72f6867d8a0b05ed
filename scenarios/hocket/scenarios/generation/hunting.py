"""Hunting for a scenario that fails: Hypothesis makes scenarios up, and the simulator runs them.

Each scenario is explored for a few schedules.  The first one that fails is shrunk as Hypothesis
shrinks anything: a smaller scenario is kept if it fails *for the same reason*, so that shrinking
never ends in another failure than it began with.  What is left is for the simulator: it shrinks
the schedule.

A scenario alone decides how it is explored, so that equal seeds find equal things.  Which
scenarios a seed makes depends on the version of Hypothesis too.
"""

import contextlib
import random
import re
import time
from collections.abc import Callable, Sequence

from attrs import define, evolve, field, frozen
from hypothesis import Phase, Verbosity, find, settings
from hypothesis.errors import NoSuchExample

from hocket.scenarios.generation.races import races
from hocket.scenarios.language.model import Scenario
from hocket.simulator.campaign import CampaignResult
from hocket.simulator.engine.outcome import ExitReason, Failure
from hocket.simulator.interrupts import interruptible

__all__ = ["SHRINK_SCENARIOS", "Explore", "Hunt", "Prey", "hunt", "made_up"]

SHRINK_SCENARIOS = 200
"""How many smaller scenarios are tried when one fails."""

Explore = Callable[[Scenario], CampaignResult]
"""Explores a scenario for a few schedules; must come to the same each time."""

_TURN = re.compile(r"\bt[0-9]+\b")


@frozen
class Prey:
    """The smallest scenario that was found to fail, its first failure, and how often it was tried.

    ``number`` says which of the scenarios that were made up failed first, counted from 1, and
    ``schedule`` how many schedules had been run until then; ``tried`` counts the smaller ones that
    were looked at afterwards.
    """

    scenario: Scenario
    failure: Failure
    number: int
    schedule: int
    tried: int


@frozen
class Hunt:
    """What came of a hunt: counts of all that was explored until the first failure, if any.

    ``exit_reason`` is also that of a hunt that was cut while it looked for a smaller scenario.
    """

    scenarios: int
    schedules: int
    exit_reason: ExitReason
    seconds: float
    triggered: frozenset[str]
    unfair: int
    prey: Prey | None = None


def hunt(
    explore: Explore,
    *,
    scenarios: int,
    randomness: random.Random,
    seconds: float | None = None,
    on_schedules: Callable[[int], None] = lambda _done: None,
) -> Hunt:
    """Make up ``scenarios`` scenarios and explore each, until one fails; then look for a small one.

    ``seconds`` of wall time end the hunt between two scenarios; an interrupt ends it at once.  Both
    leave what there is.  ``on_schedules`` hears how many schedules were run.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    hunter = _Hunter(explore, scenarios, deadline, on_schedules)
    with interruptible() as interrupts:
        hunter.is_interrupted = lambda: interrupts.asked
        _propose(hunter.fails, scenarios, randomness)
    return hunter.hunt()


def made_up(scenarios: int, randomness: random.Random) -> tuple[Scenario, ...]:
    """The scenarios that a hunt with this randomness makes up while nothing fails."""
    found: dict[Scenario, None] = {}

    def seen(scenario: Scenario) -> bool:
        if len(found) == scenarios and scenario not in found:
            raise _Over
        found[scenario] = None
        return False

    _propose(seen, scenarios, randomness)
    return tuple(found)


def _propose(fails: Callable[[Scenario], bool], scenarios: int, randomness: random.Random) -> None:
    """Let Hypothesis propose scenarios until it has no more, or nobody wants any."""
    wanted = settings(
        max_examples=2 * scenarios,  # some are made up twice, and explored once
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        verbosity=Verbosity.quiet,
    )
    with contextlib.suppress(NoSuchExample, _Over):
        find(races(), fails, settings=wanted, random=randomness)


class _Over(BaseException):
    """Nothing more is to be made up; no :exc:`Exception`, which Hypothesis would call a failure."""


@define
class _Hunter:
    """A hunt under way."""

    explore: Explore
    scenarios: int
    deadline: float | None
    on_schedules: Callable[[int], None]
    is_interrupted: Callable[[], bool] = lambda: False
    _started: float = field(factory=time.monotonic, init=False)
    _over: ExitReason | None = field(default=None, init=False)
    _done: int = field(default=0, init=False)
    _schedules: int = field(default=0, init=False)
    _unfair: int = field(default=0, init=False)
    _triggered: set[str] = field(factory=set[str], init=False)
    _prey: Prey | None = field(default=None, init=False)
    _known: dict[Scenario, Failure | None] = field(
        factory=dict[Scenario, Failure | None], init=False
    )

    def fails(self, scenario: Scenario) -> bool:
        """Whether a scenario fails, as the first that did."""
        if scenario not in self._known:
            self._stop_in_time()
            if self._prey is None:
                self._known[scenario] = self._seek(scenario)
            else:
                self._known[scenario] = self._try_smaller(scenario, self._prey)
        failure = self._known[scenario]
        if failure is None or self._prey is None:
            return False
        self._prey = evolve(self._prey, scenario=scenario, failure=failure)
        return True

    def hunt(self) -> Hunt:
        """What came of it."""
        usual = ExitReason.BUDGET if self._prey is None else ExitReason.FAILURE
        return Hunt(
            self._done,
            self._schedules,
            self._over or usual,
            time.monotonic() - self._started,
            frozenset(self._triggered),
            self._unfair,
            self._prey,
        )

    def _seek(self, scenario: Scenario) -> Failure | None:
        result = self._explored(scenario)
        self._done += 1
        self._schedules += result.schedules
        self._unfair += result.unfair
        self._triggered |= result.triggered
        self.on_schedules(self._schedules)
        failure = next(iter(result.failures), None)
        if failure is not None:
            self._prey = Prey(scenario, failure, self._done, self._schedules, 0)
        return failure

    def _try_smaller(self, scenario: Scenario, prey: Prey) -> Failure | None:
        self._prey = evolve(prey, tried=prey.tried + 1)
        return _alike(self._explored(scenario).failures, prey.failure)

    def _explored(self, scenario: Scenario) -> CampaignResult:
        result = self.explore(scenario)
        if result.interrupted:
            self._over = ExitReason.INTERRUPTED
            raise _Over
        return result

    def _stop_in_time(self) -> None:
        """Leave Hypothesis where nothing more is to be explored."""
        if self.is_interrupted():
            self._over = ExitReason.INTERRUPTED
        elif self.deadline is not None and time.monotonic() >= self.deadline:
            self._over = ExitReason.TIME
        prey = self._prey
        enough = self._done >= self.scenarios if prey is None else prey.tried >= SHRINK_SCENARIOS
        if self._over is not None or enough:
            raise _Over


def _alike(failures: Sequence[Failure], wanted: Failure) -> Failure | None:
    """The failure with the origin of another; turns may have changed their numbers meanwhile."""
    same = (f for f in failures if _identity(f) == _identity(wanted))
    return next(same, None)


def _identity(failure: Failure) -> str:
    return _TURN.sub("t", str(failure.origin))
