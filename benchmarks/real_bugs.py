"""Known concurrency bugs of published packages: found in the bad version, absent in the good one.

``make real-bugs`` runs it on a folder of such bugs, each a folder with ``scenario.py`` (an async
function ``scenario`` that raises on the bug and knows nothing of any tool) and the requirements of
the two versions, ``requirements-bug.txt`` and ``requirements-fixed.txt``.  Each version gets an
environment of its own under ``.real-bugs``.  The bad version is explored with default settings from
several seeds; a seed that finds nothing within the budget counts as a miss.

Exit code 1 if any bug is missed, or if anything is found in a good version.
"""

import json
import os
import statistics
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from attrs import frozen

PROJECT: Final = Path(__file__).resolve().parents[1]
ENVIRONMENTS: Final = PROJECT / ".real-bugs"
SCHEDULES_BUG: Final = 500
SCHEDULES_FIXED: Final = 2_000
SEEDS: Final = 5

_EXPLORE: Final = """
import json, sys
sys.path.insert(0, sys.argv[1])
from scenario import scenario
from hocket.simulator import explore
for seed in range(int(sys.argv[3])):
    result = explore(scenario, schedules=int(sys.argv[2]), seed=seed)
    found = result.failures[0] if result.failures else None
    print(json.dumps({
        "verdict": str(result.verdict),
        "schedules": result.schedules,
        "message": found.message if found else "",
        "preemptions": found.preemptions if found else 0,
        "deviations": len(found.deviations) if found else 0,
    }), flush=True)
"""


@frozen
class Campaign:
    """What one campaign came to; ``message`` is empty if nothing was found."""

    verdict: str
    schedules: int
    message: str
    preemptions: int
    deviations: int


def main(arguments: Sequence[str]) -> int:
    """Hunt the bugs in a folder, or only those named after it."""
    folder = Path(arguments[0] if arguments else "../shared/bench/real_bugs")
    if not folder.is_dir():
        print(f"skipped: there is no folder {folder}; name one with known bugs")
        return 0
    names = arguments[1:] or sorted(path.parent.name for path in folder.glob("*/scenario.py"))
    print(f"{'bug':<40}{'found':>7}{'median':>8}{'preempt.':>9}{'deviat.':>9}  fixed version")
    worst = 0
    for name in names:
        print(f"{name}...", file=sys.stderr)
        bad = campaigns(folder / name, "bug", SCHEDULES_BUG, SEEDS)
        good = campaigns(folder / name, "fixed", SCHEDULES_FIXED, 1)
        found = [campaign for campaign in bad if campaign.message]
        clean = [f"{c.verdict} in {c.schedules:,} schedules {c.message}".strip() for c in good]
        schedules = _median([campaign.schedules for campaign in found])
        preemptions = _median([campaign.preemptions for campaign in found])
        deviations = _median([campaign.deviations for campaign in found])
        print(
            f"{name:<40}{f'{len(found)}/{SEEDS}':>7}{schedules:>8}{preemptions:>9}{deviations:>9}"
            f"  {'; '.join(clean) or 'it did not run'}"
        )
        for message in sorted({campaign.message for campaign in found}):
            print(f"    {message}")
        worst |= len(found) < SEEDS or not good or any(c.verdict != "not-found" for c in good)
    return worst


def _median(values: Sequence[int]) -> str:
    return f"{statistics.median(values):g}" if values else "-"


def campaigns(bug: Path, version: str, schedules: int, seeds: int) -> list[Campaign]:
    """Explore the scenario in the environment of that version, once from each seed."""
    python = environment(bug, version)
    ran = subprocess.run(
        [python, "-c", _EXPLORE, str(bug), str(schedules), str(seeds)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT / "simulator")},
        check=False,
    )
    if ran.returncode:
        print(f"{bug.name} ({version}): {ran.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
    return [Campaign(**json.loads(line)) for line in ran.stdout.splitlines() if line[:1] == "{"]


def environment(bug: Path, version: str) -> Path:
    """The Python of the environment that holds what the requirements of that version name."""
    folder = ENVIRONMENTS / f"{bug.name}-{version}"
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if not ready.exists():
        venv.create(folder, with_pip=True, clear=True)
        requirements = str(bug / f"requirements-{version}.txt")
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, "-r", requirements], check=True)
        ready.touch()
    return python


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
