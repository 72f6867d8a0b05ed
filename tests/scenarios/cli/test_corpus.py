"""``hocket run`` keeps failures, and replays them first the next time."""

from pathlib import Path

import pytest
from tests.scenarios.cli.conftest import Hocket

RACE = """
import trio


async def main():
    value = 0

    async def increment():
        nonlocal value
        seen = value
        await trio.lowlevel.checkpoint()
        value = seen + 1

    async with trio.open_nursery() as nursery:
        for _ in range(2):
            nursery.start_soon(increment)
    assert value == 2
"""


@pytest.fixture
def race(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that fails in some schedules, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "race.py"
    path.write_text(RACE)
    return path


def tokens(folder: Path) -> list[Path]:
    return sorted((folder / "corpus").iterdir())


def test_a_failure_is_seen_again_in_the_first_schedule(hocket: Hocket, race: Path) -> None:
    """The second run needs no search, and says where the failure comes from."""
    first = hocket("run", "race.py:main", "--seed", "3")
    assert first.code == 1
    assert "corpus" not in first.out
    again = hocket("run", "race.py:main", "--seed", "4")
    assert again.code == 1
    assert "kept in the corpus by an earlier run, seen again" in again.out
    assert len(tokens(race.parent)) == 1


def test_without_the_corpus_nothing_is_kept_or_replayed(hocket: Hocket, race: Path) -> None:
    """Neither written nor read."""
    hocket("run", "race.py:main", "--no-corpus")
    assert not (race.parent / "corpus").exists()
    hocket("run", "race.py:main")
    assert "corpus" not in hocket("run", "race.py:main", "--no-corpus").out


def test_a_stale_token_is_dropped_with_a_word(hocket: Hocket, race: Path) -> None:
    """After an edit the schedule may be another one, so it is searched for anew."""
    hocket("run", "race.py:main")
    race.write_text(RACE.replace("seen + 1", "value + 1"))
    told = hocket("run", "race.py:main", "--schedules", "30")
    assert told.code == 0
    assert "1 stale of the corpus dropped" in told.err
    assert tokens(race.parent) == []


def test_a_damaged_token_harms_nothing(hocket: Hocket, race: Path) -> None:
    """It is passed over, and replaced when its failure is found again."""
    hocket("run", "race.py:main")
    (place,) = tokens(race.parent)
    whole = place.read_text()
    place.write_text(whole[:30])
    assert hocket("run", "race.py:main").code == 1
    assert place.read_text().startswith("hk1.")
    assert len(place.read_text()) > 30
