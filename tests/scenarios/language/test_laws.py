"""Laws of the text form, for all scenarios that Hypothesis can make up."""

import json

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hocket.scenarios.catalogue import texts
from hocket.scenarios.generation import scenarios
from hocket.scenarios.language.checks import read
from hocket.scenarios.language.comments import comments_of
from hocket.scenarios.language.formatter import format_scenarios, format_text
from hocket.scenarios.language.forms import read_document
from hocket.scenarios.language.json_form import dumps
from hocket.scenarios.language.json_schema import json_schema
from hocket.scenarios.language.lexer import comment_of
from hocket.scenarios.language.model import Scenario
from hocket.scenarios.language.parser import parse

EXAMPLES = settings(max_examples=20, deadline=None)


@EXAMPLES
@given(scenarios())
def test_a_scenario_is_read_from_its_text(scenario: Scenario) -> None:
    """Parse of format of a model is the model, and passes all checks."""
    result = read(format_scenarios([scenario]), name="x")
    assert result.diagnostics == ()
    assert result.scenarios == (scenario,)


@EXAMPLES
@given(scenarios())
def test_a_formatted_text_is_formatted(scenario: Scenario) -> None:
    """Formatting what came from a model changes nothing."""
    text = format_scenarios([scenario])
    assert format_text(text, name="x").text == text


@st.composite
def untidy(draw: st.DrawFn) -> str:
    """A readable text with comments, blank lines and blanks wherever they may stand."""
    sources = st.sampled_from(list(texts().values())) | scenarios().map(
        lambda scenario: format_scenarios([scenario])
    )
    rows: list[str] = []
    for number, row in enumerate(draw(sources).split("\n")):
        for above in range(draw(st.integers(0, 2))):
            indent = " " * draw(st.integers(0, 8))
            rows.append(draw(st.sampled_from(["", f"{indent}# above {number}.{above}", "  "])))
        beside = draw(st.sampled_from(["", "", " # beside", "#tight", "   "])) if row else ""
        rows.append(f"{row}{beside} {number}" if "#" in beside else row + beside)
    return "\n".join(rows)


def comments_in(text: str) -> list[str]:
    """All comments of a text, sorted."""
    source = parse(text, name="x").source
    beside = [comment_of(source.row(number)) for number in source.lines]
    alone = [row.strip() for row in source.rows if row.lstrip(" ").startswith("#")]
    return sorted([*filter(None, beside), *alone])


@settings(max_examples=40, deadline=None)
@given(untidy())
def test_formatting_keeps_what_is_said(text: str) -> None:
    """The scenarios stay the same, every comment is kept, and a second time changes nothing."""
    better = format_text(text, name="x").text
    assert parse(better, name="x").scenarios == parse(text, name="x").scenarios
    assert comments_in(better) == comments_in(text)
    assert format_text(better, name="x").text == better


def test_comments_are_told_apart() -> None:
    """Above a line, beside it, and below a block that ends before a shallower line."""
    text = "# file\n\nscenario s  # s\n  # who\n  client c of u\n    connect\n    # end\n  # last\n"
    found = comments_of(parse(text, name="x").source)
    assert found.above == {3: ["# file", ""], 5: ["# who"]}
    assert found.beside == {3: "# s"}
    assert found.below == {6: ["# end"], 5: ["# last"]}


@EXAMPLES
@given(scenarios())
def test_the_json_form_says_the_same(scenario: Scenario) -> None:
    """Text to JSON to text is equal, and so is the model."""
    text = format_scenarios([scenario])
    from_text = read(text, name="x").scenarios
    from_json = read_document(dumps(from_text), name="x.hocket.json")
    assert from_json.diagnostics == ()
    assert from_json.scenarios == (scenario,)
    assert format_scenarios(from_json.scenarios) == text


@pytest.mark.parametrize("name", texts())
def test_the_catalogue_survives_json(name: str) -> None:
    """Each shipped text comes back from its JSON form to the letter, but for its comments."""
    scenarios = read(texts()[name], name=name).scenarios
    document = dumps(scenarios)
    jsonschema.validate(json.loads(document), json_schema())
    bare = "\n".join(line for line in texts()[name].splitlines() if not line.startswith("  #"))
    lines = format_scenarios(read_document(document, name="x.json").scenarios).splitlines()
    assert lines == bare.replace("\n\n\n", "\n\n").splitlines()
