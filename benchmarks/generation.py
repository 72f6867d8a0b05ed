"""How good are scenarios that nobody wrote: how many planted defects do they find by themselves?

``make bench-generation`` makes the scenarios of ``hocket run --generate 500 --seed 1`` up once, and
explores them against each mutant until one fails, and against the reference, which must survive
them all.  Nothing is shrunk.  Exit code 1 if the reference fails, or less than four fifths of the
mutants do.
"""

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from multiprocessing import get_context

import click
from attrs import frozen

from hocket.scenarios.generated import Generation
from hocket.scenarios.generation.hunting import made_up
from hocket.scenarios.language.model import Scenario
from hocket.scenarios.mutants import MUTANTS
from hocket.scenarios.prepared import Prepared
from hocket.scenarios.selection import REFERENCE, adapter_for
from hocket.simulator import Budget, Campaign, Verdict
from hocket.simulator.strategies import make_strategy

SCHEDULES = 10
WANTED = 0.8


@frozen
class Outcome:
    """How a runtime fared: ``origin`` is that of its first failure, met in scenario ``number``."""

    runtime: str
    number: int
    schedules: int
    origin: str
    cpu_seconds: float


@click.command()
@click.argument("names", nargs=-1, metavar="[MUTANTS]")
@click.option("--scenarios", type=click.IntRange(1), default=500, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True)
@click.option("--no-reference", is_flag=True, help="Leave the unmodified runtime out.")
def main(
    names: tuple[str, ...], scenarios: int, seed: int, jobs: int, *, no_reference: bool
) -> None:
    """Explore made-up scenarios against each mutant, and against the reference.

    \b
    python -m benchmarks.generation                    all of them
    python -m benchmarks.generation M06 M17 --scenarios 100
    """
    for name in names:
        adapter_for(name)
    mutants = list(names or MUTANTS)
    runtimes = [*mutants, *[REFERENCE] * (not no_reference)]
    killed = 0
    alarms = False
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        work = [pool.submit(outcome, runtime, scenarios, seed) for runtime in runtimes]
        for found in (one.result() for one in work):
            if found.runtime == REFERENCE:
                alarms = bool(found.origin)
            else:
                killed += bool(found.origin)
            print(told(found), flush=True)
    share = killed / len(mutants)
    print(f"{killed} of {len(mutants)} mutants ({share:.0%}) fail some of {scenarios} scenarios")
    sys.exit(1 if alarms or share < WANTED else 0)


def outcome(runtime: str, scenarios: int, seed: int) -> Outcome:
    """Explore the scenarios against a runtime until one fails."""
    adapter = adapter_for(runtime)
    started = time.process_time()
    schedules = 0
    origin = ""
    explored = 0
    for scenario in _made_up(scenarios, seed):
        subject = Prepared(scenario.name, "", "", scenario, adapter, runtime)
        result = Campaign(
            subject.target(),
            make_strategy("mixed", seed),
            seed=seed,
            budget=Budget(SCHEDULES, 0, explain_executions=0, lockstep_schedules=0),
        ).run()
        schedules += result.schedules
        explored += 1
        if result.verdict is Verdict.FAILED:
            origin = str(result.failures[0].origin)
            break
    return Outcome(runtime, explored, schedules, origin, time.process_time() - started)


def told(found: Outcome) -> str:
    """One line of the table."""
    cost = f"{found.schedules:,} schedules, {found.cpu_seconds:.1f} s of CPU"
    if not found.origin:
        return f"{found.runtime:<10} survives {found.number} scenarios ({cost})"
    return f"{found.runtime:<10} fails in scenario {found.number} ({cost}): {found.origin}"


@lru_cache(maxsize=1)
def _made_up(scenarios: int, seed: int) -> tuple[Scenario, ...]:
    """The scenarios of the command, which are those of its parts one after the other."""
    parts = Generation(scenarios).parts(REFERENCE, adapter_for(REFERENCE), seed)
    return tuple(
        scenario
        for part in parts
        for scenario in made_up(part.last - part.first + 1, part.randomness())
    )


if __name__ == "__main__":
    main()
