"""How long it takes to read scenario files: ``python -m benchmarks.language``.

Two figures that authors feel.  A thousand files of the catalogue's size are parsed and checked in
one process (aim: 2 s), as a big suite is before it runs.  And ``hocket check`` of one file as a
whole process, as an editor runs it at every pause in typing, beside ``python -c "import click"``
(aim: twice that).  Medians of seven.
"""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path

from hocket.scenarios.catalogue import texts
from hocket.scenarios.language.checks import read

FILES = 1_000
ROUNDS = 7


def main() -> None:
    """Measure and print."""
    shipped = list(texts().values())
    files = list(islice(cycle(shipped), FILES))
    size = sum(map(len, files)) / len(files)
    seconds = median(lambda: check(files))
    print(f"parse and check {FILES:,} files of {size:,.0f} characters: {seconds:.2f} s (aim 2 s)")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "one.hocket"
        file.write_text(shipped[0], encoding="utf-8")
        command = shutil.which("hocket", path=str(Path(sys.executable).parent)) or "hocket"
        whole = median(lambda: process([command, "check", str(file)]))
        beside = median(lambda: process([sys.executable, "-c", "import click"]))
    print(f"hocket check of one file as a process: {whole * 1_000:.0f} ms")
    print(f'python -c "import click": {beside * 1_000:.0f} ms')
    print(f"{whole / beside:.1f} times that (aim 2.0)")


def check(files: Sequence[str]) -> None:
    """Read and check each file; the catalogue has no mistakes."""
    for text in files:
        assert not read(text, name="x").diagnostics


def process(command: Sequence[str]) -> None:
    """Run a command to its end."""
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


def median(run: Callable[[], None]) -> float:
    """The median wall time of seven runs, in seconds, after one that does not count."""
    run()
    times: list[float] = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


if __name__ == "__main__":
    main()
