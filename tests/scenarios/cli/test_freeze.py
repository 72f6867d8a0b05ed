"""``hocket freeze``: a failing schedule becomes a scenario with a replay section."""

import json
from pathlib import Path

import pytest
from tests.scenarios.cli.conftest import Hocket

from hocket.scenarios.language.parser import parse

SCENARIO = """\
# About this file.

scenario before
  client c of u
    connect

scenario slow_answer
  "The answer comes in time, or not."  # told by a user

  vary delay = 9s, 11s  # around the deadline

  setup
    user ann
    thread T of ann
    model T: call f() id "c1", then say "ok"
    tool f: delegated, timeout 10s

  client laptop of ann
    connect
    start T as t
    on call f as c
    wait delay
    # The wrong side of the deadline.
    reply c "AAA"

  expect
    never call.timed_out(turn: t)
"""


@pytest.fixture(autouse=True)
def _failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hocket: Hocket) -> None:
    """The second scenario has failed, and the corpus has kept it."""
    monkeypatch.chdir(tmp_path)
    text = SCENARIO.partition("scenario before")[0] + SCENARIO[SCENARIO.index("scenario slow") :]
    Path("slow.hocket").write_text(text)
    assert hocket("run", "slow.hocket", "--schedules", "5").code == 1


def test_the_frozen_scenario_is_the_authors_own(hocket: Hocket) -> None:
    """Comments and all, with the one value that failed, the story, and the schedule."""
    ran = hocket("freeze", "slow_answer")
    assert ran.code == 0
    assert "fails as invariant: never call.timed_out(turn: t) (reference)" in ran.out
    text = Path("slow_answer_frozen.hocket").read_text()
    assert text.startswith("scenario slow_answer_frozen\n")
    assert '"The answer comes in time, or not."  # told by a user' in text
    assert "  vary delay = 11s\n" in text
    assert "    # The wrong side of the deadline.\n" in text
    assert '  replay 1\n    fails "invariant: never call.timed_out(turn: t)"\n' in text
    assert "  #   laptop   start T as t\n" in text
    assert hocket("check", "slow_answer_frozen.hocket").code == 0
    assert hocket("fmt", "--check", "slow_answer_frozen.hocket").code == 0
    (scenario,) = parse(text, name="x").scenarios
    assert scenario.replay is not None


def test_it_fails_again_and_is_mended_by_the_scenario(hocket: Hocket) -> None:
    """With the property gone from the file, what is frozen is nothing that could fail."""
    hocket("freeze", "slow_answer", "--name", "again", "-o", "it.hocket")
    ran = hocket("run", "it.hocket")
    assert ran.code == 1
    assert "again[delay=11s]" in ran.out
    text = Path("it.hocket").read_text()
    Path("it.hocket").write_text(text.replace("  expect\n    never call.timed_out(turn: t)\n", ""))
    ran = hocket("check", "it.hocket")
    assert "error[E035]" in ran.out
    Path("it.hocket").write_text(text.replace("timeout 10s", "timeout 12s"))
    ran = hocket("run", "it.hocket")
    assert ran.code == 0
    assert "did not fail" in ran.out


def test_what_cannot_be_frozen_is_told(hocket: Hocket) -> None:
    """Nothing kept, a stale token, a file in the way, a name that is none."""
    assert "run it first" in hocket("freeze", "unknown_story").err
    assert hocket("freeze", "slow_answer", "--name", "a b").code == 2
    Path("slow_answer_frozen.hocket").write_text("mine")
    assert "is there already" in hocket("freeze", "slow_answer").err
    Path("slow.hocket").write_text(Path("slow.hocket").read_text() + "# edited\n")
    ran = hocket("freeze", "slow_answer")
    assert ran.code == 3
    assert "not frozen: inconclusive: stale token" in ran.err


def test_a_frozen_scenario_can_be_frozen_again(hocket: Hocket) -> None:
    """The section of before is replaced, and stays one."""
    hocket("freeze", "slow_answer")
    ran = hocket("run", "slow_answer_frozen.hocket", "--format", "json")
    (row,) = json.loads(ran.out)["rows"]
    token = row["failures"][0]["token"]
    assert hocket("freeze", token, "--name", "twice").code == 0
    text = Path("twice.hocket").read_text()
    assert text.count("replay 1") == 1
    assert hocket("run", "twice.hocket").code == 1
