"""The suites of published packages under ``pytest --hocket``, and what became of each test.

``make ecosystem`` runs it, for all packages of ``ecosystem.toml`` or those that are named.  Each is
taken from its source distribution, with its tests, into an environment of its own under
``.ecosystem``; the suite runs once as ever and once explored.  A *new failure* is a test that
passes as ever and fails explored; each has been studied, and the list says who is wrong: hocket,
the test's own assumption, or the library.

Exit code 1 if a new failure has not been studied.
"""

import json
import os
import signal
import subprocess
import sys
import tarfile
import tomllib
import venv
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

from attrs import field, frozen

PROJECT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = PROJECT / ".ecosystem"
LIST: Final = Path(__file__).with_suffix(".toml")
SCHEDULES: Final = 10
SECONDS_MAX: Final = 1_800
"""Wall seconds for one run of one suite; what was not reached by then is named."""

HOCKET: Final = ("attrs", "click", "hypothesis", "pytest", "pytest-trio", "rich", "trio")
ROOTS: Final = ("runtime", "simulator", "scenarios", "reports")


@frozen
class Package:
    """A suite: what it needs, how it is run, and which of its new failures have been studied.

    ``changes`` are pairs of a text and its replacement in ``conftest``, where a suite must be told
    to run on Trio.  ``studied`` maps a test to the verdict on its failure, as does the beginning of
    the name of several.
    """

    name: str
    version: str
    tests: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    conftest: str = ""
    changes: tuple[tuple[str, str], ...] = ()
    note: str = ""
    studied: Mapping[str, str] = field(factory=dict[str, str])

    @property
    def home(self) -> Path:
        """The folder of its environment and source."""
        return FOLDER / f"{self.name}-{self.version}"


@frozen
class Ran:
    """What became of one test: its outcome, and what hocket says of it."""

    outcome: str
    facts: Mapping[str, str]


def main(names: Sequence[str]) -> int:
    """Run the suites of the packages, or of those that are named."""
    unstudied = 0
    for package in packages():
        if names and package.name not in names:
            continue
        print(f"{package.name} {package.version}", flush=True)
        if not package.tests:
            print(f"    {package.note}")
            continue
        python = environment(package)
        before = run(package, python, ())
        after = run(package, python, (f"--hocket={SCHEDULES}",))
        unstudied += tell(package, before, after)
    return int(unstudied > 0)


def packages() -> list[Package]:
    """The packages of the list."""
    listed: dict[str, dict[str, Any]] = tomllib.loads(LIST.read_text(encoding="utf-8"))
    return [
        Package(
            name=name,
            version=given["version"],
            tests=tuple(given.get("tests", ())),
            requires=tuple(given.get("requires", ())),
            arguments=tuple(given.get("arguments", ())),
            conftest=given.get("conftest", ""),
            changes=tuple((old, new) for old, new in given.get("changes", ())),
            note=given.get("note", ""),
            studied=given.get("studied", {}),
        )
        for name, given in listed.items()
    ]


def environment(package: Package) -> Path:
    """The Python of the environment that holds a package, beside its unpacked source."""
    home, python = package.home, package.home / "env" / "bin" / "python"
    if (home / "ready").exists():
        return python
    venv.create(home / "env", with_pip=True, clear=True)
    pip = [str(python), "-m", "pip"]
    quiet = ["--quiet", "--disable-pip-version-check"]
    wanted = f"{package.name}=={package.version}"
    source = ["--no-deps", "--no-binary", package.name, "--dest", str(home), wanted]
    subprocess.run([*pip, "download", *quiet, *source], check=True)
    archive = next(home.glob("*.tar.gz"))
    with tarfile.open(archive) as packed:
        packed.extractall(home, filter="data")
    needed = [wanted, *package.requires, *HOCKET]
    subprocess.run([*pip, "install", *quiet, *needed], check=True)
    _settle(source_of(package))
    if package.conftest:
        conftest = source_of(package) / package.conftest
        text = conftest.read_text(encoding="utf-8")
        for old, new in package.changes:
            assert old in text, f"{conftest} has no {old!r} any more"
            text = text.replace(old, new)
        conftest.write_text(text, encoding="utf-8")
    (home / "ready").touch()
    return python


_SETTINGS: Final = {
    "pytest.ini": "[pytest]",
    "pyproject.toml": "[tool.pytest",
    "tox.ini": "[pytest]",
    "setup.cfg": "[tool:pytest]",
}
"""Where a suite keeps its settings for pytest, and how they begin."""


def _settle(source: Path) -> None:
    """Let pytest look for settings no further than here: above are hocket's own."""
    for name, section in _SETTINGS.items():
        file = source / name
        if file.exists() and section in file.read_text(encoding="utf-8"):
            return
    (source / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")


def source_of(package: Package) -> Path:
    """The folder into which the source distribution was unpacked."""
    return next(path for path in package.home.iterdir() if (path / "PKG-INFO").is_file())


def run(package: Package, python: Path, options: Sequence[str]) -> dict[str, Ran]:
    """Run a suite, and read what became of its tests from the JUnit file."""
    result = package.home / f"result{len(options)}.xml"
    result.unlink(missing_ok=True)
    roots = os.pathsep.join(str(PROJECT / root) for root in ROOTS)
    plugin = ("-p", "hocket.scenarios.pytest_plugin", "-p", "no:cacheprovider")
    command = [str(python), "-m", "pytest", *plugin, *package.arguments, *package.tests, *options]
    with subprocess.Popen(
        [*command, f"--junitxml={result}", "-q", "--tb=no", "-o", "junit_family=xunit1"],
        cwd=source_of(package),
        env={**os.environ, "PYTHONPATH": roots},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as pytest:
        try:
            pytest.wait(SECONDS_MAX)
        except subprocess.TimeoutExpired:
            print(f"    cut after {SECONDS_MAX} s")
            pytest.send_signal(signal.SIGINT)  # it writes down what there is
    return read(result) if result.exists() else {}


def read(result: Path) -> dict[str, Ran]:
    """The tests of a JUnit file by file and name."""
    tests: dict[str, Ran] = {}
    for case in ElementTree.parse(result).iter("testcase"):
        outcome = next((e.tag for e in case if e.tag in {"failure", "error", "skipped"}), "passed")
        facts = {e.get("name", ""): e.get("value", "") for e in case.iter("property")}
        name = f"{case.get('classname', '')}::{case.get('name', '')}"
        if tests.get(name, Ran("passed", {})).outcome == "passed":
            tests[name] = Ran(outcome, facts)
    return tests


def tell(package: Package, before: Mapping[str, Ran], after: Mapping[str, Ran]) -> int:
    """Print what became of a suite; returns the number of new failures that nobody has studied."""
    explored = [ran for ran in after.values() if "hocket.schedules" in ran.facts]
    schedules = sum(int(ran.facts["hocket.schedules"]) for ran in explored)
    left = {n: r.facts["hocket.not-explored"] for n, r in after.items() if _left_out(r)}
    new = [n for n, r in after.items() if r.outcome in _FAILED and _passed(before.get(n))]
    print(f"    {len(before)} tests, {sum(map(_passed, before.values()))} pass as ever")
    print(f"    {len(explored)} explored under {schedules:,} schedules, {len(left)} not explored")
    for reason, count in Counter(map(_kind, left.values())).most_common():
        print(f"        {count} not explored: {reason}")
    print(f"    {len(new)} new failures")
    unstudied = 0
    for name in new:
        verdict = next((v for key, v in package.studied.items() if key in name), "NOT STUDIED")
        unstudied += verdict == "NOT STUDIED"
        print(f"        {name}\n            {verdict}")
        for fact in _TOLD:
            if told := after[name].facts.get(fact):
                print(f"            {fact.removeprefix('hocket.')}: {told}")
    lost = [n for n, r in before.items() if r.outcome == "passed" and n not in after]
    if lost:
        print(f"    {len(lost)} tests were not reached: {', '.join(lost[:3])} ...")
    record = {name: ran.facts for name, ran in after.items() if name in new}
    (package.home / "new-failures.json").write_text(json.dumps(record, indent=1), encoding="utf-8")
    return unstudied


_TOLD: Final = ("hocket.origin", "hocket.schedule", "hocket.lockstep", "hocket.token")
_FAILED: Final = {"failure", "error"}


def _passed(ran: Ran | None) -> bool:
    return ran is not None and ran.outcome == "passed"


def _left_out(ran: Ran) -> bool:
    return "hocket.not-explored" in ran.facts


def _kind(reason: str) -> str:
    """A reason without its place and details."""
    return reason.partition(" at ")[0].partition(":")[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
