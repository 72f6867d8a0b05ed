"""Trio's own test suites, and pytest-trio's, with ``trio.run`` replaced by the kernel.

``make conformance`` runs this for the newest and the oldest supported Trio, each in an environment
of its own beside the project's; versions may be named as arguments.  A test passes if it passes
under the free model's default schedule or, where it relies on an order that Trio keeps within a
pass, in lockstep.  Tests of the operating system are not applicable (``not_applicable.txt``,
written down before counting); every other test that does not pass has to be excused with a reason
(``excused.txt``), and an excused test that passes has to leave the list.  What a suite itself skips
on this machine is counted apart; Trio's tests of its static tools are not run.
"""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from attrs import frozen
from tests.conformance.lists import EXCUSED, entry_of, patterns

PROJECT = Path(__file__).parent.parent.parent
FREE, LOCKSTEP = "free", "lockstep"
OLDEST, NEWEST = "0.27.0", ""
NEEDED = ("pytest", "pytest-timeout", "trustme", "pyopenssl", "astor", "pytest-trio")
SECONDS_PER_SUITE = 300
EXCUSED_AT_MOST = 0.05
NOT_THE_TOOLS = "--ignore-glob=/*/trio/_tests/tools"


@frozen
class Suite:
    """One suite: its packages, and the pytest options it needs."""

    name: str
    packages: tuple[str, ...]
    options: tuple[str, ...]


SUITES = (
    Suite(
        "Trio's own",
        ("trio._core._tests", "trio._tests"),
        (
            "-p",
            "trio._tests.pytest_plugin",
            "-p",
            "no:trio",
            "--run-slow",
            "--ignore-glob=/*/tools",
        ),
    ),
    Suite("pytest-trio's", ("pytest_trio._tests",), ()),
)


@frozen
class Counts:
    """What came of the tests of one suite."""

    passed: int
    in_lockstep: tuple[str, ...]
    excused: tuple[str, ...]
    inapplicable: int
    skipped: int
    unexcused: tuple[str, ...]
    recovered: tuple[str, ...]

    @property
    def share(self) -> float:
        """The part of the applicable tests that is excused."""
        return len(self.excused) / max(1, self.passed + len(self.excused) + len(self.unexcused))

    @property
    def good(self) -> bool:
        """Whether every test passed or is excused, rightly and not too often."""
        return not self.unexcused and not self.recovered and self.share <= EXCUSED_AT_MOST


def main() -> int:
    """Run the suites on each Trio; 1 if any test is neither passed nor rightly excused."""
    versions = sys.argv[1:] or [NEWEST, OLDEST]
    bad, used = False, set[str | None]()
    for version in versions:
        python = environment(version)
        installed = ask(python, "import trio; print(trio.__version__)")
        for suite in SUITES:
            counts = count(python, suite)
            print(f"Trio {installed}, {suite.name} suite", flush=True)
            tell(counts)
            bad |= not counts.good
            used |= {entry_of(test, EXCUSED) for test in counts.excused}
    for pattern in [p for p in patterns(EXCUSED) if p not in used] if not sys.argv[1:] else []:
        print(f"matches no test that fails, and must leave {EXCUSED}: {pattern}")
        bad = True
    return int(bad)


def tell(counts: Counts) -> None:
    """Print what came of a suite, the excuses with their reasons."""
    for test in counts.excused:
        print(f"  excused: {test}: {patterns(EXCUSED)[entry_of(test, EXCUSED) or '']}")
    for test in counts.unexcused:
        print(f"  FAILED, and not excused: {test}")
    for test in counts.recovered:
        print(f"  passes, and must leave {EXCUSED}: {test}")
    for test in counts.in_lockstep:
        print(f"  passes in lockstep, not under the free default: {test}")
    print(
        f"{counts.passed} passed, {len(counts.excused)} excused, {counts.inapplicable} not "
        f"applicable ({len(counts.in_lockstep)} of the passed in lockstep only; {counts.skipped} "
        f"skipped by the suite; excused are {counts.share:.1%} of the applicable)",
        flush=True,
    )


def environment(version: str) -> Path:
    """The Python of an environment with that Trio (the newest for no version)."""
    folder = PROJECT / ".conformance" / (version or "newest")
    python = folder / "bin" / "python"
    progress(f"installing Trio {version or '(the newest)'}")
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    trio = f"trio=={version}" if version else "trio"
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*install, "--upgrade", trio, *NEEDED, "--editable", str(PROJECT)],
        check=True,
        stdout=sys.stderr,
    )
    return python


def ask(python: Path, code: str) -> str:
    """What a line of code prints there."""
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def count(python: Path, suite: Suite) -> Counts:
    """Run a suite under both models, and classify each test."""
    return classify({model: outcomes(python, suite, model) for model in (FREE, LOCKSTEP)})


def classify(by_model: Mapping[str, Mapping[str, str]]) -> Counts:
    """Sort the tests into those that passed, are excused, do not apply, and the rest."""
    free, lockstep = by_model[FREE], by_model[LOCKSTEP]
    kinds = ("passed", "lockstep", "excused", "not applicable", "skipped", "failed", "recovered")
    sorted_out: dict[str, list[str]] = {kind: [] for kind in kinds}
    for test in [*free, *(test for test in lockstep if test not in free)]:
        results = free.get(test, "failed"), lockstep.get(test, "failed")
        excused = entry_of(test, EXCUSED)
        if "passed" in results:
            sorted_out["passed"].append(test)
            if results[0] != "passed":
                sorted_out["lockstep"].append(test)
            if excused:
                sorted_out["recovered"].append(test)
        elif "failed" in results:
            sorted_out["excused" if excused else "failed"].append(test)
        else:
            sorted_out[results[0]].append(test)
    return Counts(
        passed=len(sorted_out["passed"]),
        in_lockstep=tuple(sorted_out["lockstep"]),
        excused=tuple(sorted_out["excused"]),
        inapplicable=len(sorted_out["not applicable"]),
        skipped=len(sorted_out["skipped"]),
        unexcused=tuple(sorted_out["failed"]),
        recovered=tuple(sorted_out["recovered"]),
    )


def outcomes(python: Path, suite: Suite, model: str) -> dict[str, str]:
    """What became of each test of a suite under a model."""
    found: dict[str, str] = {}
    module, runs = "", 0
    for test, outcome in lines(python, suite, model):
        if test == "runs":
            runs = int(outcome)
            continue
        if found.get(test) != "failed":
            found[test] = outcome
        if outcome != "not applicable" and test.partition("::")[0] != module:
            module = test.partition("::")[0]
            progress(f"{suite.name} suite, {model}: {module}")
    if not runs:
        found["(the kernel ran to the end of the suite)"] = "failed"
    progress(f"{suite.name} suite, {model}: the kernel ran {runs} times")
    return found


def lines(python: Path, suite: Suite, model: str) -> Iterator[tuple[str, str]]:
    """Run pytest on a suite under the kernel; each test and what became of it, as it happens."""
    words = ["-p", "tests.conformance.kernel_plugin", "-p", "no:cacheprovider", "-W", "ignore"]
    words += ["-q", "--tb=native", "--timeout=20", *suite.options, "--pyargs", *suite.packages]
    reading, writing = os.pipe()
    surroundings = {
        **os.environ,
        "HOCKET_CONFORMANCE_MODEL": model,
        "HOCKET_CONFORMANCE_REPORT": str(writing),
        "PYTHONPATH": str(PROJECT),
    }
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        log = stack.enter_context(Path(folder, "out").open("wb"))
        process = subprocess.Popen(
            [python, "-m", "pytest", *words],
            cwd=folder,
            env=surroundings,
            stdout=log,
            stderr=log,
            pass_fds=[writing],
        )
        stack.callback(process.kill)
        os.close(writing)
        watchdog = threading.Timer(SECONDS_PER_SUITE, process.kill)
        watchdog.start()
        stack.callback(watchdog.cancel)
        for line in stack.enter_context(os.fdopen(reading, encoding="utf-8")):
            test, _, outcome = line.rstrip("\n").partition("\t")
            yield test, outcome
        if process.wait() not in (0, 1):
            progress(Path(folder, "out").read_text("utf-8"))


def progress(text: str) -> None:
    """Say on standard error what is going on."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
