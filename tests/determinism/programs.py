"""Programs whose campaigns are compared across processes, and the comparison's other half.

``python -c "from tests.determinism.programs import main; main(NAME)"`` explores one of them and
prints, as one line of JSON, all that must be the same wherever it is done.
"""

import itertools
import json
import time
import uuid
from collections.abc import Awaitable, Callable

import trio
import trio.testing

from hocket.simulator import CampaignResult, explore

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


async def abandoned() -> None:
    """Many tasks in one nursery, all cancelled at once: their order of abortion is decided."""
    order: list[int] = []

    async def wait(number: int) -> None:
        try:
            await trio.sleep_forever()
        finally:
            order.append(number)

    async with trio.open_nursery() as nursery:
        for number in range(12):
            nursery.start_soon(wait, number)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    raise AssertionError("the order is in the trace")


async def _in_order(names: list[str]) -> None:
    """One task for each name, each seen in the trace by its own number of steps; then a failure."""

    async def work(name: str) -> None:
        for _ in range(ord(name[0]) - ord("a")):
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        for name in names:
            nursery.start_soon(work, name)
    raise AssertionError("the order is in the trace")


async def order_of_strings() -> None:
    """Leaks the hash seed: a set of strings is walked in its own order."""
    await _in_order(list({"ash", "birch", "cedar", "elm", "fir", "hazel"}))


_litter: list[object] = []
_executions = itertools.count()


async def order_of_objects() -> None:
    """Leaks addresses: a set of objects is walked in its own order, among litter of other sizes."""

    class Tree:
        name = ""

    trees: set[Tree] = set()
    for number, name in enumerate(("ash", "birch", "cedar", "elm", "fir", "hazel")):
        _litter.append(bytearray(64 * number * next(_executions)))
        _litter.append([Tree() for _ in range(next(_executions) % 7)])
        tree = Tree()
        tree.name = name
        trees.add(tree)
    await _in_order([tree.name for tree in trees])


async def real_clock() -> None:
    """Leaks time: how often it waits depends on a clock that is not the simulator's."""
    for _ in range(time.perf_counter_ns() // 100 % 97):
        await trio.lowlevel.checkpoint()
    raise AssertionError("the number of steps is in the trace")


async def made_up_name() -> None:
    """Leaks chance: how often it waits depends on bytes of the operating system."""
    for _ in range(uuid.uuid4().int % 97):
        await trio.lowlevel.checkpoint()
    raise AssertionError("the number of steps is in the trace")


PROGRAMS: dict[str, Callable[[], Awaitable[None]]] = {
    program.__name__: program
    for program in (
        tangle,
        abandoned,
        order_of_strings,
        order_of_objects,
        real_clock,
        made_up_name,
    )
}


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
