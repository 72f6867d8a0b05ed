"""The catalogue is sound, and as short as its readers are promised."""

import re
from pathlib import Path

import pytest

from hocket.scenarios.catalogue import texts
from hocket.scenarios.language.checks import read
from hocket.scenarios.language.parameters import instances

TEXTS = texts()
PAGE = Path(__file__).parents[2] / "docs" / "catalogue.md"
REPORT = re.compile(r"[\w.-]+/[\w.-]+#\d+")
REPORTS = (
    "ag-ui-protocol/ag-ui#1277",
    "ag-ui-protocol/ag-ui#1786",
    "langchain-ai/langgraphjs#2552",
    "CopilotKit/CopilotKit#5659",
    "modelcontextprotocol/python-sdk#3060",
    "modelcontextprotocol/python-sdk#3137",
    "modelcontextprotocol/typescript-sdk#742",
    "cloudflare/agents#1632",
    "CopilotKit/CopilotKit#3178",
    "langchain-ai/langgraph#6626",
    "vercel/ai#13307",
    "pydantic/pydantic-ai#5761",
    "letta-ai/lettabot#359",
    "OpenRouterTeam/typescript-sdk#518",
    "microsoft/agent-framework#7458",
    "google/adk-python#5450",
    "openai/openai-agents-python#4244",
    "a2aproject/a2a-python#1170",
    "dbos-inc/dbos-transact-py#767",
    "ag-ui-protocol/ag-ui#2759",
    "microsoft/autogen#7956",
    "letta-ai/letta#3176",
    "pydantic/pydantic-ai#6370",
    "octos-org/octos#917",
    "strands-agents/harness-sdk#4244",
)
"""The public reports whose shapes the catalogue has."""


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


def _rows() -> list[list[str]]:
    """The rows of the page on the catalogue: link, story, reports."""
    lines = PAGE.read_text("utf-8").splitlines()
    return [line.strip("| ").split(" | ") for line in lines if line.startswith("| [")]


def test_the_page_has_every_scenario_once_with_its_story() -> None:
    """It is the index by families, so a new scenario is given its place there."""
    names = [row[0].partition("]")[0].strip("[") for row in _rows()]
    assert sorted(f"{name}.hocket" for name in names) == sorted(TEXTS)
    for name, row in zip(names, _rows(), strict=True):
        (scenario,) = read(TEXTS[f"{name}.hocket"], name=name).scenarios
        assert row[1].strip(" |") == scenario.story


def test_a_scenario_names_the_reports_that_it_is_modelled_on() -> None:
    """Every report has a scenario, and the page tells of the same ones as the scenarios do."""
    told = {report for row in _rows() for report in REPORT.findall(row[-1])}
    named = {
        report
        for text in TEXTS.values()
        for line in text.splitlines()
        if line.startswith("  # ")
        for report in REPORT.findall(line)
    }
    assert named == told
    assert named >= set(REPORTS)
