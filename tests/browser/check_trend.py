"""The trend page in a browser: it opens from disk without a network, and its table is filtered."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.browser.chromium import Chromium, Opened
from tests.browser.pages import real_runs

from hocket.reports.formats.html import html_trend

SHOTS = Path(__file__).parents[2] / ".browser"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The page on disk."""
    place = tmp_path / "trend.html"
    place.write_text(html_trend(real_runs()), "utf-8")
    return place


def _close(opened: Opened) -> None:
    opened.page.close()
    assert opened.complaints == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 800])
def test_it_is_laid_out_at_every_width(
    browser: Chromium, file: Path, width: int, dark: bool
) -> None:
    """Nothing sticks out to the side; the screenshots are there to be looked at."""
    opened = browser.open(file, width=width, dark=dark)
    SHOTS.mkdir(exist_ok=True)
    name = f"trend-{width}-{'dark' if dark else 'light'}.png"
    opened.page.screenshot(path=SHOTS / name, full_page=True)
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    _close(opened)


def test_what_did_not_change_can_be_left_away(browser: Chromium, file: Path) -> None:
    """The changes of each scenario are marked, and those without any can be hidden."""
    opened = browser.open(file)
    page = opened.page
    every = page.locator(".results tbody tr:visible").count()
    page.locator(".chip[data-verdict=steady]").click()
    shown = page.locator(".results tbody tr:visible")
    assert 0 < shown.count() < every
    assert page.locator(".results tbody tr:visible .note.changed").count() >= shown.count()
    expect(page.locator("#shown")).to_have_text(f"{shown.count()} of {every} shown")
    _close(opened)
