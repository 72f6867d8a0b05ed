"""The HTML pages that the command writes."""

from pathlib import Path

import pytest
from tests.scenarios.cli.conftest import Hocket

SEARCH = ("catalogue/duplicate_call_id.hocket", "--schedules=5", "--seed=1", "--no-corpus")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_run_is_written_as_a_page_and_a_trend(hocket: Hocket, folder: Path) -> None:
    """The page has the failure, its diagram and what ran it; the trend says what changed since."""
    assert hocket("run", *SEARCH, "--bundle=one").code == 0
    failed = hocket("run", *SEARCH, "--mutant=M17", "--bundle=two", "-o", "html=report.html")
    assert failed.code == 1
    page = (folder / "report.html").read_text("utf-8")
    assert "1 scenario: 1 failed" in page
    assert ", Trio " in page
    assert 'data-picture="1"' in page
    assert '"mark": "send"' in page
    trend = hocket("trend", "one", "two", "two")
    assert (trend.code, trend.out) == (0, "wrote trend.html: 2 runs\n")
    told = (folder / "trend.html").read_text("utf-8")
    assert "2 runs, 1 scenario, 1 of them changed" in told
    assert "was not-found" in told


def test_a_trend_needs_bundles(hocket: Hocket, folder: Path) -> None:
    """What is none is named, and nothing is written."""
    (folder / "empty").mkdir()
    ran = hocket("trend", "empty")
    assert ran.code == 2
    assert "empty" in ran.err
    assert not (folder / "trend.html").exists()
    assert hocket("trend").code == 2


def test_a_trend_that_cannot_be_written_is_said(hocket: Hocket, folder: Path) -> None:
    """With the path and the reason."""
    assert hocket("run", *SEARCH, "--bundle=one").code == 0
    ran = hocket("trend", "one", "-o", "nowhere/trend.html")
    assert ran.code == 2
    assert "cannot write nowhere/trend.html" in ran.err
