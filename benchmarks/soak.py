"""The reference runtime, over a long time: is anything ever found where there is nothing to find?

``make soak`` explores it for a million schedules in all, half of them of the shipped catalogue and
half of scenarios that are made up, an equal part on each supported Python.  It works in rounds,
each a ``hocket run`` with a seed and a bundle of its own under ``.soak/``, so that Ctrl-C loses
nothing: called again, it goes on where it was, as long as no source was edited.

Each Python gets an environment of its own; the interpreters are those on the path, or beside them
where pyenv keeps others.  Exit code 1 if anything failed, 2 if a Python is missing, 130 if cut.
"""

import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import click
from attrs import frozen
from tests.determinism.check import PROJECT, PYTHONS, ROOTS, interpreters

from hocket.reports.bundle import Bundle, BundleError, read_bundle
from hocket.scenarios.selection import shipped

SCHEDULES = 1_000_000
ROUND_SCHEDULES = 10_000
OF_A_SCENARIO = 10
HOME = PROJECT / ".soak"
INTERRUPTED = 130


@frozen
class Round:
    """One run of the command: ``what`` is explored from ``seed``, and its other arguments."""

    what: str
    seed: int
    arguments: tuple[str, ...]

    @property
    def name(self) -> str:
        """The folder of its bundle."""
        return f"{self.what}-{self.seed}"


@frozen
class Tally:
    """What the rounds of one Python came to, so far."""

    schedules: int = 0
    failures: tuple[str, ...] = ()

    def with_bundle(self, bundle: Bundle) -> "Tally":
        """The same and what a bundle holds."""
        found = [report.command for row in bundle.rows for report in row.failures]
        schedules = sum(row.result.schedules for row in bundle.rows)
        return Tally(self.schedules + schedules, (*self.failures, *found))


@click.command()
@click.option("--schedules", type=click.IntRange(1), default=SCHEDULES, show_default=True)
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True)
@click.option(
    "--python", "pythons", multiple=True, default=PYTHONS, show_default=True, metavar="VERSION"
)
def main(schedules: int, jobs: int, pythons: tuple[str, ...]) -> None:
    """Explore the reference for so many schedules in all, a part on each Python.

    \b
    python -m benchmarks.soak                                     a million: some hours
    python -m benchmarks.soak --schedules 3000                    a minute or two, to see it work
    python -m benchmarks.soak --schedules 9000 --python 3.12
    """
    environments = {version: environment(version) for version in pythons}
    missing = [version for version, python in environments.items() if python is None]
    if missing:
        print(f"Python {' and '.join(missing)} was not found; name those there are with --python")
        sys.exit(2)
    home = HOME / sources()
    tallies: dict[str, Tally] = {}
    cut = False
    for number, (version, python) in enumerate(environments.items()):
        share = schedules // len(pythons) + (number < schedules % len(pythons))
        tallies[version] = Tally()
        try:
            for tally in soak(Path(str(python)), home / version, share, number, jobs):
                tallies[version] = tally
                told = f"{tally.schedules:,} of {share:,} schedules"
                print(f"Python {version}: {told}, {len(tally.failures)} failures", flush=True)
        except KeyboardInterrupt:
            cut = True
            break
    sys.exit(conclude(tallies, cut=cut))


def conclude(tallies: dict[str, Tally], *, cut: bool) -> int:
    """Print what it all came to; the exit code."""
    failures = [command for tally in tallies.values() for command in tally.failures]
    for version, tally in tallies.items():
        print(f"Python {version}: {tally.schedules:,} schedules, {len(tally.failures)} failures")
    for command in failures:
        print(command)
    total = sum(tally.schedules for tally in tallies.values())
    print(f"{total:,} schedules, {len(failures)} failures")
    if cut:
        print("interrupted; run it again to go on")
        return INTERRUPTED
    return 1 if failures else 0


def soak(python: Path, home: Path, share: int, part: int, jobs: int) -> Iterator[Tally]:
    """Do the rounds of one Python, and yield what they came to after each."""
    home.mkdir(parents=True, exist_ok=True)
    tally = Tally()
    number = 0
    while tally.schedules < share:
        left = share - tally.schedules
        asked = round_of(number, left, share, seed=1_000 * part + number)
        bundle = explored(python, home, asked, jobs)
        before, tally = tally, tally.with_bundle(bundle)
        yield tally
        if tally.schedules == before.schedules:
            raise SystemExit(f"{home / asked.name} explored nothing; see its results.jsonl")
        number += 1


def round_of(number: int, left: int, share: int, *, seed: int) -> Round:
    """The next round of a share: the catalogue and made-up scenarios in turn, and no more than is
    left.

    >>> round_of(1, 400, 333_333, seed=7).arguments
    ('--generate', '40', '--schedules', '10')
    """
    size = max(1, min(ROUND_SCHEDULES, share // 4, left))
    subjects = len(shipped())
    each = size // subjects
    if number % 2 == 0 and each:
        return Round("catalogue", seed, ("--schedules", str(each)))
    scenarios = size // OF_A_SCENARIO
    if scenarios:
        arguments = ("--generate", str(scenarios), "--schedules", str(OF_A_SCENARIO))
        return Round("generated", seed, arguments)
    return Round("generated", seed, ("--generate", "1", "--schedules", str(size)))


def explored(python: Path, home: Path, asked: Round, jobs: int) -> Bundle:
    """The bundle of a round: the one that is there, completed if it was cut, or a new one."""
    folder = home / asked.name
    if not (folder / "results.jsonl").exists():
        seed = ("--seed", str(asked.seed), "--bundle", str(folder))
        return hocket(python, folder, *seed, *asked.arguments, "--jobs", str(jobs))
    bundle = read_bundle(folder)
    whole = sum(environment.selected for environment in bundle.environments)
    if len(bundle.rows) == whole and not bundle.interrupted:
        return bundle
    return hocket(python, folder, "--resume", str(folder), "--jobs", str(jobs))


def hocket(python: Path, folder: Path, *arguments: str) -> Bundle:
    """Run the command to its end; the bundle that it leaves in ``folder``.

    An interrupt reaches it, too, and it keeps what it has.
    """
    command = [str(python), "-m", "hocket.scenarios.cli", "run", "--time-budget", "1000000000"]
    with subprocess.Popen(
        [*command, "--format", "jsonl", *arguments],
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            _, errors = process.communicate()
        except KeyboardInterrupt:
            process.wait()
            raise
    if process.returncode == INTERRUPTED:
        raise KeyboardInterrupt
    try:
        return read_bundle(folder)
    except BundleError as error:
        raise SystemExit(f"{error}\n{errors}") from error


def sources() -> str:
    """What tells one state of the sources from another."""
    found = sha256()
    for root in ROOTS:
        for path in sorted((PROJECT / root).rglob("*")):
            if path.suffix in (".py", ".hocket", ".jinja"):
                found.update(path.read_bytes())
    return found.hexdigest()[:12]


def environment(version: str) -> Path | None:
    """A Python of that version with hocket in it; ``None`` if there is none."""
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return Path(sys.executable)
    folder = HOME / f"python-{version}"
    python = folder / "bin" / "python"
    if not python.exists():
        found = next(interpreters(version), None)
        if found is None:
            return None
        subprocess.run([found, "-m", "venv", folder], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, "--editable", str(PROJECT)], check=True)
    return python


if __name__ == "__main__":
    main()
