"""``hocket replay``: the same failure again, or one sentence that says why not."""

import json
from pathlib import Path

import pytest
from tests.scenarios.cli.conftest import Hocket

SCENARIO = """\
scenario never_done
  "A turn is said never to be done, which is wrong."

  setup
    user ann
    thread T of ann
    model T: say "hi"

  client laptop of ann
    connect
    start T as t

  expect
    never turn.completed(turn: t)
"""


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hocket: Hocket) -> str:
    """The token of a scenario's failure."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wrong.hocket").write_text(SCENARIO)
    ran = hocket("run", "wrong.hocket", "--format", "json")
    (row,) = json.loads(ran.out)["rows"]
    return str(row["failures"][0]["token"])


def test_a_failure_is_told_again(token: str, hocket: Hocket) -> None:
    """With its lanes, its property with file and line, and exit code 1."""
    ran = hocket("replay", token)
    assert ran.code == 1
    assert "never turn.completed(turn: t)" in ran.out
    assert "wrong.hocket:14" in ran.out
    assert "laptop" in ran.out
    assert "reproduced" in ran.out


def test_a_token_may_stand_in_a_file(token: str, hocket: Hocket, tmp_path: Path) -> None:
    """White space around it does not matter."""
    (tmp_path / "it.token").write_text(f"\n {token}\n")
    assert hocket("replay", "it.token").code == 1


def test_an_edited_scenario_makes_the_token_stale(
    token: str, hocket: Hocket, tmp_path: Path
) -> None:
    """It is said so, and the verdict is inconclusive."""
    (tmp_path / "wrong.hocket").write_text(SCENARIO.replace('"hi"', '"ho"'))
    ran = hocket("replay", token)
    assert ran.code == 3
    assert "inconclusive: stale token" in ran.out
    assert "edited" in ran.out


def test_a_scenario_that_is_gone_makes_the_token_stale(
    token: str, hocket: Hocket, tmp_path: Path
) -> None:
    """The file is there and the scenario is not."""
    (tmp_path / "wrong.hocket").write_text(SCENARIO.replace("never_done", "renamed"))
    ran = hocket("replay", token)
    assert ran.code == 3
    assert "there is no never_done any more" in ran.out


def test_a_file_that_is_gone_is_a_mistake(token: str, hocket: Hocket, tmp_path: Path) -> None:
    """The file is named."""
    (tmp_path / "wrong.hocket").unlink()
    ran = hocket("replay", token)
    assert ran.code == 2
    assert "cannot read wrong.hocket" in ran.err


@pytest.mark.parametrize("word", ["nonsense", "hk1.abc.12345678", "hk9.abc.12345678", ""])
def test_a_damaged_or_foreign_token_is_refused(word: str, hocket: Hocket) -> None:
    """One sentence, exit code 2."""
    ran = hocket("replay", word)
    assert ran.code == 2
    assert "not a replay token" in ran.err


def test_a_truncated_token_is_refused(token: str, hocket: Hocket) -> None:
    """The checksum sees it."""
    ran = hocket("replay", token[:-20] + token[-9:])
    assert ran.code == 2
    assert "copy the whole word" in ran.err


def test_a_token_made_through_the_python_api_says_how_to_replay_it(hocket: Hocket) -> None:
    """The command cannot know the function, and says what to call instead."""
    import trio  # noqa: PLC0415

    from hocket.simulator import explore  # noqa: PLC0415

    async def wrong() -> None:
        await trio.lowlevel.checkpoint()
        raise AssertionError

    ran = hocket("replay", explore(wrong).failures[0].token)
    assert ran.code == 2
    assert "hocket.simulator.replay(target, token)" in ran.err
