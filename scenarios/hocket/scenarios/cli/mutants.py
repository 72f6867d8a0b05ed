"""``hocket mutants``: is every planted defect found, and nothing where there is none?"""

import os
import time
from collections.abc import Sequence

import click
from rich import box
from rich.table import Table
from rich.text import Text

from hocket.reports.exits import Exit
from hocket.scenarios.cli.console import output
from hocket.scenarios.kill_matrix import Kill, Killed, kill_matrix, killed
from hocket.scenarios.mutants import MUTANTS
from hocket.scenarios.selection import REFERENCE, adapter_for

__all__ = ["mutants"]

MUTANT_SCHEDULES = 10_000
REFERENCE_SCHEDULES = 20_000
FULL_SEEDS = 5
FEW_SCHEDULES = 300


@click.command()
@click.argument("names", nargs=-1, metavar="[NAMES]")
@click.option(
    "--schedules",
    type=click.IntRange(1),
    default=MUTANT_SCHEDULES,
    show_default=True,
    help="Schedules per mutant, over all scenarios, before it counts as survivor.",
)
@click.option(
    "--reference-schedules",
    type=click.IntRange(0),
    default=REFERENCE_SCHEDULES,
    show_default=True,
    help="Schedules in all for the unmodified runtime.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="What decides the schedules.")
@click.option(
    "--full",
    is_flag=True,
    help=f"Hunt from {FULL_SEEDS} seeds, and tell the median of each mutant.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=os.cpu_count() or 1,
    show_default=True,
    help="Processes at a time.",
)
def mutants(
    names: Sequence[str],
    *,
    schedules: int,
    reference_schedules: int,
    seed: int,
    full: bool,
    jobs: int,
) -> int:
    """Run every planted defect against the catalogue, and the unmodified runtime beside them.

    \b
    hocket mutants                  the whole matrix
    hocket mutants M06 M17          these two, and the unmodified runtime
    hocket mutants --full           the whole matrix from five seeds, and the medians

    A mutant is hunted until something in the catalogue fails; the count is of all schedules until
    then, whatever their scenario. Exit code 1 if one survives, or the unmodified runtime fails.
    """
    for name in names:
        adapter_for(name)
    started = time.monotonic()
    kills = kill_matrix(
        names or list(MUTANTS),
        mutant_schedules=schedules,
        reference_schedules=reference_schedules,
        seeds=range(seed, seed + FULL_SEEDS) if full else [seed],
        jobs=jobs,
        on_kill=_told,
    )
    hunted = killed(kills)
    references = [kill for kill in kills if kill.runtime == REFERENCE]
    console = output()
    console.print(_matrix(hunted))
    survivors = [one.name for one in hunted if one.survives]
    alarms = [kill for kill in references if kill.failure is not None]
    console.print(
        f"{len(hunted) - len(survivors)} of {len(hunted)} mutants killed"
        + (f"; survivors: {', '.join(survivors)}" if survivors else "")
    )
    few = sum(one.median.schedules <= FEW_SCHEDULES and not one.survives for one in hunted)
    console.print(
        f"{few} of {len(hunted)} in at most {FEW_SCHEDULES} schedules"
        + (f", by the median of {FULL_SEEDS} seeds" if full else "")
    )
    if references:
        spent = sum(kill.schedules for kill in references)
        console.print(f"unmodified runtime: {len(alarms)} failures in {spent:,} schedules")
    for kill in alarms:
        assert kill.failure is not None
        console.print(Text(f"false alarm in {kill.scenario}: {kill.failure.message}"))
        console.print(Text(f"hocket replay {kill.failure.token}"), soft_wrap=True)
    console.print(f"{time.monotonic() - started:.1f} s")
    if any(kill.interrupted for kill in kills):
        return Exit.INTERRUPTED
    return Exit.FAILED if survivors or alarms else Exit.OK


def _told(kill: Kill) -> None:
    what = "survives" if kill.failure is None else f"killed by {kill.failure.origin.name}"
    click.echo(f"{kill.runtime} {what} after {kill.schedules} schedules", err=True)


def _matrix(hunted: Sequence[Killed]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    for heading in ("mutant", "killed by", "scenario"):
        table.add_column(heading, overflow="fold")
    for heading in ("schedules", "preemptions"):
        table.add_column(heading, justify="right")
    table.add_column("what is different", overflow="fold")
    for one in hunted:
        kill = one.kills[-1] if one.survives else one.median
        failure = kill.failure
        table.add_row(
            one.name,
            Text(failure.origin.name if failure else "survives", style="" if failure else "red"),
            Text(kill.scenario or "-"),
            _spread(one),
            str(failure.preemptions) if failure else "-",
            Text(_about(one.name)),
        )
    return table


def _spread(one: Killed) -> str:
    """The schedules that it took; from several seeds the median, and the fewest and the most."""
    counts = [f"{kill.schedules:,}" for kill in one.kills]
    middle = f"{one.median.schedules:,}"
    return middle if len(counts) == 1 else f"{middle} ({counts[0]} to {counts[-1]})"


def _about(name: str) -> str:
    mutant = MUTANTS[name]
    return mutant.sentence + (f" ({mutant.seen_in})" if mutant.seen_in else "")
