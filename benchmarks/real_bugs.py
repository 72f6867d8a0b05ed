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
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Final

from attrs import frozen

PROJECT: Final = Path(__file__).resolve().parents[1]
ENVIRONMENTS: Final = PROJECT / ".real-bugs"
SCHEDULES_BUG: Final = 500
SCHEDULES_FIXED: Final = 2_000
SEEDS: Final = 10

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
        "deviations": [str(deviation) for deviation in found.deviations] if found else [],
    }), flush=True)
"""


@frozen
class Campaign:
    """What one campaign came to; ``message`` is empty if nothing was found.

    ``deviations`` are those of the shrunk schedule, in words.
    """

    verdict: str
    schedules: int
    message: str
    preemptions: int
    deviations: Sequence[str]

    @property
    def failed(self) -> bool:
        """Whether it found a failure that can be repeated, and nothing doubtful."""
        return self.verdict == "failed"


def main(arguments: Sequence[str]) -> int:
    """Hunt the bugs in a folder, or only those named after it."""
    folder = Path(arguments[0] if arguments else "../shared/bench/real_bugs")
    if not folder.is_dir():
        print(f"skipped: there is no folder {folder}; name one with known bugs")
        return 0
    names = arguments[1:] or sorted(path.parent.name for path in folder.glob("*/scenario.py"))
    worst = False
    for name in names:
        bad = campaigns(folder / name, "bug", SCHEDULES_BUG, SEEDS)
        good = campaigns(folder / name, "fixed", SCHEDULES_FIXED, 1)
        worst |= tell(name, bad, good)
    return int(worst)


def tell(name: str, bad: Sequence[Campaign], good: Sequence[Campaign]) -> bool:
    """Print what became of one bug; whether that is not what it should be."""
    found = [campaign for campaign in bad if campaign.failed]
    print(name)
    print(f"    bad version: found from {len(found)} of {SEEDS} seeds", end="")
    if found:
        counts = sorted(campaign.schedules for campaign in found)
        print(f", after {median(counts):g} schedules in the middle and {counts[-1]} at most")
    else:
        print(f" within {SCHEDULES_BUG} schedules")
    for message in sorted({campaign.message for campaign in bad if campaign.message}):
        print(f"        {message}")
    if found:
        least = min(found, key=lambda campaign: (campaign.preemptions, len(campaign.deviations)))
        shrunk = "; ".join(least.deviations) or "none: the default schedule fails"
        print(f"    shrunk: {least.preemptions} preemptions; deviations: {shrunk}")
    clean = [f"{c.verdict} in {c.schedules:,} schedules {c.message}".strip() for c in good]
    print(f"    fixed version: {'; '.join(clean) or 'it did not run'}", flush=True)
    return len(found) < SEEDS or not good or any(c.verdict != "not-found" for c in good)


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
