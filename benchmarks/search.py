"""What each strategy is worth, against programs whose every schedule was counted.

Four tables: whether exhaustive search reproduces the exact counts and its bounds the fewest
preemptions and delays; the failure rate of each sampler with its 95 % interval (Wilson's) beside
the reference figure; the schedules to the first failure, as a median over seeds, and how many bugs
are found with 95 % probability within the budget; and the same for plain Trio and for Hypothesis.

``python -m benchmarks.search [FOLDER]``; the programs are no part of the project.
"""

import argparse
import math
import statistics
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from attrs import frozen

from benchmarks.plain_trio import first_by_hypothesis, first_by_repetition
from benchmarks.programs import Program, executions, fails, number, read_programs
from hocket.simulator.strategies import PCT, Bound, Exhaustive, Strategy, make_strategy

MISSED_MAX = 0.05


def _named(name: str) -> Callable[[int], Strategy]:
    return lambda seed: make_strategy(name, seed)


SAMPLERS: Mapping[str, tuple[Callable[[int], Strategy], str]] = {
    "random": (_named("random"), ""),
    "pct(2)": (lambda seed: PCT(seed, 2), "pct_2"),
    "pct(3)": (lambda seed: PCT(seed, 3), "pct_3"),
    "basic-pos": (_named("basic-pos"), "basic_pos"),
    "pos": (_named("pos"), "pos"),
    "surw": (_named("surw"), "surw"),
}
"""Each sampler with the name of its reference figure."""

SEARCHES: Mapping[str, Callable[[int], Strategy]] = {
    "portfolio": _named("portfolio"),
    "guided": _named("guided"),
    **{name: make for name, (make, _) in SAMPLERS.items()},
    "exhaustive": _named("exhaustive"),
}


@frozen
class Size:
    """How much is measured."""

    seeds: int
    budget: int
    samples: int
    exact: int
    plain_seeds: int


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


def exact(programs: list[Program], size: Size) -> bool:
    """Print whether exhaustive search counts what there is; the answer for all."""
    print("\nExhaustive search: schedules (failing), fewest preemptions, fewest delays")
    right = True
    for program in programs:
        _progress(f"counting {program.name}")
        if program.schedules <= size.exact:
            search = Exhaustive()
            failed = [fails(e) for e in executions(program, search, size.exact + 1)]
            told = search.complete, len(failed), sum(failed)
            same = told == (True, program.schedules, program.failing)
            right &= same
            counts = f"{len(failed):,} ({sum(failed):,})"
        else:
            same, counts = True, f"not counted ({program.truth['schedules']})"
        fewest = [_fewest(program, measure, size.exact) for measure in ("preemptions", "delays")]
        known = [program.truth[f"fewest_{m}"] for m in ("preemptions", "delays")]
        agree = all(f in {k, "?"} for f, k in zip(fewest, known, strict=True))
        right &= agree
        mark = "" if same and agree else f"   DIFFERS from {program.truth['failing']}, {known}"
        print(f"{program.name:<20}{counts:>28}  {' '.join(fewest)}{mark}", flush=True)
    return right


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


def rates(programs: list[Program], size: Size) -> bool:
    """Print failure rates beside the reference; whether no program without a bug failed."""
    print(f"\nFailure rate in percent over {size.samples:,} schedules [95 % interval] (reference)")
    sound = True
    for program in programs:
        cells: list[str] = []
        for name, (make, key) in SAMPLERS.items():
            _progress(f"sampling {program.name} by {name}")
            failed = sum(fails(e) for e in executions(program, make(0), size.samples))
            sound &= program.has_bug or not failed
            low, high = interval(failed, size.samples)
            figures = {**program.truth.get("sampled_percent", {})}
            figures[""] = program.truth["p_random_walk_percent"]
            reference = figures.get(key, "?")
            share = 100 * failed / size.samples
            below = reference not in {"?", ""} and high < number(reference)
            mark = "!" if below and not reference.startswith("<") else ""
            cells.append(f"{name} {share:.2f} [{low:.2f}, {high:.2f}] ({reference}){mark}")
        print(f"{program.name:<20}" + "  ".join(cells), flush=True)
    print("programs without a bug never failed" if sound else "A PROGRAM WITHOUT A BUG FAILED")
    return sound


def first_failures(programs: list[Program], size: Size) -> None:
    """Print the median of schedules to the first failure, and what each strategy finds."""
    print(f"\nMedian schedules to the first failure ({size.seeds} seeds; share found)")
    found = dict.fromkeys(SEARCHES, 0)
    for program in programs:
        cells: list[str] = []
        for name, make in SEARCHES.items():
            _progress(f"searching {program.name} by {name}")
            seeds = 1 if name == "exhaustive" else size.seeds
            firsts = [_first(program, make(seed), size.budget) for seed in range(seeds)]
            cell, reached = _cell(firsts)
            found[name] += reached
            cells.append(f"{name} {cell}")
        print(f"{program.name:<20}" + "  ".join(cells), flush=True)
    told = ", ".join(f"{name} {count}" for name, count in found.items())
    print(f"of {len(programs)} bugs, found by at least 95 % of the seeds: {told}")


def _first(program: Program, strategy: Strategy, budget: int) -> int | None:
    runs = enumerate(executions(program, strategy, budget), 1)
    return next((n for n, execution in runs if fails(execution)), None)


def _cell(firsts: list[int | None]) -> tuple[str, bool]:
    met = [math.inf if first is None else first for first in firsts]
    share = sum(first is not None for first in firsts) / len(firsts)
    middle = statistics.median(met)
    shown = "-" if middle == math.inf else f"{middle:g}"
    return f"{shown} ({share:.0%})", share >= 1 - MISSED_MAX


def plain(programs: list[Program], size: Size) -> None:
    """Print what repeating a test finds, with and without Hypothesis."""
    print(f"\nPlain Trio, and Trio under Hypothesis, {size.plain_seeds} times {size.budget:,} runs")
    found = {"repetition": 0, "hypothesis": 0}
    for program in programs:
        _progress(f"repeating {program.name}")
        seeds = range(size.plain_seeds)
        firsts = {
            "repetition": [first_by_repetition(program.main, size.budget) for _ in seeds],
            "hypothesis": [first_by_hypothesis(program.main, size.budget, s) for s in seeds],
        }
        cells = {name: _cell(of) for name, of in firsts.items()}
        for name, (_, reached) in cells.items():
            found[name] += reached
        told = "  ".join(f"{name} {cell}" for name, (cell, _) in cells.items())
        print(f"{program.name:<20}{told}", flush=True)
    told = ", ".join(f"{name} {count}" for name, count in found.items())
    print(f"of {len(programs)} bugs, found every time: {told}")


def _progress(what: str) -> None:
    sys.stderr.write(f"\r\033[K{what}" if sys.stderr.isatty() else f"{what}\n")


def main() -> int:
    """Print the tables; 1 if a count is wrong or a program without a bug failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("../shared/bench"))
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--budget", type=int, default=1_000, help="schedules to a first failure")
    parser.add_argument("--quick", action="store_true", help="a smaller check, a few minutes")
    parser.add_argument("--only", default="", help="some programs, separated by commas")
    options = parser.parse_args()
    if not (options.folder / "ground_truth.json").is_file():
        print(f"skipped: there is no folder of programs with known figures at {options.folder}")
        return 0
    size = Size(options.seeds, options.budget, samples=4_000, exact=100_000, plain_seeds=5)
    if options.quick:
        size = Size(min(10, options.seeds), options.budget, 500, exact=2_000, plain_seeds=1)
    wanted = set(filter(None, options.only.split(",")))
    programs = [p for p in read_programs(options.folder) if not wanted or p.name in wanted]
    bugs = [p for p in programs if p.depends]
    right = exact(programs, size)
    sound = rates(programs, size)
    first_failures(bugs, size)
    plain(bugs, size)
    return 0 if right and sound else 1


if __name__ == "__main__":
    sys.exit(main())
