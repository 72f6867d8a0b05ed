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
from hocket.scenarios.kill_matrix import Kill, kill_matrix
from hocket.scenarios.mutants import MUTANTS
from hocket.scenarios.selection import REFERENCE, adapter_for

__all__ = ["mutants"]

MUTANT_SCHEDULES = 10_000
REFERENCE_SCHEDULES = 20_000


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
    "--jobs",
    type=click.IntRange(1),
    default=os.cpu_count() or 1,
    show_default=True,
    help="Processes at a time.",
)
def mutants(
    names: Sequence[str], schedules: int, reference_schedules: int, seed: int, jobs: int
) -> int:
    """Run every planted defect against the catalogue, and the unmodified runtime beside them.

    \b
    hocket mutants                  the whole matrix
    hocket mutants M06 M17          these two, and the unmodified runtime
    """
    for name in names:
        adapter_for(name)
    started = time.monotonic()
    kills = kill_matrix(
        names or list(MUTANTS),
        mutant_schedules=schedules,
        reference_schedules=reference_schedules,
        seed=seed,
        jobs=jobs,
        on_kill=_told,
    )
    hunted = [kill for kill in kills if kill.runtime != REFERENCE]
    references = [kill for kill in kills if kill.runtime == REFERENCE]
    console = output()
    console.print(_matrix(hunted))
    survivors = [kill.runtime for kill in hunted if kill.failure is None]
    alarms = [kill for kill in references if kill.failure is not None]
    console.print(
        f"{len(hunted) - len(survivors)} of {len(hunted)} mutants killed"
        + (f"; survivors: {', '.join(survivors)}" if survivors else "")
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


def _matrix(kills: Sequence[Kill]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    for heading in ("mutant", "killed by", "scenario"):
        table.add_column(heading, overflow="fold")
    for heading in ("schedules", "preemptions"):
        table.add_column(heading, justify="right")
    table.add_column("what is different", overflow="fold")
    for kill in kills:
        failure = kill.failure
        table.add_row(
            kill.runtime,
            Text(failure.origin.name if failure else "survives", style="" if failure else "red"),
            Text(kill.scenario or "-"),
            f"{kill.schedules:,}",
            str(failure.preemptions) if failure else "-",
            Text(MUTANTS[kill.runtime].sentence),
        )
    return table
