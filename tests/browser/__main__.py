"""``python -m tests.browser``: the tests of pages in a real browser, if there is one here."""

import sys
from pathlib import Path

import pytest
from tests.browser.chromium import VARIABLE, executable

if __name__ == "__main__":
    if executable() is None:
        print(
            "skipped: there is no Chromium here to open the pages in;"
            f" put one on the PATH, or name it in {VARIABLE}"
        )
        sys.exit(0)
    here = Path(__file__).parent
    sys.exit(pytest.main([str(here), "-o", "python_files=check_*.py", *sys.argv[1:]]))
