"""Trio's own test suites, and pytest-trio's, with ``trio.run`` replaced by the kernel.

``make conformance`` runs this for the newest and the oldest supported Trio, each in an environment
of its own beside the project's.  A test passes if it passes under the free model's default
schedule or, where it relies on an order that Trio promises within a pass, in lockstep.  Tests of
the operating system are not applicable (``not_applicable.txt``, written down before counting);
every other test that does not pass has to be excused with a reason (``excused.txt``), and an
excused test that passes has to leave the list.
"""

import fnmatch
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from attrs import frozen

HERE = Path(__file__).parent
PROJECT = HERE.parent.parent
MODELS = ("free", "lockstep")
OLDEST, NEWEST = "0.27.0", ""
NEEDED = ("pytest", "pytest-timeout", "trustme", "pyopenssl", "astor", "pytest-trio")
SECONDS_PER_FILE = 240

_SUITES = """
import importlib.util, pathlib
for name in ("trio._core._tests", "trio._tests"):
    folder = pathlib.Path(importlib.util.find_spec(name).origin).parent
    for path in sorted(folder.glob("test_*.py")):
        print(f"{name}.{path.stem}")
"""


@frozen
class Counts:
    """What came of the tests of one Trio."""

    passed: int
    in_lockstep: int
    excused: tuple[str, ...]
    inapplicable: int
    unexcused: tuple[str, ...]
    recovered: tuple[str, ...]


def main() -> int:
    """Run the suites on each Trio; 1 if any test is neither passed nor excused."""
    worst = 0
    for version in sys.argv[1:] or (NEWEST, OLDEST):
        python = environment(version)
        counts = count(python)
        installed = ask(python, "import trio; print(trio.__version__)").strip()
        applicable = counts.passed + len(counts.excused)
        print(f"Trio {installed}")
        for test in counts.excused:
            print(f"  excused: {test}: {reason_of(test)}")
        for test in counts.unexcused:
            print(f"  FAILED, and not excused: {test}")
        for test in counts.recovered:
            print(f"  passes, and must leave excused.txt: {test}")
        print(
            f"{counts.passed} passed, {len(counts.excused)} excused, {counts.inapplicable} not "
            f"applicable ({counts.in_lockstep} passed by lockstep's order; excused are "
            f"{len(counts.excused) / max(1, applicable):.1%} of the applicable)"
        )
        worst |= bool(counts.unexcused or counts.recovered)
    return worst


def environment(version: str) -> Path:
    """The Python of an environment with that Trio (the newest for no version)."""
    folder = PROJECT / ".conformance" / (version or "newest")
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    trio = f"trio=={version}" if version else "trio"
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, trio, *NEEDED, "--editable", str(PROJECT)], check=True)
    return python


def ask(python: Path, code: str) -> str:
    """What a line of code prints there."""
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout


def count(python: Path) -> Counts:
    """Run every file of the suites under both models, and classify each test."""
    outcomes: dict[str, dict[str, bool]] = {}
    for module in ask(python, _SUITES).split():
        models = MODELS if not pattern_of(f"{module}::", "not_applicable.txt") else ()
        for model in models:
            for test, passed in run_file(python, module, model):
                outcomes.setdefault(test, {})[model] = passed
        if not models:
            outcomes[f"{module}::*"] = {}
    return classify(outcomes, collected(python))


def classify(outcomes: Mapping[str, Mapping[str, bool]], sizes: Mapping[str, int]) -> Counts:
    """Sort the tests into those that passed, are excused, do not apply, and the rest."""
    passed = in_lockstep = inapplicable = 0
    excused, unexcused, recovered = list[str](), list[str](), list[str]()
    for test, by_model in outcomes.items():
        if test.endswith("::*"):
            inapplicable += sizes.get(test[:-3], 0)
        elif pattern_of(test, "not_applicable.txt"):
            inapplicable += 1
        elif any(by_model.values()):
            passed += 1
            in_lockstep += not by_model.get("free", False)
            if pattern_of(test, "excused.txt"):
                recovered.append(test)
        elif pattern_of(test, "excused.txt"):
            excused.append(test)
        else:
            unexcused.append(test)
    return Counts(
        passed, in_lockstep, tuple(excused), inapplicable, tuple(unexcused), tuple(recovered)
    )


def collected(python: Path) -> dict[str, int]:
    """How many tests each module of the suites has."""
    listing = pytest(python, ["trio._core._tests", "trio._tests"], ["--collect-only"], "free")
    sizes: dict[str, int] = {}
    for line in listing.stdout.splitlines():
        file, separator, _ = line.partition("::")
        if separator:
            parts = Path(file).with_suffix("").parts
            package = "trio._core._tests" if "_core" in parts else "trio._tests"
            name = f"{package}.{parts[-1]}"
            sizes[name] = sizes.get(name, 0) + 1
    return sizes


def run_file(python: Path, module: str, model: str) -> Iterator[tuple[str, bool]]:
    """The tests of a file that were run, and whether each passed."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        pytest(python, [module], [f"--junit-xml={report}"], model)
        if not report.exists():
            yield f"{module}::(the whole file)", False
            return
        for case in ElementTree.parse(report).iter("testcase"):
            if case.find("skipped") is None:
                bad = case.find("failure") is not None or case.find("error") is not None
                yield f"{module}::{case.get('name')}", not bad


def pytest(
    python: Path, modules: Sequence[str], more: Sequence[str], model: str
) -> subprocess.CompletedProcess[str]:
    """pytest on modules of Trio's suites, under the kernel."""
    plugins = ["trio._tests.pytest_plugin", "tests.conformance.kernel_plugin"]
    words = [word for plugin in plugins for word in ("-p", plugin)]
    words += ["-p", "no:cacheprovider", "-p", "no:trio", "-W", "ignore", "-q", "--timeout=20"]
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(
            [python, "-m", "pytest", *words, *more, "--pyargs", *modules],
            cwd=folder,
            env={
                **os.environ,
                "HOCKET_CONFORMANCE_MODEL": model,
                "PYTHONPATH": str(PROJECT),
            },
            capture_output=True,
            text=True,
            timeout=SECONDS_PER_FILE,
            check=False,
        )


def reasons(file: str) -> dict[str, str]:
    """The patterns of a list, each with its reason."""
    lines = (HERE / file).read_text("utf-8").splitlines()
    entries = (line.partition(":: ") for line in lines if line and not line.startswith("#"))
    return {pattern.strip(): reason.strip() for pattern, _, reason in entries}


def pattern_of(test: str, file: str) -> str | None:
    """The pattern of a list that a test matches, if there is one."""
    return next((p for p in reasons(file) if fnmatch.fnmatchcase(test, p)), None)


def reason_of(test: str) -> str:
    """Why an excused test is excused."""
    excuses = reasons("excused.txt")
    return next(excuses[pattern] for pattern in excuses if fnmatch.fnmatchcase(test, pattern))


if __name__ == "__main__":
    sys.exit(main())
