"""Is a seed one campaign everywhere, and is a program that leaks caught and located?

``make determinism`` runs this.  Every process explores each program of ``programs.py`` twice from
each of its seeds and replays it from its token, after unrelated allocations that move all objects.
There is a process for each of eight hash seeds and each supported Python that is found; the
digests must be the same in all of them.  The planted leaks must be called nondeterministic, at the
line where the leak is.  Exits with 1 on any disagreement and for any leak that is not located.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import attrs
import trio
from tests.determinism.programs import DETERMINISTIC, LEAKS

PROJECT = Path(__file__).resolve().parents[2]
ROOTS = ("runtime", "simulator", "scenarios", "reports")
PYTHONS = ("3.11", "3.12", "3.13")
HASH_SEEDS = ("0", "1", "2", "3", "7", "42", "4242", "random")
PROCESSES = 2
SECONDS_MAX = 600

Report = dict[str, Any]


def main() -> int:
    """Run every process, print what they agree on, and return the exit code."""
    pythons = {version: environment(version) for version in PYTHONS}
    for version in [version for version, python in pythons.items() if python is None]:
        print(f"Python {version} was not found, and is not part of this")
    jobs = [(python, seed) for python in pythons.values() if python for seed in HASH_SEEDS]
    with ThreadPoolExecutor(PROCESSES) as pool:
        reports = list(pool.map(report_of, *zip(*jobs, strict=True)))
    faults = [*disagreements(reports), *uncaught(reports)]
    for line in [*table(reports), *leaks(reports[0]), *faults]:
        print(line)
    if not faults:
        print(
            f"all agree: {len(reports)} processes, {len(DETERMINISTIC)} programs, each seed twice "
            f"and from its token; {len(LEAKS)} of {len(LEAKS)} planted leaks caught and located"
        )
    return 1 if faults else 0


def environment(version: str) -> Path | None:
    """A Python of that version which has the Trio that runs here; ``None`` if there is none."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return Path(sys.executable)
    found = next(interpreters(version), None)
    if found is None:
        return None
    folder = PROJECT / ".determinism" / version
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([found, "-m", "venv", folder], check=True)
    needed = (f"trio=={trio.__version__}", f"attrs=={attrs.__version__}")
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, *needed], check=True)
    return python


def interpreters(version: str) -> Iterator[str]:
    """Where a Python of that version may be: on the path, or beside others that pyenv keeps."""
    candidates = [shutil.which(f"python{version}")]
    if pyenv := shutil.which("pyenv"):
        asked = subprocess.run([pyenv, "root"], capture_output=True, text=True, check=False)
        folder = Path(asked.stdout.strip()) / "versions"
        candidates += map(str, sorted(folder.glob(f"{version}.*/bin/python")))
    for candidate in filter(None, candidates):
        works = subprocess.run([candidate, "-c", ""], capture_output=True, check=False)
        if works.returncode == 0:
            yield candidate


def report_of(python: Path, hash_seed: str) -> Report:
    """What a fresh process finds."""
    done = subprocess.run(
        [python, "-c", "from tests.determinism.programs import report; report()"],
        cwd=PROJECT,
        env={
            **os.environ,
            "PYTHONHASHSEED": hash_seed,
            "PYTHONPATH": os.pathsep.join(map(str, [PROJECT, *(PROJECT / r for r in ROOTS)])),
        },
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{python} under hash seed {hash_seed} ended so:\n{done.stderr}")
    report: Report = json.loads(done.stdout)
    return {**report, "hash_seed": hash_seed}


def disagreements(reports: Sequence[Report]) -> Iterator[str]:
    """A sentence for each program whose digests are not the same in every process and round."""
    for name in DETERMINISTIC:
        first = reports[0]["digests"][name]
        for report in reports:
            rows = report["digests"][name]
            where = f"{name}: Python {report['python']}, hash seed {report['hash_seed']}"
            if rows != first:
                yield f"DISAGREES: {where}: {rows} instead of {first}"
            elif any(len(set(row)) > 1 for row in rows):
                yield f"DISAGREES: {where}: twice, and from the token: {rows}"


def uncaught(reports: Sequence[Report]) -> Iterator[str]:
    """A sentence for each planted leak that some process did not call so, or not at its line."""
    for name, text in LEAKS.items():
        for report in reports:
            verdict, place, line, _ = report["leaks"][name]
            where = f"Python {report['python']}, hash seed {report['hash_seed']}"
            if verdict != "nondeterministic":
                yield f"NOT CAUGHT: {name} is {verdict} in {where}"
            elif text not in line:
                yield f"NOT LOCATED: {name} is said to be at {place or 'no place'} in {where}"


def table(reports: Sequence[Report]) -> Iterator[str]:
    """The digests: a line for each program and Python, a column for each hash seed."""
    yield f"{'program':<18}{'Python':<9}" + "".join(f"{seed:<12}" for seed in HASH_SEEDS)
    for name in DETERMINISTIC:
        for python in dict.fromkeys(report["python"] for report in reports):
            rows = [r["digests"][name] for r in reports if r["python"] == python]
            yield f"{name:<18}{python:<9}" + "".join(f"{_short(row):<12}" for row in rows)


def _short(rows: Sequence[Sequence[str]]) -> str:
    return sha256(json.dumps(rows).encode()).hexdigest()[:10]


def leaks(report: Report) -> Iterator[str]:
    """What one process says of the planted leaks."""
    for name in LEAKS:
        verdict, place, line, message = report["leaks"][name]
        yield f"{name}: {verdict} at {place}: {line}"
        yield f"  {message}"


if __name__ == "__main__":
    sys.exit(main())
