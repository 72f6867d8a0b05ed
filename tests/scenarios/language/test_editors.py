"""What editors are given agrees with the language, and the extension's manifest with its files."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from hocket.scenarios.catalogue import texts
from hocket.scenarios.language import client_lines, expect_lines, schedule_lines, setup_lines
from hocket.scenarios.language.json_schema import json_schema
from hocket.scenarios.language.parser import ScenarioDraft, parse
from hocket.scenarios.language.reference import reference
from hocket.scenarios.vocabulary import WORDS

REPOSITORY = Path(__file__).resolve().parents[3]
EXTENSION = REPOSITORY / "scenarios" / "editors" / "vscode"


def loaded(name: str) -> Any:
    """A JSON file of the extension."""
    return json.loads((EXTENSION / name).read_text("utf-8"))


def test_the_committed_schema_is_the_one_that_is_printed() -> None:
    """Otherwise run ``make reference``."""
    assert loaded("hocket.schema.json") == json_schema()


def test_the_committed_reference_is_the_one_that_the_docstrings_give() -> None:
    """Otherwise run ``make reference``."""
    assert (REPOSITORY / "docs" / "language-reference.md").read_text("utf-8") == reference()


def test_the_reference_has_every_verb_with_its_form() -> None:
    """A verb without a docstring would show as an empty form."""
    page = reference()
    assert "**``**" not in page
    for verb in (*client_lines.STEPS, *setup_lines.LINES, *schedule_lines.LIMITS):
        assert f"**`{verb}" in page
    for verb in expect_lines.PROPERTIES:
        assert f"**`{verb}" in page


def test_the_manifest_names_files_that_are_there() -> None:
    """And what it packs holds all that it contributes."""
    manifest = loaded("package.json")
    contributed = manifest["contributes"]
    named = [
        *(grammar["path"] for grammar in contributed["grammars"]),
        *(language["configuration"] for language in contributed["languages"]),
        *(validation["url"] for validation in contributed["jsonValidation"]),
    ]
    packed = {path for pattern in manifest["files"] for path in EXTENSION.glob(pattern)}
    for name in (*named, "README.md", "LICENSE"):
        assert (EXTENSION / name).is_file()
        assert (EXTENSION / name).resolve() in packed or (EXTENSION / "syntaxes") in packed
    assert manifest["engines"]["vscode"]
    assert loaded("language-configuration.json")["comments"] == {"lineComment": "#"}
    licence = (REPOSITORY / "LICENSE").read_text("utf-8")
    assert (EXTENSION / "LICENSE").read_text("utf-8") == licence


def test_the_problem_matcher_reads_what_check_prints() -> None:
    """File, line, column, severity, code and message."""
    (matcher,) = loaded("package.json")["contributes"]["problemMatchers"]
    line = "races/a.hocket:6:17: error[E012]: unknown user 'anne'; did you mean 'ann'?"
    match = re.fullmatch(matcher["pattern"]["regexp"], line)
    assert match is not None
    assert match.groups()[:5] == ("races/a.hocket", "6", "17", "error", "E012")


def coloured(text: str) -> dict[str, set[str]]:
    """The words of a text that each rule of the grammar takes."""
    rules = loaded("syntaxes/hocket.tmLanguage.json")["repository"]
    found: dict[str, set[str]] = {}
    for name, rule in rules.items():
        for match in re.finditer(rule.get("match", "(?!)"), text, re.MULTILINE):
            found.setdefault(name, set()).update(match.groups() or {match.group()})
    return found


@pytest.mark.parametrize(
    ("rule", "indent", "words"),
    [
        ("section", "  ", list(ScenarioDraft("", 0).sections)),
        ("verb", "    ", list(setup_lines.LINES)),
        ("verb", "    ", list(client_lines.STEPS)),
        ("verb", "    ", list(schedule_lines.LIMITS)),
        ("verb", "    ", list(expect_lines.PROPERTIES)),
        ("event", "", list(WORDS)),
    ],
)
def test_the_grammar_knows_every_word(rule: str, indent: str, words: list[str]) -> None:
    """Each word is taken by its rule, alone on a line at its depth."""
    for word in words:
        assert word in coloured(f"{indent}{word}\n").get(rule, set()), word


def test_the_grammar_colours_the_catalogue() -> None:
    """Each first word of a line is taken by some rule."""
    for name, text in texts().items():
        taken = set[str]().union(*coloured(text).values())
        for line in parse(text, name=name).source.lines.values():
            first = line.tokens[0]
            assert first.kind == "text" or first.text in taken or "." in first.text
