"""``hocket run``: explore scenarios or functions within a budget."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import click

from hocket.reports.formats.human import print_report
from hocket.reports.formats.machine import SCHEMA_VERSION, row_to_json, write_jsonl
from hocket.reports.results import Row
from hocket.reports.verdicts import exit_code
from hocket.scenarios.cli.console import output, progress
from hocket.scenarios.cli.tokens import use_option
from hocket.scenarios.corpus import Corpus
from hocket.scenarios.exploration import Plan, explore_all
from hocket.scenarios.selection import REFERENCE, select
from hocket.scenarios.usage import UsageProblem
from hocket.simulator import Model
from hocket.simulator.strategies import STRATEGIES, make_strategy

__all__ = ["run"]

SCHEDULES = 200
SECONDS = 60.0
FORMATS = ("human", "json", "jsonl")


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATHS]")
@click.option(
    "--schedules",
    type=click.IntRange(1),
    default=SCHEDULES,
    show_default=True,
    help="Schedules per scenario and parameter set.",
)
@click.option(
    "--time-budget",
    type=click.FloatRange(0, min_open=True),
    default=SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="Wall time for the whole run.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="What decides the schedules.")
@click.option(
    "--strategy",
    type=click.Choice(sorted(STRATEGIES)),
    default=None,
    help="How schedules are chosen: portfolio, and for scenarios mixed, unless you say.",
)
@click.option(
    "--bound",
    metavar="MEASURE=N",
    help="Explore every schedule with at most N preemptions, delays or deviations.",
)
@click.option(
    "--model",
    type=click.Choice([str(m) for m in Model]),
    default="free",
    show_default=True,
    help="Any order of runnable tasks, or those of Trio's passes.",
)
@click.option("--timers", is_flag=True, help="Timers due at one instant fire in any order.")
@click.option(
    "--slow-steps",
    type=click.FloatRange(0),
    default=0.0,
    metavar="SECONDS",
    help="One step may last so long that a deadline comes first.",
)
@click.option(
    "--sweep",
    type=click.Choice(["cancel"]),
    help="Instead of searching, cancel at every checkpoint in turn.",
)
@click.option(
    "--sweep-tasks",
    multiple=True,
    metavar="PATTERN",
    help="The tasks that a sweep cancels, by name or path; may be repeated.",
)
@click.option("--runtime", metavar="MODULE:ATTR", help="A callable that returns your Adapter.")
@click.option("--mutant", metavar="NAME", help="The reference runtime with one planted defect.")
@use_option
@click.option("--strict", is_flag=True, help="Unsupported and vacuous count as inconclusive.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="human",
    show_default=True,
    help="How results are printed.",
)
@click.option(
    "--corpus",
    "corpus",
    envvar="HOCKET_CORPUS",
    default=".hocket/corpus",
    show_default=True,
    metavar="FOLDER",
    help="Where failures are kept, and replayed first.",
)
@click.option("--no-corpus", is_flag=True, help="Neither replay nor keep failures.")
@click.option(
    "-o",
    "outputs",
    multiple=True,
    metavar="FORMAT=PATH",
    help="Also write results to a file: jsonl=PATH.",
)
def run(paths: Sequence[str], form: str, outputs: Sequence[str], **options: object) -> int:
    """Explore scenarios, or any async function, under many schedules.

    \b
    hocket run                              the shipped scenarios, the reference runtime
    hocket run races/ --schedules 1000      your scenario files
    hocket run --runtime myapp.hocket:make  against your own runtime
    hocket run tests/race.py:main           any async function without arguments
    """
    files = [_output(word) for word in outputs]
    plan = Plan(
        schedules=int(str(options["schedules"])),
        seconds=float(str(options["time_budget"])),
        seed=int(str(options["seed"])),
        strategy=cast("str | None", options["strategy"]),
        bound=_bound(str(options["strategy"] or "portfolio"), options["bound"]),
        model=Model(str(options["model"])),
        timers=bool(options["timers"]),
        slow_steps=float(str(options["slow_steps"])),
        sweep_tasks=_sweep_tasks(options["sweep"], cast("Sequence[str]", options["sweep_tasks"])),
        corpus=None if options["no_corpus"] else Corpus(Path(str(options["corpus"]))),
    )
    allowed = cast("Sequence[str]", options["allowed"])
    subjects = select(paths, _runtime(options["runtime"], options["mutant"]), allowed)
    started = time.monotonic()
    with progress(len(subjects), plan.schedules) as listener:
        rows = explore_all(subjects, plan, listener)
    interrupted = any(row.result.interrupted for row in rows)
    _print(rows, form, seconds=time.monotonic() - started, interrupted=interrupted)
    for path in files:
        _write(path, rows)
    return exit_code(
        [row.verdict for row in rows],
        strict=bool(options["strict"]),
        interrupted=interrupted,
        vacuous=any(row.vacuous for row in rows),
    )


def _runtime(runtime: object, mutant: object) -> str:
    if runtime and mutant:
        raise UsageProblem("--runtime and --mutant exclude each other; name one")
    return str(runtime or mutant or REFERENCE)


def _bound(strategy: str, bound: object) -> str | None:
    """The bound, once it is known to make a search together with ``strategy``."""
    if bound is None:
        return None
    try:
        make_strategy(strategy, 0, str(bound))
    except ValueError as error:
        raise UsageProblem(str(error)) from error
    return str(bound)


def _sweep_tasks(sweep: object, patterns: Sequence[str]) -> tuple[str, ...] | None:
    if patterns and sweep is None:
        raise UsageProblem("--sweep-tasks says what a sweep cancels; add --sweep cancel")
    return None if sweep is None else tuple(patterns)


def _output(word: str) -> Path:
    form, separator, path = word.partition("=")
    if not separator or not path:
        raise UsageProblem(f"-o takes FORMAT=PATH, as in -o jsonl=results.jsonl, not {word!r}")
    if form != "jsonl":
        raise UsageProblem(f"-o cannot write {form!r}; it writes jsonl")
    folder = Path(path).resolve().parent
    if not folder.is_dir():
        raise UsageProblem(f"cannot write {path}: there is no folder {folder}")
    if Path(path).is_dir():
        raise UsageProblem(f"cannot write {path}: it is a folder")
    return Path(path)


def _write(path: Path, rows: Sequence[Row]) -> None:
    try:
        write_jsonl(path, rows)
    except OSError as error:
        raise UsageProblem(f"cannot write {path}: {error.strerror}") from error


def _print(rows: Sequence[Row], form: str, *, seconds: float, interrupted: bool) -> None:
    if form == "human":
        print_report(output(), rows, seconds=seconds, interrupted=interrupted)
    elif form == "json":
        data = {"schema_version": SCHEMA_VERSION, "rows": [row_to_json(row) for row in rows]}
        click.echo(json.dumps(data, indent=2))
    else:
        for row in rows:
            click.echo(json.dumps(row_to_json(row)))
