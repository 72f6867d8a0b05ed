"""How long the HTML page takes until it can be used, with as many events as it ever draws.

``python -m benchmarks.page`` opens the page a few times in the Chromium that ``HOCKET_BROWSER``
names, or that is on the PATH, and prints the size of the file and the median time from the start of
its navigation until it is ready.  The aim is two seconds.
"""

import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.browser.chromium import VARIABLE, Chromium, chromium, executable
from tests.browser.pages import long_rows

from hocket.reports.formats.html import html_report

OPENED = 5
"""How often each page is opened; the median counts."""

_READY = """() => {
  const [navigation] = performance.getEntriesByType("navigation");
  return performance.getEntriesByName("ready")[0].startTime - navigation.startTime;
}"""


def seconds_to_ready(browser: Chromium, file: Path) -> float:
    """From the start of the navigation to ``file`` until it has drawn its first diagram."""
    opened = browser.open(file)
    opened.ready()
    milliseconds: float = opened.page.evaluate(_READY)
    opened.page.close()
    return milliseconds / 1_000


def main() -> int:
    """Measure, and print a line for each number of events."""
    path = executable()
    if path is None:
        print(f"there is no Chromium here; put one on the PATH, or name it in {VARIABLE}")
        return 2
    with tempfile.TemporaryDirectory() as folder, chromium(path) as browser:
        for events in (80, 400, 5_000):
            file = Path(folder) / f"{events}.html"
            file.write_text(html_report(long_rows(events)), "utf-8")
            times = [seconds_to_ready(browser, file) for _ in range(OPENED)]
            size = file.stat().st_size / 1_000
            print(f"{events:>6,} events  {size:>7,.0f} kB  ready in {median(times):.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
