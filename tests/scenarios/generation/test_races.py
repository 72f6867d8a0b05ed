"""Races that are made up can be written, read, and followed to their end by the reference."""

from hypothesis import HealthCheck, Phase, given, seed, settings

from hocket.scenarios.adapters.reference import reference
from hocket.scenarios.generation.races import races
from hocket.scenarios.language.checks import read
from hocket.scenarios.language.formatter import format_scenarios, format_text
from hocket.scenarios.language.forms import read_document
from hocket.scenarios.language.json_form import dumps
from hocket.scenarios.language.model import Scenario
from hocket.scenarios.prepared import Prepared
from hocket.simulator import Budget, Campaign
from hocket.simulator.strategies import make_strategy

EXAMPLES = settings(
    max_examples=25,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@EXAMPLES
@given(races())
def test_a_race_passes_all_checks_and_is_read_from_its_text(scenario: Scenario) -> None:
    """Nothing is declared in vain, every step can be done, and text and JSON say the same."""
    text = format_scenarios([scenario])
    result = read(text, name="x")
    assert result.diagnostics == ()
    assert result.scenarios == (scenario,)
    assert format_text(text, name="x").text == text
    assert read_document(dumps([scenario]), name="x.hocket.json").scenarios == (scenario,)


@seed(1)
@settings(EXAMPLES, phases=[Phase.generate])
@given(races())
def test_the_reference_passes_a_race(scenario: Scenario) -> None:
    """No lane is stuck, no promise is broken, and no invariant is, in a few schedules."""
    subject = Prepared("race", "x", "", scenario, reference, "reference")
    campaign = Campaign(subject.target(), make_strategy("mixed", 1), budget=Budget(3))
    assert campaign.run().failures == (), format_scenarios([scenario])
