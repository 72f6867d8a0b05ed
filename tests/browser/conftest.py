"""The browser, and a way to open a report in it."""

from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import pytest
from tests.browser.chromium import Chromium, Opened, chromium, executable

from hocket.reports.formats.html import html_report
from hocket.reports.results import Row

Show = Callable[..., Opened]


@pytest.fixture(scope="session")
def browser() -> Generator[Chromium]:
    """One browser for all tests; ``python -m tests.browser`` has made sure that there is one."""
    path = executable()
    assert path is not None
    with chromium(path) as running:
        yield running


@pytest.fixture
def show(browser: Chromium, tmp_path: Path) -> Generator[Show]:
    """Opens a report of rows; at the end no page may have complained of anything."""
    opened: list[Opened] = []

    def show(rows: Sequence[Row], *, width: int = 1280, dark: bool = False) -> Opened:
        file = tmp_path / f"report-{len(opened)}.html"
        file.write_text(html_report(rows, ["hocket 0.1.0, Python 3.11, Trio 0.32"]), "utf-8")
        opened.append(browser.open(file, width=width, dark=dark))
        opened[-1].ready()
        return opened[-1]

    yield show
    for one in opened:
        one.page.close()
    assert [complaint for one in opened for complaint in one.complaints] == []
