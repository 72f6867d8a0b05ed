"""The Makefile can be read, which no other test would notice."""

import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def test_make_knows_how_to_make_each_target() -> None:
    """Every name that is no file can be asked for, and none is defined twice."""
    joined = (REPOSITORY / "Makefile").read_text("utf-8").replace("\\\n", " ")
    (phony,) = (line for line in joined.splitlines() if line.startswith(".PHONY:"))
    for target in phony.split()[1:]:
        done = subprocess.run(
            ["make", "--dry-run", target],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), target
