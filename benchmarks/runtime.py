"""What a schedule of the reference runtime costs, beside the same scenario under plain Trio.

Two clients, two turns, the real store in memory: the scenario ``duplicate_call_id``, first once as
``trio.run`` would run it with an autojump clock and Trio's own worker threads, then in the
simulator, in turns in one process; the ratio is the median over the pairs.  Then the units of work
of a turn against a database in a folder, each of which waits for the disk.  Last a campaign of many
schedules, and by how much its process has grown since it was warm: ``--schedules`` says how many.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import trio

from benchmarks.kernel import measure, scenario
from hocket.runtime.conversation import Message, Role
from hocket.runtime.policies import Policies
from hocket.runtime.protocol.events import ignore
from hocket.runtime.protocol.lifecycle import RunStatus
from hocket.runtime.store import recovery_units, units
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.records import Ending, StopReason, TurnRequest
from hocket.runtime.store.store import Store
from hocket.scenarios.selection import shipped
from hocket.simulator.campaign import Budget, Campaign
from hocket.simulator.memory import resident_bytes
from hocket.simulator.strategies import RandomWalk

SCENARIO = "duplicate_call_id"
RATIO_MAX = 0.6
SCHEDULES = 50_000
WARM = 500
TURNS = 200


def growth(schedules: int) -> list[int]:
    """The bytes that are resident once a campaign is warm, half way, and at its end."""
    (prepared,) = (p for p in shipped() if p.name == SCENARIO)
    resident: list[int] = []
    looked = (WARM, schedules // 2, schedules)

    def look(done: int) -> None:
        if done in looked:
            resident.append(resident_bytes())

    strategy, budget = RandomWalk(0), Budget(schedules=schedules)
    Campaign(prepared.target(), strategy, budget=budget, on_schedule=look).run()
    return resident


async def turns(folder: Path, count: int) -> list[float]:
    """The seconds that each of so many turns takes in its units of work, one after another."""
    store, took = Store.open(folder), list[float]()
    await store.run("recover", partial(recovery_units.recover, users=("ann",)), ignore)
    for number in range(count):
        run, began = f"run-{number}", time.perf_counter()
        asked = TurnRequest(run, f"q{number}", "ann", "conn-1", None, "hello", fresh="main")
        for name, work in _units(run, asked):
            await store.run(name, work, ignore)
        took.append(time.perf_counter() - began)
    store.close()
    return took


def _units(run: str, asked: TurnRequest) -> list[tuple[str, Callable[[Transaction], object]]]:
    ending = Ending(RunStatus.COMPLETED, StopReason.END_TURN)
    reply = (Message(Role.ASSISTANT, "hi"),)
    return [
        ("accept", partial(_accept, asked=asked)),
        ("start", partial(units.start, run=run, load=False)),
        ("finish", partial(units.finish, run=run, ending=ending, messages=reply)),
    ]


def _accept(tx: Transaction, asked: TurnRequest) -> object:
    return units.accept(tx, asked, Policies(), 16)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=SCHEDULES)
    schedules: int = parser.parse_args().schedules
    rate, ratio, tracing = measure(scenario(SCENARIO))
    print(f"{SCENARIO}: {1_000 / rate:.2f} ms a schedule, {ratio:.2f} of plain Trio's time")
    print(f"  (at most {RATIO_MAX} is wanted; light tracing makes it {tracing:.2f} times as long)")
    with tempfile.TemporaryDirectory() as folder:
        took = trio.run(turns, Path(folder), TURNS)
    deciles = statistics.quantiles(took, n=10)
    print(
        f"the three units of a turn in a folder: median {statistics.median(took) * 1_000:.1f} ms,"
        f" nine in ten within {deciles[-1] * 1_000:.1f} ms"
    )
    start, middle, end = (size / 1024 for size in growth(schedules))
    print(
        f"{schedules:,} schedules: {start:,.0f} KiB resident after {WARM}, {middle:,.0f} half way,"
        f" {end:,.0f} at the end"
    )


if __name__ == "__main__":
    main()
