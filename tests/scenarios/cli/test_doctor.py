"""``hocket doctor`` says what is covered, what is not, and where settings come from."""

import platform
from pathlib import Path

import pytest
import trio
from click.testing import CliRunner

from hocket.scenarios.cli import cli
from hocket.simulator.reach import FACTS


def _output(*words: str) -> str:
    result = CliRunner().invoke(cli, ["doctor", *words], standalone_mode=False)
    assert result.exception is None
    assert result.return_value == 0
    return result.stdout


def test_everything_is_told() -> None:
    """Versions, settings, capabilities, and each fact on determinism."""
    told = _output()
    assert f"Python {platform.python_version()} " in told
    assert f"Trio {trio.__version__} " in told
    assert "runtime: reference (from the default)" in told
    assert "schedules of hocket run: 200 (from the default)" in told
    assert "turn.request" in told
    for fact in FACTS:
        assert f"  {fact.what}: {fact.how}\n" in told


def test_settings_come_with_their_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable goes before the file, and the file before what is usual."""
    (tmp_path / "pyproject.toml").write_text("[tool.hocket]\nseed = 8\nschedules = 9\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOCKET_SEED", "7")
    told = _output()
    assert "  seed of hocket run: 7 (from the environment)\n" in told
    assert "  schedules of hocket run: 9 (from pyproject.toml)\n" in told


@pytest.mark.parametrize(
    ("value", "told"),
    [("7", "hash seed: 7 (from PYTHONHASHSEED)"), ("random", "hash seed: another in each process")],
)
def test_the_hash_seed_comes_with_its_source(
    monkeypatch: pytest.MonkeyPatch, value: str, told: str
) -> None:
    """Sets of strings go by it."""
    monkeypatch.setenv("PYTHONHASHSEED", value)
    assert told in _output()


def test_a_runtime_of_ones_own_shows_its_capabilities() -> None:
    """They come from the adapter that was named, and so does the setting."""
    told = _output("--runtime", "hocket.scenarios.adapters.reference:reference")
    assert "(from --runtime)" in told
    assert "capabilities of hocket.scenarios.adapters.reference:reference:" in told


def test_a_generator_that_a_file_makes_at_import_is_not_covered(tmp_path: Path) -> None:
    """It is named with its module, once the file is named."""
    file = tmp_path / "planted_dice.py"
    file.write_text("import random\nDICE = random.Random()\nasync def main(): ...\n")
    assert "  planted_dice.DICE\n" in _output(f"{file}:main")
