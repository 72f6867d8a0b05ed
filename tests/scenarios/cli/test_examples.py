"""The examples do what their description says."""

import re
import shutil
from pathlib import Path

import pytest
from tests.scenarios.cli.conftest import Hocket

EXAMPLES = Path(__file__).parents[3] / "examples"
CHAT = "chat_server.py:main"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the examples, to work in."""
    copy = tmp_path / "examples"
    shutil.copytree(EXAMPLES, copy)
    monkeypatch.chdir(copy)
    return copy


def test_the_race_of_the_chat_server_is_found_and_replayed(hocket: Hocket, folder: Path) -> None:
    """An unmodified WebSocket server and two clients: two people get one name; again by token."""
    assert folder.is_dir()
    ran = hocket("run", CHAT, "--schedules", "50")
    assert ran.code == 1
    assert "two called ann were told ['welcome', 'welcome']" in ran.out
    token = re.search(r"hocket replay (hk\S+)", ran.out)
    assert token is not None
    again = hocket("replay", token[1])
    assert again.code == 1
    assert "two called ann were told ['welcome', 'welcome']" in again.out
    assert "reproduced: the same failure" in again.out


def test_the_chat_server_with_its_lines_exchanged_has_no_race(hocket: Hocket, folder: Path) -> None:
    """It writes the name down before it waits; the token of the mistake is stale then."""
    token = re.search(r"hocket replay (hk\S+)", hocket("run", CHAT, "--schedules", "50").out)
    assert token is not None
    file = folder / "chat_server.py"
    lines = file.read_text().splitlines(keepends=True)
    (at,) = (number for number, line in enumerate(lines) if "the mistake" in line)
    lines[at : at + 2] = lines[at + 1], lines[at]
    (folder / "repaired.py").write_text("".join(lines))
    assert hocket("run", "repaired.py:main", "--schedules", "50").code == 0
    file.write_text("".join(lines))
    stale = hocket("replay", token[1])
    assert stale.code == 3
    assert "stale" in stale.out


def test_the_lost_update_takes_one_preemption(hocket: Hocket, folder: Path) -> None:
    """The smallest race there is."""
    assert folder.is_dir()
    ran = hocket("run", "lost_update.py:main", "--schedules", "50")
    assert ran.code == 1
    assert "(1 preemption)" in ran.out.replace("\n", " ")
