"""Mutation testing from outside: does a fixed budget of ``hocket run`` notice mechanical changes?

    make mutmut                                 a sample of 200, the named modules before the others
    make mutmut ARGS="--sample 40 --minutes 3"  go on with a smaller one for so long

Each change (:mod:`benchmarks.changes`) is made in a copy of the four roots and judged by ``hocket
run`` on the catalogue, a few schedules a scenario: it is killed unless that exits with 0, or with 3
for having seen too little.  The catalogue is run in parts, so that most of the killed ones never
cost all of it.

A sample is drawn by a seed, a share of it for each group of modules; what was tested is kept in
``.mutmut`` and not tested again, as long as the module and the budget are the same.  Survivors that
were studied are in ``mutations.toml``, each with what it is; those that change nothing that could
be observed are set aside from the score.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from attrs import asdict, frozen

from benchmarks.changes import NAMED, OTHERS, RUNTIME, Change, mutated, sample
from hocket.reports.exits import Exit

HERE = Path(__file__).parent
ROOTS = ("runtime", "simulator", "scenarios", "reports")
KNOWN = HERE / "mutations.toml"
WORK = Path(".mutmut")

PARTS = 3
SCHEDULES = 3
SECONDS_MAX = 240


@frozen
class Tested:
    """A change and whether it was killed, by which part of the budget, in so many seconds.

    ``budget`` identifies the sources and the schedules that it was tested with.
    """

    change: Change
    killed: bool
    part: int
    seconds: float
    budget: str


def copied(tree: Path) -> None:
    """A fresh copy of the four roots."""
    shutil.rmtree(tree, ignore_errors=True)
    for root in ROOTS:
        shutil.copytree(root, tree / root, ignore=shutil.ignore_patterns("__pycache__", "editors"))


def parts_of_catalogue() -> list[list[str]]:
    """The files of the catalogue, dealt out to the parts of the budget."""
    files = sorted(Path("scenarios/hocket/scenarios/catalogue").glob("*.hocket"))
    return [[str(file.resolve()) for file in files[number::PARTS]] for number in range(PARTS)]


def judged(tree: Path, schedules: int) -> int:
    """The number of the first part of the budget that does not pass in this tree; 0 if all do."""
    roots = os.pathsep.join(str((tree / root).resolve()) for root in ROOTS)
    environment = {**os.environ, "PYTHONPATH": roots, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "hocket.scenarios.cli", "run", "--no-corpus", "--seed", "0"]
    command += ["--schedules", str(schedules), "--runs", str((tree / "runs").resolve())]
    for number, files in enumerate(parts_of_catalogue(), start=1):
        try:
            done = subprocess.run(
                [*command, *files],
                env=environment,
                timeout=SECONDS_MAX,
                capture_output=True,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return number
        if done.returncode not in (Exit.OK, Exit.INCONCLUSIVE):
            return number
    return 0


def tested(tree: Path, change: Change, schedules: int, budget: str) -> Tested:
    """Make the change in the tree, judge it, and undo it."""
    path = tree / RUNTIME / change.module
    source = path.read_text("utf-8")
    texts = mutated(source, change.operator)
    path.write_text(next(t for n, t in enumerate(texts) if n == change.occurrence), "utf-8")
    started = time.monotonic()
    try:
        part = judged(tree, schedules)
    finally:
        path.write_text(source, "utf-8")
    return Tested(change, part > 0, part, round(time.monotonic() - started, 1), budget)


def budget_of(change: Change, schedules: int) -> str:
    """What identifies the sources that a change is tested with; an edit elsewhere is let pass."""
    texts = [(RUNTIME / change.module).read_text("utf-8"), str(schedules)]
    return sha256("\0".join(texts).encode()).hexdigest()[:12]


def read_results(path: Path) -> dict[tuple[Change, str], Tested]:
    """What was tested so far."""
    if not path.exists():
        return {}
    found: dict[tuple[Change, str], Tested] = {}
    for line in path.read_text("utf-8").splitlines():
        fields = json.loads(line)
        one = Tested(Change(**fields.pop("change")), **fields)
        found[one.change, one.budget] = one
    return found


def studied() -> dict[tuple[str, str, str], tuple[str, str]]:
    """The verdict on each survivor that was studied, and why, by module and line."""
    entries = tomllib.loads(KNOWN.read_text("utf-8"))["survivor"]
    return {(e["module"], e["before"], e["after"]): (e["is"], e["why"]) for e in entries}


def told(results: Iterable[Tested]) -> str:
    """The score by module, and the survivors with what they are."""
    known, lines = studied(), list[str]()
    totals = {"named": [0, 0, 0], "others": [0, 0, 0]}
    by_module: dict[str, list[Tested]] = {}
    for one in results:
        by_module.setdefault(one.change.module, []).append(one)
    for module in (*NAMED, *OTHERS):
        if module not in by_module:
            continue
        counted = totals["named" if module in NAMED else "others"]
        killed = sum(one.killed for one in by_module[module])
        left = [one.change for one in by_module[module] if not one.killed]
        marks = [known.get((c.module, c.before, c.after), ("not studied", "")) for c in left]
        aside = sum(kind == "equivalent" for kind, _why in marks)
        for index, number in enumerate((killed, aside, len(by_module[module]))):
            counted[index] += number
        lines.append(_score(module, killed, aside, len(by_module[module])))
        lines += [
            f"    {c.line}: {c.before}  ->  {c.after}  [{c.operator}] {kind}: {why}".rstrip(": ")
            for c, (kind, why) in zip(left, marks, strict=True)
        ]
    lines += [_score(f"all {name} modules", *numbers) for name, numbers in totals.items()]
    return "\n".join(lines)


def _score(name: str, killed: int, aside: int, every: int) -> str:
    counted = every - aside
    share = f"{killed / counted:.0%}" if counted else "-"
    return f"{name}: {killed} of {counted} killed, {share} ({every} tested, {aside} equivalent)"


def main() -> int:
    """Test what of the sample is not tested yet, for as long as there is time, and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sample", type=int, default=200, help="changes of the named modules")
    parser.add_argument("--others", type=int, default=50, help="changes of the other modules")
    parser.add_argument("--seed", type=int, default=0, help="what decides the sample")
    parser.add_argument("--schedules", type=int, default=SCHEDULES, help="schedules a scenario")
    parser.add_argument("--minutes", type=float, default=1e9, help="begin nothing after so long")
    options = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    results = read_results(WORK / "results.jsonl")
    wanted = sample(NAMED, options.sample, options.seed)
    wanted += sample(OTHERS, options.others, options.seed)
    keys = [(change, budget_of(change, options.schedules)) for change in wanted]
    deadline = time.monotonic() + 60 * options.minutes
    left = [key for key in keys if key not in results]
    tree = WORK / "tree"
    if left:
        copied(tree)
        if part := judged(tree, options.schedules):
            print(f"the unchanged runtime fails in part {part} of the budget", file=sys.stderr)
            return 2
    for number, (change, budget) in enumerate(left, start=1):
        if time.monotonic() > deadline:
            break
        one = results[change, budget] = tested(tree, change, options.schedules, budget)
        with (WORK / "results.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(one)) + "\n")
        fate = f"killed in part {one.part}" if one.killed else "SURVIVES"
        print(f"{number}/{len(left)} {change.module}:{change.line} {fate}", file=sys.stderr)
    done = [results[key] for key in keys if key in results]
    print(told(done))
    print(
        f"{len(done)} of a sample of {len(keys)} tested, {options.schedules} schedules a scenario"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
