"""What the plugin costs a ``pytest`` that does not ask for it: its import, and a whole run.

``make bench-plugin`` runs it.  Processes with the plugin and with ``-p no:hocket`` take turns, so
that a busy machine slows both alike; the figures are medians in milliseconds.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

RUNS: Final = 7
AIM_MILLISECONDS: Final = 10.0

_IMPORT: Final = """
import time, pytest, _pytest.config
began = time.perf_counter()
import hocket.scenarios.pytest_plugin
print((time.perf_counter() - began) * 1000)
import sys
print(*sorted(name for name in sys.modules if name.startswith("hocket.")))
"""


def main() -> int:
    """Measure, and print; exit code 1 if the import takes longer than the aim."""
    imports: list[float] = []
    modules = ""
    for _ in range(RUNS):
        printed = _output(["-c", _IMPORT]).splitlines()
        imports.append(float(printed[0]))
        modules = printed[1]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_nothing.py").write_text("def test_nothing(): ...\n", encoding="utf-8")
        with_it, without = _runs(folder)
    imported = median(imports)
    print(f"import of the plugin: {imported:.1f} ms (aim {AIM_MILLISECONDS:g} ms)")
    print(f"modules of hocket that it loads: {modules}")
    print(f"pytest on one empty test: {with_it:.0f} ms, with -p no:hocket {without:.0f} ms")
    return int(imported > AIM_MILLISECONDS)


def _runs(folder: str) -> tuple[float, float]:
    """Medians of whole runs with the plugin and without it, in milliseconds."""
    pytest = ["-m", "pytest", "-q", "-p", "no:cacheprovider", folder]
    seconds: list[tuple[float, float]] = []
    for _ in range(RUNS):
        seconds.append((_seconds(pytest), _seconds([*pytest, "-p", "no:hocket"])))
    with_it, without = zip(*seconds, strict=True)
    return median(with_it) * 1000, median(without) * 1000


def _seconds(arguments: Sequence[str]) -> float:
    began = time.perf_counter()
    _output(arguments)
    return time.perf_counter() - began


def _output(arguments: Sequence[str]) -> str:
    command = [sys.executable, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
