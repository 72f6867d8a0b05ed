"""The catalogue is sound, and as short as its readers are promised."""

import pytest

from hocket.scenarios.catalogue import texts
from hocket.scenarios.language.checks import read
from hocket.scenarios.language.parameters import instances

TEXTS = texts()


@pytest.mark.parametrize("name", TEXTS)
def test_a_scenario_of_the_catalogue_is_sound(name: str) -> None:
    """It parses, passes all checks, and its file is named after it."""
    result = read(TEXTS[name], name=name)
    assert result.diagnostics == ()
    assert [f"{scenario.name}.hocket" for scenario in result.scenarios] == [name]


@pytest.mark.parametrize("name", TEXTS)
def test_a_scenario_of_the_catalogue_is_read_in_a_minute(name: str) -> None:
    """It tells its story in a sentence, expects something, and is a page at most."""
    (scenario,) = read(TEXTS[name], name=name).scenarios
    assert scenario.story.endswith(".")
    assert scenario.properties
    assert instances(scenario)
    assert len(TEXTS[name].splitlines()) <= 50


def test_stories_are_told_once() -> None:
    """No two scenarios have one story."""
    stories = [read(text, name=name).scenarios[0].story for name, text in TEXTS.items()]
    assert len(set(stories)) == len(stories) >= 14
