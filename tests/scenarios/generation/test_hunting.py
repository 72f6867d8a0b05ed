"""A hunt explores scenarios until one fails, and ends with a small one that fails alike."""

import random
from collections.abc import Callable

import pytest

from hocket.scenarios.generation.hunting import SHRINK_SCENARIOS, Explore, Hunt, hunt
from hocket.scenarios.language.model import Calls, Scenario
from hocket.simulator.campaign import CampaignResult
from hocket.simulator.engine.outcome import ExitReason, Failure, FailureKind, Origin, Verdict


def failure(name: str) -> Failure:
    """A failure of some invariant."""
    origin = Origin(FailureKind.INVARIANT, name, "")
    return Failure(FailureKind.INVARIANT, origin, name, "hk1", (), "", 1, "random", "free")


def result(*names: str, reason: ExitReason = ExitReason.BUDGET) -> CampaignResult:
    """Three schedules that failed so."""
    verdict = Verdict.FAILED if names else Verdict.NOT_FOUND
    found = tuple(map(failure, names))
    return CampaignResult("race", verdict, 3, found, "mixed", 0, "free", reason, 0.1)


def calls(scenario: Scenario) -> int:
    """How many calls the model proposes."""
    turns = scenario.setup.models
    return sum(len(r.calls) for t in turns for r in t.replies if isinstance(r, Calls))


def hunted(explore: Explore, *, scenarios: int = 30, seconds: float | None = None) -> Hunt:
    """A hunt from a fixed seed."""
    return hunt(explore, scenarios=scenarios, randomness=random.Random(3), seconds=seconds)


def test_nothing_found_is_counted() -> None:
    """Each scenario is another one, and all that were asked for are explored."""
    seen: list[Scenario] = []

    def explore(scenario: Scenario) -> CampaignResult:
        seen.append(scenario)
        return result()

    hunt = hunted(explore)
    assert (hunt.scenarios, hunt.schedules, hunt.prey) == (30, 90, None)
    assert hunt.exit_reason is ExitReason.BUDGET
    assert len(set(seen)) == 30


def test_a_failing_scenario_is_shrunk() -> None:
    """Of a failure that takes two calls and two turns, two calls and two turns are left."""

    def explore(scenario: Scenario) -> CampaignResult:
        fails = calls(scenario) >= 2 and len(scenario.setup.models) >= 2
        return result(*["ISO-1"] * fails)

    prey = hunted(explore).prey
    assert prey is not None
    assert calls(prey.scenario) == 2
    assert len(prey.scenario.setup.models) == 2
    assert len(prey.scenario.clients) == 1
    assert prey.tried <= SHRINK_SCENARIOS


def test_shrinking_keeps_to_its_failure() -> None:
    """A smaller scenario that fails otherwise is not taken; one whose turns moved up is."""

    def explore(scenario: Scenario) -> CampaignResult:
        turns = len(scenario.setup.models)
        if turns >= 3:
            return result(f"never turn.cancelled(turn: t{turns})")
        return result("another one") if turns == 2 else result()

    prey = hunted(explore).prey
    assert prey is not None
    if prey.failure.origin.name != "another one":
        assert len(prey.scenario.setup.models) == 3
        assert prey.failure.origin.name == "never turn.cancelled(turn: t3)"


def test_equal_seeds_find_equal_things() -> None:
    """A hunt depends on its randomness alone."""

    def explore(scenario: Scenario) -> CampaignResult:
        return result(*["ISO-1"] * (calls(scenario) >= 3))

    first, second = hunted(explore).prey, hunted(explore).prey
    assert first is not None
    assert first == second


@pytest.mark.parametrize("stage", ["seeking", "shrinking"])
def test_an_interrupt_leaves_what_there_is(stage: str) -> None:
    """A campaign that was interrupted ends the hunt; a failure from before is kept."""
    left = 5

    def explore(scenario: Scenario) -> CampaignResult:
        nonlocal left
        left -= 1
        if left < 0:
            return result(reason=ExitReason.INTERRUPTED)
        return result(*["ISO-1"] * (stage == "shrinking" and calls(scenario) >= 1))

    hunt = hunted(explore)
    assert hunt.exit_reason is ExitReason.INTERRUPTED
    assert (hunt.prey is not None) == (stage == "shrinking")


def test_time_that_is_up_ends_a_hunt() -> None:
    """Without any time nothing is explored, and the reason is told."""
    explore: Callable[[Scenario], CampaignResult] = lambda _scenario: result()  # noqa: E731
    hunt = hunted(explore, seconds=0.0)
    assert (hunt.scenarios, hunt.exit_reason) == (0, ExitReason.TIME)
