"""The JSON form: mistakes have places in the document, and whatever it holds, reading it ends."""

import json

import pytest

from hocket.scenarios.language.diagnostics import Code
from hocket.scenarios.language.forms import read_document
from hocket.scenarios.language.json_schema import json_schema
from hocket.scenarios.language.lexer import MAX_TEXT
from hocket.scenarios.language.lsp import for_editors

SOUND = """{
  "hocket": 1,
  "scenarios": [
    {
      "name": "s",
      "setup": {
        "users": [{"name": "ann"}],
        "threads": [{"name": "T", "user": "ann"}],
        "models": [{"thread": "T", "replies": [{"kind": "say", "text": "ok"}]}]
      },
      "clients": [
        {
          "name": "laptop",
          "user": "ann",
          "steps": [
            {"kind": "connect"},
            {"kind": "start", "thread": "T", "turn": "t"},
            {"kind": "wait", "duration": {"seconds": 5}}
          ]
        }
      ]
    }
  ]
}
"""


def test_the_sound_document_is_sound() -> None:
    """What the mistakes are planted in has none."""
    assert read_document(SOUND, name="x.json").diagnostics == ()


@pytest.mark.parametrize(
    ("old", "new", "code", "place", "part"),
    [
        ('"hocket": 1', '"hocket": 2', Code.SHAPE, (2, 13), "version"),
        ('"hocket": 1,', "", Code.SHAPE, (1, 1), "version"),
        ('"connect"}', '"conect"}', Code.SHAPE, (16, 22), "did you mean 'connect'?"),
        ('"kind": "connect"', '"as": "s1"', Code.SHAPE, (16, 13), "does not say what it is"),
        ('"turn": "t"', '"trun": "t"', Code.SHAPE, (17, 46), "did you mean 'turn'?"),
        (', "turn": "t"', "", Code.SHAPE, (17, 13), "'turn' is missing"),
        ('{"seconds": 5}', "5", Code.SHAPE, (18, 42), "cannot stand here"),
        ('{"seconds": 5}', '{"seconds": "5"}', Code.SHAPE, (18, 54), "a number was expected"),
        ('{"seconds": 5}', '{"seconds": NaN}', Code.JSON, (1, 1), "no number"),
        ('"users": [', '"users": ["ann", ', Code.SHAPE, (7, 19), "an object was expected"),
        ('"name": "s"', '"name": "s s"', Code.SHAPE, (1, 1), "cannot be said"),
        ('"text": "ok"', '"text": "\\ud800"', Code.SHAPE, (1, 1), "cannot be said"),
        ('"thread": "T", "turn"', '"thread": "U", "turn"', Code.UNKNOWN_NAME, (17, 41), "'U'"),
        ("}\n", "\n", Code.JSON, (25, 1), "no JSON"),
    ],
)
def test_a_mistake_has_its_place(
    old: str, new: str, code: Code, place: tuple[int, int], part: str
) -> None:
    """Each planted mistake is found where it stands in the document, with words that help."""
    start = SOUND.rindex(old) if old == "}\n" else SOUND.index(old)
    found = read_document(SOUND[:start] + new + SOUND[start + len(old) :], name="x.json")
    matching = [d for d in found.diagnostics if (d.code, (d.line, d.column)) == (code, place)]
    assert matching, found.diagnostics
    assert part in matching[0].message
    assert matching[0].help


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "[" * 100_000, "1e999999", "9" * 5_000, "#" * (MAX_TEXT + 1)]
)
def test_other_documents_are_refused(text: str) -> None:
    """With one diagnostic or a few, and no exception."""
    assert read_document(text, name="x.json").diagnostics


def test_editors_get_positions_in_their_units() -> None:
    """Lines and characters from 0, characters in units of UTF-16, help and suggestion as data."""
    text = 'scenario s\n  client c of ann\n    connect\n    repyl c "\U0001f389" frm s\n'
    result = read_document(text, name="x.hocket")
    shown = for_editors("x.hocket", result)
    assert shown["uri"].startswith("file:///")
    first = next(d for d in shown["diagnostics"] if d["code"] == "E007")
    assert first["range"] == {
        "start": {"line": 3, "character": 4},
        "end": {"line": 3, "character": 9},
    }
    assert (first["severity"], first["source"]) == (1, "hocket")
    assert first["data"]["suggestion"] == "reply"
    wide = read_document('scenario s\n  "\U0001f389" x\n', name="x.hocket")
    (extra,) = [d for d in for_editors("x", wide)["diagnostics"] if d["code"] == "E009"]
    assert extra["range"]["start"] == {"line": 1, "character": 7}


def test_the_schema_says_what_each_thing_is() -> None:
    """Every definition has a description, which editors show, and refuses unknown keys."""
    schema = json_schema()
    assert json.loads(json.dumps(schema)) == schema
    assert {"Scenario", "OnCall", "Hold", "Replay", "When"} <= set(schema["$defs"])
    for definition in schema["$defs"].values():
        assert definition["description"]
        assert definition["additionalProperties"] is False
