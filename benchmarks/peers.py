"""hocket beside its neighbours on seven cases that others wrote: one session, one table.

    python -m benchmarks.peers FOLDER [--environments .peers] [--seeds 20] [--schedules 100000]

FOLDER holds ``cases.py``, ``common.py`` and one ``bench_NAME.py`` for each neighbour; the cases and
how they are counted are described there.  A neighbour is measured if it has an environment of its
own, ``ENVIRONMENTS/v-NAME``; what could not be had is said.  Its limits, above all
``BENCH_BUDGET`` CPU seconds for each case and strategy, are taken from the environment.  Every
figure of hocket is taken with its default settings.  Rates are schedules per CPU second, since a
machine is rarely idle.
"""

import argparse
import asyncio
import importlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import trio
import trio.testing
from attrs import evolve, field, frozen

from hocket.simulator import explore, replay

CASES_WANTED = ("a2", "a3", "b", "c", "d", "e", "f")
FIND_CAP = 20_000
NEIGHBOURS = ("detangle", "simloom", "frontrun", "seedloop", "simloop")
STRATEGIES_WANTED = {"detangle": "auto"}
"""The default strategy where a neighbour is measured under several; others are shown with all."""

RATE_SECONDS = 1.0
REPEATS = 3


@frozen
class Line:
    """One row of the table.

    ``rate`` is schedules per CPU second; ``found`` has a cell for each case, the median number of
    schedules over the seeds; ``replays`` how many replays were exact, ``sizes`` the deviations of
    the minimal reports, case by case.
    """

    name: str
    rate: float | None = None
    found: Mapping[str, str] = field(factory=dict[str, str])
    replays: str = "-"
    sizes: str = "-"


def rate(run: Callable[[int], object]) -> float:
    """Schedules per CPU second, the median of some repeats; ``run`` executes so many of them."""
    schedules = 50
    while (seconds := _cpu_seconds(run, schedules)) < RATE_SECONDS / 4:
        schedules *= 2
    schedules = max(1, int(schedules * RATE_SECONDS / seconds))
    return statistics.median(schedules / _cpu_seconds(run, schedules) for _ in range(REPEATS))


def _cpu_seconds(run: Callable[[int], object], schedules: int) -> float:
    started = time.process_time()
    run(schedules)
    return time.process_time() - started


def repeated(run: Callable[[], object]) -> Callable[[int], None]:
    """Calls ``run`` so many times."""

    def many(times: int) -> None:
        for _ in range(times):
            run()

    return many


def plain_loops(cases: Any) -> Iterable[Line]:
    """What a body without a bug costs under the loops that everybody has."""
    in_trio = cases.trio_main(cases.plain(cases.trio_kit()))
    in_asyncio = cases.asyncio_main(cases.plain(cases.asyncio_kit()))

    def run_trio() -> None:
        trio.run(in_trio, clock=trio.testing.MockClock(autojump_threshold=0))

    yield Line("asyncio.run, stock", rate(repeated(lambda: asyncio.run(in_asyncio()))))
    yield Line("trio.run, autojump clock", rate(repeated(run_trio)))


def hocket_line(cases: Any, seeds: int) -> Line:
    """hocket with its default settings."""
    kit = cases.trio_kit()
    body = cases.trio_main(cases.plain(kit))
    found: dict[str, str] = {}
    sizes: list[str] = []
    exact = all_replays = 0
    for name, case in cases.all_cases(kit).items():
        main = cases.trio_main(case)
        results = [explore(main, schedules=FIND_CAP, seed=seed) for seed in range(seeds)]
        failures = [result.failures[0] for result in results if result.failures]
        exact += sum(replay(main, failure.token).reproduced for failure in failures)
        all_replays += len(failures)
        found[name.split()[0]] = _cell([f.schedule for f in failures], seeds)
        sizes.append("/".join(str(size) for size in sorted({f.preemptions for f in failures})))
    return Line(
        name="hocket, default",
        rate=rate(lambda schedules: explore(body, schedules=schedules)),
        found=found,
        replays=f"{exact}/{all_replays}",
        sizes=" ".join(size or "-" for size in sizes),
    )


def sweep_line(cases: Any) -> Line:
    """The cancellation sweep on the case that needs one."""
    name, case = next(
        item for item in cases.all_cases(cases.trio_kit()).items() if item[0].startswith("d ")
    )
    main = cases.trio_main(case)
    result = explore(main, sweep="cancel")
    if not result.failures:
        return Line("hocket, sweep", found={name[0]: f"not in {result.schedules}"})
    (failure,) = result.failures
    exact = replay(main, failure.token).reproduced
    return Line(
        "hocket, sweep",
        found={name[0]: str(failure.schedule)},
        replays=f"{int(exact)}/1",
        sizes=f"{len(failure.deviations)} cancellation",
    )


def _cell(found: Sequence[int], seeds: int) -> str:
    if not found:
        return f"0/{seeds}"
    # A seed without a failure counts as one that needs for ever.
    median = statistics.median([*found, *[float("inf")] * (seeds - len(found))])
    shown = "-" if median == float("inf") else f"{median:g}"
    return shown if len(found) == seeds else f"{shown} ({len(found)}/{seeds})"


def neighbour_lines(name: str, folder: Path, python: Path, seeds: int) -> Iterable[Line]:
    """What the neighbour's own script measures, in the neighbour's own environment."""
    settings = {"BENCH_SEEDS": str(seeds), "BENCH_TPUT": "1", "BENCH_REPEATS": "3"}
    settings |= {"BENCH_BUDGET": "10", "BENCH_CAP": "3000"}
    words = [str(python), f"bench_{name}.py", "throughput", "find"]
    if name == "frontrun":
        words.insert(0, str(python.with_name("frontrun")))
    done = subprocess.run(
        words, cwd=folder, env=settings | os.environ, capture_output=True, text=True, check=False
    )
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if not rows:
        yield Line(f"{name}: {done.stderr.strip().splitlines()[-1:] or 'no output'}")
    lines: dict[str, Line] = {}
    for row in rows:
        variant = str(row.get("variant"))
        if variant == STRATEGIES_WANTED.get(name, variant):
            line = lines.get(variant) or Line(f"{row['peer']}, {variant}")
            lines[variant] = _with(line, row)
    yield from lines.values()


def _with(line: Line, row: Mapping[str, Any]) -> Line:
    if row["what"] == "throughput":
        return evolve(line, rate=row["rate"])
    if row["what"] != "find":
        return line
    full = row["found"] == row["of"]
    median = "-" if row["median"] is None else f"{row['median']:g}"
    cell = median if full else f"{median} ({row['found']}/{row['of']})"
    exact, of = (int(part) for part in (line.replays if "/" in line.replays else "0/0").split("/"))
    exact, of = exact + (row.get("replay") or 0), of + (row.get("replay_of") or 0)
    shrunk = [str(word).partition("->")[2].split()[0] for word in row.get("shrunk") or ()]
    sizes = "" if line.sizes == "-" else line.sizes + " "
    return evolve(
        line,
        found={**line.found, row["case"].split()[0]: cell},
        replays=f"{exact}/{of}",
        sizes=sizes + ("/".join(sorted(set(shrunk))) or "?"),
    )


def false_alarms(cases: Any, schedules: int) -> str:
    """A body without a bug, for long."""
    body = cases.trio_main(cases.plain(cases.trio_kit()))
    result = explore(body, schedules=schedules)
    return f"{len(result.failures)} failures in {result.schedules:,} schedules without a bug"


def print_table(lines: Iterable[Line]) -> None:
    """One line each, as Markdown."""
    heads = ["tool", "schedules/CPU s", *CASES_WANTED, "exact replays", "size of minimal reports"]
    print("| " + " | ".join(heads) + " |")
    print("|---" * len(heads) + "|")
    for line in lines:
        shown = "-" if line.rate is None else f"{line.rate:,.0f}"
        cells = [line.name, shown, *(line.found.get(case, "-") for case in CASES_WANTED)]
        print("| " + " | ".join([*cells, line.replays, line.sizes]) + " |")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--environments", type=Path, default=Path(".peers"))
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--schedules", type=int, default=100_000)
    asked = parser.parse_args()
    if not (asked.folder / "cases.py").is_file():
        print(f"skipped: there are no cases in {asked.folder}; name the folder that holds cases.py")
        return
    sys.path.insert(0, str(asked.folder.resolve()))
    cases: Any = importlib.import_module("cases")
    lines = [hocket_line(cases, asked.seeds), sweep_line(cases), *plain_loops(cases)]
    missing: list[str] = []
    for name in NEIGHBOURS:
        python = (asked.environments / f"v-{name}" / "bin" / "python").absolute()
        if python.is_file():
            lines.extend(neighbour_lines(name, asked.folder, python, asked.seeds))
        else:
            missing.append(name)
    print_table(lines)
    print()
    print("schedules until found: median over the seeds, (found/seeds) where not all found it")
    print("size: preemptions for hocket, deviations from first-come order for the others")
    print(false_alarms(cases, asked.schedules))
    if missing:
        print(f"not measured, since they have no environment: {', '.join(missing)}")


if __name__ == "__main__":
    main()
