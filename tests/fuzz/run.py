"""Coverage-guided fuzzing of everything that reads foreign bytes: ``make fuzz``.

Each target has its share of the time, an hour in all unless ``--seconds`` says otherwise.  What the
fuzzer found worth keeping stays in ``.fuzz/corpus`` for the next time, and what crashes a target in
``.fuzz/crashes``.  Printed are the executions and the crashes of each; exits with 1 for any crash.
An input that takes more than ten seconds of processor time, or two gigabytes, counts as one.
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz.targets import TARGETS, seeds, words

PROJECT = Path(__file__).resolve().parents[2]
HOME = PROJECT / ".fuzz"
SECONDS = 3_600
MEGABYTES = 2_048
BYTES_MAX = 4_096

_EXECUTIONS = re.compile(r"stat::number_of_executed_units: (\d+)")
_COVERAGE = re.compile(r"cov: (\d+)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz each target in turn, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=SECONDS, help="for all targets together")
    parser.add_argument("--target", choices=sorted(TARGETS), help="only this one")
    options = parser.parse_args(arguments)
    names = [options.target] if options.target else sorted(TARGETS)
    total = crashes = 0
    for name in names:
        printed, code = fuzz(name, max(1, options.seconds // len(names)))
        executions, covered = figures(printed)
        total += executions
        crashed = code != 0
        crashes += crashed
        print(
            f"{name}: {executions:,} executions, {covered} edges, {crashed:d} crashes", flush=True
        )
        if crashed:
            print("\n".join(printed.splitlines()[-40:]), flush=True)
    print(f"in all: {total:,} executions, {crashes} crashes")
    return 1 if crashes else 0


def fuzz(name: str, seconds: int) -> tuple[str, int]:
    """Fuzz one target for so long; what libFuzzer printed, and its exit code."""
    corpus, crashes = HOME / "corpus" / name, HOME / "crashes"
    corpus.mkdir(parents=True, exist_ok=True)
    crashes.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(name)):
        (corpus / f"seed{number}").write_bytes(seed)
    dictionary = HOME / f"{name}.dict"
    dictionary.write_text("".join(f'"{_escaped(word)}"\n' for word in words(name)), "ascii")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.fuzz.one", name, str(corpus)),
            f"-max_total_time={seconds}",
            "-timeout=3600",
            f"-rss_limit_mb={MEGABYTES}",
            f"-max_len={BYTES_MAX}",
            f"-dict={dictionary}",
            f"-artifact_prefix={crashes}/{name}-",
            "-print_final_stats=1",
        ],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path])},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return done.stdout, done.returncode


def figures(printed: str) -> tuple[int, int]:
    """How many executions libFuzzer reports, and how many edges they covered."""
    executions = _EXECUTIONS.findall(printed)
    covered = _COVERAGE.findall(printed)
    return int(executions[-1]) if executions else 0, int(covered[-1]) if covered else 0


def _escaped(word: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word.encode())


if __name__ == "__main__":
    sys.exit(main())
