"""What each strategy is worth, against programs whose every schedule was counted.

Four tables: whether exhaustive search reproduces the exact counts and its bounds the fewest
preemptions and delays; the failure rate of each sampler with its 95 % interval (Wilson's) beside
the reference figure; the schedules to the first failure, as a median over seeds, and how many bugs
are found with 95 % probability within the budget; and the same for plain Trio and for Hypothesis.

    python -m benchmarks.search [FOLDER] [--tables rates --only reorder_3 --keep .bench-search]

The programs are no part of the project.  The whole takes hours of CPU time; with ``--keep`` it can
be run in pieces, and a last call prints all that was measured as one table.
"""

import argparse
import math
import os
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from attrs import asdict, evolve, field, frozen

from benchmarks.kept import Kept
from benchmarks.plain_trio import first_by_hypothesis, first_by_repetition
from benchmarks.programs import Program, executions, fails, number, read_programs
from benchmarks.searches import SAMPLERS, SEARCHES
from hocket.simulator.strategies import Bound, Exhaustive, Strategy

MISSED_MAX = 0.05
CAMPAIGNS = 8
"""Over how many seeds the schedules for a rate are spread: each campaign learns from other ones."""


@frozen
class Size:
    """How much is measured.

    ``budget`` is that of a search for a first failure, which is given up for a program that none
    of the first ``hopeless`` seeds found anything in; programs with up to ``exact`` schedules are
    counted, and a bound is explored up to ``bounded`` schedules.  ``strategies`` are the names of
    those that are measured; empty, all.
    """

    seeds: int
    budget: int
    samples: int
    strategies: frozenset[str] = frozenset()
    hopeless: int = 20
    exact: int = 100_000
    bounded: int = 400_000
    plain_seeds: int = 5


def interval(failed: int, done: int) -> tuple[float, float]:
    """Wilson's 95 % interval for a rate, in percent.

    >>> [round(percent, 2) for percent in interval(5, 100)]
    [2.15, 11.18]
    >>> [round(percent, 2) for percent in interval(500, 500)]
    [99.24, 100.0]
    """
    z, share = 1.96, failed / done
    middle = share + z * z / (2 * done)
    reach = z * math.sqrt(share * (1 - share) / done + z * z / (4 * done * done))
    scale = 100 / (1 + z * z / done)
    return max(0.0, (middle - reach) * scale), min(100.0, (middle + reach) * scale)


@frozen
class Row:
    """One program in one table: what is printed, and whether it is as it must be.

    ``found`` says for each search whether it finds the bug with 95 % probability.
    """

    text: str
    right: bool = True
    found: Mapping[str, bool] = field(factory=dict[str, bool])


def exact(program: Program, size: Size) -> Row:
    """Whether exhaustive search counts what there is, and its bounds find what they should."""
    truth = program.truth
    same, counts = True, f"not counted ({truth['schedules']})"
    if program.schedules <= size.exact:
        search = Exhaustive()
        failed = [fails(e) for e in executions(program, search, size.exact + 1)]
        told = search.complete, len(failed), sum(failed)
        same = told == (True, program.schedules, program.failing)
        counts = f"{len(failed):,} ({sum(failed):,})"
    fewest = [_fewest(program, measure, size.bounded) for measure in ("preemptions", "delays")]
    known = [truth["fewest_preemptions"], truth["fewest_delays"]]
    same &= all(f in {k, "?"} for f, k in zip(fewest, known, strict=True))
    mark = "" if same else f"   DIFFERS from {truth['failing']}, {known}"
    return Row(f"{counts:>28}  {' '.join(fewest)}{mark}", same)


def _fewest(program: Program, measure: str, budget: int) -> str:
    """The smallest bound on ``measure`` within which there is a failure; ``?`` out of budget."""
    if not program.has_bug:
        return "-"
    for limit in range(10):
        search = Exhaustive(Bound.parse(f"{measure}={limit}"))
        if any(fails(e) for e in executions(program, search, budget)):
            return str(limit)
        if not search.complete:
            return "?"
    return "?"


def rates(program: Program, size: Size) -> Row:
    """Failure rates beside the reference; a program without a bug must never fail."""
    cells: list[str] = []
    sound = True
    for name, (make, key) in SAMPLERS.items():
        if size.strategies and name not in size.strategies:
            continue
        each = size.samples // CAMPAIGNS
        runs = (executions(program, make(seed), each) for seed in range(CAMPAIGNS))
        failed = sum(fails(execution) for campaign in runs for execution in campaign)
        sound &= program.has_bug or not failed
        low, high = interval(failed, each * CAMPAIGNS)
        figures = {**program.truth.get("sampled_percent", {})}
        figures[""] = program.truth["p_random_walk_percent"]
        reference = figures.get(key, "?")
        share = 100 * failed / (each * CAMPAIGNS)
        below = reference not in {"?", ""} and round(high, 2) < number(reference)
        mark = "!" if below and not reference.startswith("<") else ""
        cells.append(f"{name} {share:.2f} [{low:.2f}, {high:.2f}] ({reference}){mark}")
    return Row("  ".join(cells) + ("" if sound else "   FAILED WITHOUT A BUG"), sound)


def first_failures(program: Program, size: Size) -> Row:
    """The median of schedules to the first failure, for each search."""
    return _searched(
        {
            name: _firsts(program, make, size, 1 if name == "exhaustive" else size.seeds)
            for name, make in SEARCHES.items()
            if not size.strategies or name in size.strategies
        }
    )


def plain(program: Program, size: Size) -> Row:
    """What repeating a test finds, with and without Hypothesis."""
    seeds, main = range(size.plain_seeds), program.main
    return _searched(
        {
            "repetition": [first_by_repetition(main, size.budget) for _ in seeds],
            "hypothesis": [first_by_hypothesis(main, size.budget, seed) for seed in seeds],
        }
    )


def _firsts(
    program: Program, make: Callable[[int], Strategy], size: Size, seeds: int
) -> Sequence[int | None]:
    """The number of the first failure for each seed, as far as there is hope."""
    firsts: list[int | None] = []
    for seed in range(seeds):
        if len(firsts) == size.hopeless and not any(firsts):
            break
        firsts.append(_first(program, make(seed), size.budget))
    return firsts


def _first(program: Program, strategy: Strategy, budget: int) -> int | None:
    runs = enumerate(executions(program, strategy, budget), 1)
    return next((n for n, execution in runs if fails(execution)), None)


def _searched(firsts: Mapping[str, Sequence[int | None]]) -> Row:
    cells = {name: _cell(of) for name, of in firsts.items()}
    text = "  ".join(f"{name} {cell}" for name, (cell, _) in cells.items())
    return Row(text, found={name: reached for name, (_, reached) in cells.items()})


def _cell(firsts: Sequence[int | None]) -> tuple[str, bool]:
    met = [math.inf if first is None else first for first in firsts]
    share = sum(first is not None for first in firsts) / len(firsts)
    middle = statistics.median(met)
    shown = "-" if middle == math.inf else f"{middle:g}"
    return f"{shown} ({share:.0%} of {len(firsts)})", share >= 1 - MISSED_MAX


@frozen
class Table:
    """One table: its title, what makes a row of it, and whether it is about bugs only."""

    title: str
    row: Callable[[Program, Size], Row]
    bugs: bool = False


TABLES: Mapping[str, Table] = {
    "exact": Table(
        "Exhaustive search: schedules (failing), fewest preemptions, fewest delays", exact
    ),
    "rates": Table(
        "Failure rate in percent [95 % interval] (reference; ! where it is below that)",
        rates,
    ),
    "first": Table(
        "Median schedules to the first failure (share of seeds)", first_failures, bugs=True
    ),
    "plain": Table("Plain Trio, and Trio under Hypothesis", plain, bugs=True),
}


@frozen
class Maker:
    """Makes rows, in processes of their own."""

    folder: Path
    size: Size
    kept: Kept

    def __call__(self, table: str, name: str) -> Row:
        """The row of a program in a table."""

        def measure() -> dict[str, Any]:
            (program,) = (p for p in read_programs(self.folder) if p.name == name)
            return asdict(TABLES[table].row(program, self.size))

        asked = {**asdict(self.size), "strategies": sorted(self.size.strategies)}
        return Row(**self.kept.row(f"{table} of {name}: {asked}", measure))


def print_table(pool: Executor, table: str, make: Maker, names: Sequence[str]) -> bool:
    """Print a row for each program as soon as those before it are there; whether all are right."""
    print(f"\n{TABLES[table].title}")
    rows = [pool.submit(make, table, name) for name in names]
    found: Counter[str] = Counter()
    right = True
    for name, row in zip(names, (future.result() for future in rows), strict=True):
        print(f"{name:<20}{row.text}", flush=True)
        right &= row.right
        found.update(row.found)
    if found:
        told = ", ".join(f"{name} {count}" for name, count in found.items())
        print(f"of {len(names)} bugs, found by at least 95 % of the seeds: {told}")
    return right


def main() -> int:
    """Print the tables; 1 if a count is wrong or a program without a bug failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("../shared/bench"))
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--budget", type=int, default=1_000, help="schedules to a first failure")
    parser.add_argument("--samples", type=int, default=4_000, help="schedules for each rate")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes at a time")
    parser.add_argument("--tables", default=",".join(TABLES), help="some of them, by commas")
    parser.add_argument("--quick", action="store_true", help="a smaller check, a few minutes")
    parser.add_argument("--only", default="", help="some programs, separated by commas")
    parser.add_argument("--strategies", default="", help="some strategies, separated by commas")
    parser.add_argument("--keep", type=Path, help="where rows are kept, and taken from again")
    options = parser.parse_args()
    if not (options.folder / "ground_truth.json").is_file():
        print(f"skipped: there is no folder of programs with known figures at {options.folder}")
        return 0
    strategies = frozenset(filter(None, options.strategies.split(",")))
    size = Size(options.seeds, options.budget, options.samples, strategies)
    if options.quick:
        size = evolve(
            size,
            seeds=min(10, size.seeds),
            samples=500,
            exact=2_000,
            bounded=2_000,
            plain_seeds=1,
        )
    make = Maker(options.folder, size, Kept(options.keep))
    wanted = set(filter(None, options.only.split(",")))
    programs = [p for p in read_programs(options.folder) if not wanted or p.name in wanted]
    right = True
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        for table in filter(None, options.tables.split(",")):
            names = [p.name for p in programs if p.depends or not TABLES[table].bugs]
            right &= print_table(pool, table, make, names)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
