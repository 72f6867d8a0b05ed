"""Programs whose campaigns are compared across processes, and the comparison's other half.

``python -c "from tests.determinism.programs import main; main(NAME)"`` explores one of them and
prints, as one line of JSON, all that must be the same wherever it is done.
"""

import itertools
import json
import linecache
import os
import platform
import random
import secrets
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import trio
import trio.testing

from hocket.simulator import CampaignResult, explore, replay

SCHEDULES = 60


async def tangle() -> None:
    """Names in sets, scopes that cancel each other, equal deadlines; some schedules fail."""
    names = {"ash", "birch", "cedar", "elm"}
    scopes: dict[str, trio.CancelScope] = {}
    ended: list[str] = []

    async def work(name: str) -> None:
        with trio.move_on_after(1) as scopes[name]:
            try:
                await trio.sleep(2)
            finally:
                ended.append(name)

    async def cancel(name: str) -> None:
        await trio.sleep(1)
        scopes[name].cancel()

    async with trio.open_nursery() as nursery:
        for name in sorted(names):
            nursery.start_soon(work, name)
        for name in sorted(names - {"ash"}):
            nursery.start_soon(cancel, name)
    assert ended[0] != "cedar", "cedar ended first"


async def _in_order(names: list[str]) -> None:
    """One task for each name, each seen in the trace by its own number of steps."""

    async def work(name: str) -> None:
        for _ in range(ord(name[0]) - ord("a")):
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        for name in names:
            nursery.start_soon(work, name)


async def _park(name: str, order: list[str]) -> None:
    """Wait until cancelled, and note in ``order`` that the wait was aborted.

    What an abort function does is no step, so that sorting the runnable tasks afterwards does not
    hide in which order Trio went through its sets.
    """

    def abort(_: object) -> trio.lowlevel.Abort:
        order.append(name)
        return trio.lowlevel.Abort.SUCCEEDED

    await trio.lowlevel.wait_task_rescheduled(abort)


async def abandoned() -> None:
    """Many tasks and scopes are cancelled at once; Trio keeps both by address."""
    order: list[str] = []

    async def wait_in_scope(name: str) -> None:
        with trio.CancelScope():
            await _park(name, order)

    async with trio.open_nursery() as nursery:
        for name in "abcdefghijkl":
            nursery.start_soon(_park, name, order)
            nursery.start_soon(wait_in_scope, name.upper())
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    await _in_order([name for name in order if name.islower()][:5])
    await _in_order([name.lower() for name in order if name.isupper()][:5])
    raise AssertionError("the order is in the trace")


async def lapsed() -> None:
    """Many deadlines come at one instant; Trio orders them by the addresses of their scopes."""
    order: list[str] = []

    async def wait(name: str) -> None:
        with trio.move_on_at(trio.current_time() + 1):
            await _park(name, order)

    async with trio.open_nursery() as nursery:
        for name in "abcdefghijkl":
            nursery.start_soon(wait, name)
    await _in_order(order[:5])
    raise AssertionError("the order is in the trace")


async def order_of_strings() -> None:
    """Leaks the hash seed: a set of strings is walked in its own order."""
    await _in_order(list({"ash", "birch", "cedar", "elm", "fir", "hazel"}))
    raise AssertionError("the order is in the trace")


_litter: list[object] = []
_executions = itertools.count()


async def order_of_objects() -> None:
    """Leaks addresses: a set of objects is walked in its own order, among litter of other sizes."""

    class Tree:
        name = ""

    trees: set[Tree] = set()
    for number, name in enumerate(("ash", "birch", "cedar", "elm", "fir", "hazel")):
        _litter.append(bytearray(64 * number * next(_executions)))
        _litter.append(list(itertools.starmap(Tree, [()] * (next(_executions) % 7))))
        tree = Tree()
        tree.name = name
        trees.add(tree)
    await _in_order([tree.name for tree in trees])
    raise AssertionError("the order is in the trace")


async def clocked() -> None:
    """How often it waits depends on clocks of the standard library, which are the simulator's."""
    await trio.sleep(3)
    stamps = (time.perf_counter_ns(), time.time_ns() // 1_000_000, datetime.now(UTC).microsecond)
    for _ in range(sum(stamps) % 97):
        await trio.lowlevel.checkpoint()
    raise AssertionError("the number of steps is in the trace")


async def named_by_chance() -> None:
    """How often its tasks wait depends on what they draw, each from its own stream."""

    async def work() -> None:
        for _ in range(random.randrange(9) + uuid.uuid4().int % 9 + secrets.randbelow(9)):
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(work)
    raise AssertionError("the number of steps is in the trace")


async def kept_clock(clock: Callable[[], int] = time.perf_counter_ns) -> None:
    """Leaks time: its clock was kept, as a default, before the simulator came."""
    moment = clock() % 1_000_003
    for _ in range(moment % 97):
        await trio.lowlevel.checkpoint()
    await trio.sleep(moment)
    raise AssertionError("the number of steps and the time are in the trace")


_generator = random.Random()


async def kept_generator() -> None:
    """Leaks chance: its generator was made before the simulator came, and goes on."""
    for _ in range(_generator.randrange(97)):
        await trio.lowlevel.checkpoint()
    raise AssertionError("the number of steps is in the trace")


async def kept_uuid4(draw: Callable[[int], bytes] = os.urandom) -> None:
    """Leaks chance: its identifier is made as ``uuid4`` makes one, of the real generator."""
    name = uuid.UUID(bytes=draw(16), version=4)
    for _ in range(name.int % 97):
        await trio.lowlevel.checkpoint()
    raise AssertionError("the number of steps is in the trace")


PROGRAMS: dict[str, Callable[[], Awaitable[None]]] = {
    program.__name__: program
    for program in (
        tangle,
        abandoned,
        lapsed,
        order_of_strings,
        order_of_objects,
        clocked,
        named_by_chance,
        kept_clock,
        kept_generator,
        kept_uuid4,
    )
}


DETERMINISTIC = ("tangle", "abandoned", "lapsed", "clocked", "named_by_chance")

LEAKS = {
    "order_of_objects": "for tree in trees",
    "kept_clock": "clock()",
    "kept_uuid4": "draw(16)",
}
"""The planted leaks, and what stands in the line at which each must be located."""


def facts(result: CampaignResult) -> list[object]:
    """What two campaigns of one program, seed and strategy must agree on."""
    found = [[failure.token, failure.digest, failure.schedule] for failure in result.failures]
    return [str(result.verdict), result.schedules, found]


def main(name: str) -> None:
    """Explore the program of that name by every strategy and model, and print the facts."""
    print(
        json.dumps(
            [
                facts(explore(PROGRAMS[name], schedules=SCHEDULES, strategy=strategy, model=model))
                for strategy in ("portfolio", "random", "pct")
                for model in ("free", "lockstep")
            ]
        )
    )


def scatter(round_: int) -> None:
    """Allocate and free much of many sizes, so that what comes next lies elsewhere."""
    _litter.append([bytearray(17 * number * round_) for number in range(1, 300, 2)])
    holes = [[object() for _ in range(number % (3 + round_))] for number in range(500)]
    scopes = [trio.CancelScope() for _ in range(400)]
    _litter.append([holes[::2], scopes[:: 1 + round_]])


def digests(name: str, seeds: Sequence[int] = (1, 2, 3)) -> list[list[str]]:
    """For each seed, the digests of its failure: twice from the seed, once from the token."""
    rows: list[list[str]] = []
    for seed in seeds:
        found: list[str] = []
        for round_ in (1, 2):
            scatter(round_ + seed)
            (failure,) = explore(PROGRAMS[name], schedules=SCHEDULES, seed=seed).failures
            found.append(failure.digest)
        scatter(seed)
        replayed = replay(PROGRAMS[name], failure.token)
        rows.append([*found, replayed.digest if replayed.reproduced else replayed.reason])
    return rows


def caught(name: str) -> list[str]:
    """The verdict on a leaking program, where its leak is, that line's text, and the message."""
    result = explore(PROGRAMS[name], schedules=5)
    if not result.failures:
        return [str(result.verdict), "", "", ""]
    (failure,) = result.failures
    place = failure.origin.place
    number = int(place.rpartition(":")[2] or 0)
    line = linecache.getline(__file__, number).strip()
    return [str(result.verdict), place, line, failure.message]


def report() -> None:
    """Print, as one line of JSON, what this process has to say about every program."""
    told = {
        "python": platform.python_version(),
        "digests": {name: digests(name) for name in DETERMINISTIC},
        "leaks": {name: caught(name) for name in LEAKS},
    }
    print(json.dumps(told))
