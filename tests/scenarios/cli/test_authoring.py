"""``hocket fmt``, ``new``, ``schema``, ``explain-code``, and ``check`` for editors."""

import json
from pathlib import Path

import pytest
from tests.scenarios.cli.conftest import Hocket

from hocket.scenarios.language.templates import TEMPLATES

UNTIDY = "scenario s   # why\n  client c of u\n\n    connect\n  setup\n    user u\n"
TIDY = "scenario s  # why\n  setup\n    user u\n\n  client c of u\n    connect\n"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_fmt_writes_the_one_style(hocket: Hocket) -> None:
    """``--check`` changes nothing and exits 1 until the file is in the style."""
    Path("a.hocket").write_text(UNTIDY)
    checked = hocket("fmt", "--check", "a.hocket")
    assert checked.code == 1
    assert "hocket fmt a.hocket" in checked.out
    assert Path("a.hocket").read_text() == UNTIDY
    assert hocket("fmt", "a.hocket").out == "1 file changed, 0 left as they are\n"
    assert Path("a.hocket").read_text() == TIDY
    assert hocket("fmt", "--check", ".").code == 0


def test_fmt_leaves_a_file_with_mistakes_alone(hocket: Hocket) -> None:
    """They are told, and the file stays as it is; the catalogue is nobody's to change."""
    Path("a.hocket").write_text("scenario s\n  clint c of u\n")
    ran = hocket("fmt", "a.hocket")
    assert ran.code == 2
    assert "did you mean 'client'?" in ran.err
    assert hocket("fmt", "--check").code == 0


def test_fmt_mends_line_ends(hocket: Hocket) -> None:
    """A file from another system is one of the style afterwards."""
    Path("a.hocket").write_bytes(TIDY.replace("\n", "\r\n").encode())
    assert hocket("check", "a.hocket").out.count("E002") == 1
    assert hocket("fmt", "a.hocket").code == 0
    assert Path("a.hocket").read_bytes() == TIDY.encode()


def test_fmt_turns_one_form_into_the_other(hocket: Hocket) -> None:
    """Text to JSON to text is equal, but for comments, and both are checked and run alike."""
    Path("a.hocket").write_text(TEMPLATES["duplicate-id"].replace("NAME", "a").replace("  #", ""))
    bare = "\n".join(r for r in Path("a.hocket").read_text().split("\n") if "The ids" not in r)
    Path("a.hocket").write_text(bare)
    document = hocket("fmt", "--to", "json", "a.hocket").out
    Path("a.hocket.json").write_text(document)
    assert hocket("fmt", "--to", "text", "a.hocket.json").out == bare
    assert hocket("check", "a.hocket.json").code == 0
    assert hocket("fmt", "--check", "a.hocket.json").code == 0
    assert hocket("run", "a.hocket.json", "--schedules", "3").code == 0


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_runs_as_it_is(template: str, hocket: Hocket) -> None:
    """It passes check and fmt --check, and the next command is the one printed."""
    ran = hocket("new", "mine", "--template", template)
    assert ran.out == "wrote mine.hocket; next: hocket run mine.hocket\n"
    assert hocket("check", "mine.hocket").code == 0
    assert hocket("fmt", "--check", "mine.hocket").code == 0
    assert hocket("run", "mine.hocket", "--schedules", "10").code == 0


def test_new_spares_what_is_there(hocket: Hocket) -> None:
    """A file of that name stays, and a name is a name."""
    Path("mine.hocket").write_text("mine")
    ran = hocket("new", "mine")
    assert ran.code == 2
    assert "is there already" in ran.err
    assert Path("mine.hocket").read_text() == "mine"
    assert hocket("new", "not a name").code == 2


def test_schema_is_printed(hocket: Hocket) -> None:
    """As JSON."""
    assert json.loads(hocket("schema").out)["title"] == "hocket scenarios"


def test_codes_are_explained(hocket: Hocket) -> None:
    """One at length, all in a line each, and an unknown one with a suggestion."""
    ran = hocket("explain-code", "e012")
    assert ran.out.startswith("E012: a name that nothing has")
    assert "wrong:\n    on call lokup as c" in ran.out
    assert len(hocket("explain-code").out.splitlines()) > 35
    assert hocket("explain-code", "E912").code == 2


TEN_MISTAKES = """\
scenario ten
  vary delay = 1s, 2

  setup
    user ann, ann
    thread T of anne
    policy lost_call: wait
    model T: call deplyo() id "d1", then say "ok"
    tool deploy: local, timeout 5s

  client laptop of ann
    start T t
    aprove p
    wait delay
    reply c "v

  expect
    never turn.complete(turn: t)
"""

TEN = [
    (2, 8, "E025"),
    (5, 15, "E013"),
    (6, 17, "E012"),
    (7, 23, "E018"),
    (8, 19, "E023"),
    (9, 25, "E030"),
    (12, 13, "E008"),
    (13, 5, "E007"),
    (15, 13, "E004"),
    (18, 11, "E019"),
]


def test_ten_mistakes_are_told_in_one_pass(hocket: Hocket) -> None:
    """Each with its place and code, the line, a caret and a line of help; none for what follows."""
    Path("ten.hocket").write_text(TEN_MISTAKES)
    ran = hocket("check", "ten.hocket")
    assert ran.code == 2
    for line, column, code in TEN:
        assert f"ten.hocket:{line}:{column}: error[{code}]: " in ran.out
    assert ran.out.count("= help: ") == ran.out.count("error[") == ran.out.count("^\n") == 10


def test_editors_get_json(hocket: Hocket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text from standard input is checked, and diagnostics come as the protocol has them."""
    import io  # noqa: PLC0415 - only here
    import sys  # noqa: PLC0415

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEN_MISTAKES.encode())))
    ran = hocket("check", "--stdin", "--format", "json")
    assert ran.code == 2
    (file,) = json.loads(ran.out)
    found = {(d["range"]["start"]["line"] + 1, d["code"]) for d in file["diagnostics"]}
    assert {(line, code) for line, _, code in TEN} <= found
    assert hocket("check", "--stdin", "ten.hocket").code == 2


def test_a_runtime_that_tells_of_less_is_asked(hocket: Hocket) -> None:
    """A property whose event the adapter does not emit is a mistake with a code of its own."""
    Path("quiet.py").write_text(
        "from hocket.scenarios.adapters.reference import ReferenceAdapter\n"
        "def quiet():\n    made = ReferenceAdapter()\n"
        "    made.capabilities = frozenset({'run.status'})\n    return made\n"
    )
    Path("a.hocket").write_text(TEMPLATES["approval-race"].replace("NAME", "a"))
    assert hocket("check", "a.hocket", "--runtime", "reference").code == 0
    ran = hocket("check", "a.hocket", "--runtime", "quiet:quiet")
    assert ran.code == 2
    assert "error[E036]: quiet:quiet never tells of 'tool.effect'" in ran.out
