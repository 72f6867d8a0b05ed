"""Entropy: each task draws from a stream of its own, and nobody else notices."""

import os
import random
import secrets
import threading
import uuid
from collections.abc import Callable
from os import urandom as imported_urandom
from random import SystemRandom as ImportedSystemRandom
from random import choice as imported_choice
from typing import Any

import pytest
import trio
from tests.simulator.kernel_runs import Random, run

from hocket.simulator import Campaign, Model, Setting, Target, Verdict
from hocket.simulator.campaign import Budget
from hocket.simulator.engine.choices import DefaultSchedule
from hocket.simulator.engine.token import decode
from hocket.simulator.exploring import replay_target, target_of
from hocket.simulator.strategies import RandomWalk
from hocket.simulator.trio_kernel import Kernel
from hocket.simulator.world import prepare, simulated_world

WIDE = range(2**62)


def shuffled() -> list[int]:
    """A list of 64, shuffled."""
    items = list(range(64))
    random.shuffle(items)
    return items


DRAWS: dict[str, Callable[[], object]] = {
    "random.random": lambda: random.random(),  # noqa: PLW0108 - asked when it is called
    "random.randrange": lambda: random.randrange(2**64),
    "random.choice": lambda: random.choice(WIDE),
    "random.shuffle": shuffled,
    "random.gauss": lambda: random.gauss(0, 1),
    "random.getrandbits": lambda: random.getrandbits(64),
    "random.randbytes": lambda: random.randbytes(8),
    "a function imported earlier": lambda: imported_choice(WIDE),
    "random.Random()": lambda: random.Random().random(),
    "random.seed()": lambda: (random.seed(), random.random()),
    "random.SystemRandom": lambda: random.SystemRandom().random(),
    "a class imported earlier": lambda: ImportedSystemRandom().getrandbits(64),
    "secrets.token_bytes": lambda: secrets.token_bytes(8),
    "secrets.token_hex": lambda: secrets.token_hex(8),
    "secrets.randbelow": lambda: secrets.randbelow(2**64),
    "secrets.choice": lambda: secrets.choice(WIDE),
    "uuid.uuid1": lambda: uuid.uuid1(),  # noqa: PLW0108
    "uuid.uuid4": lambda: uuid.uuid4(),  # noqa: PLW0108
    "os.urandom": lambda: os.urandom(8),
    "os.getrandom": lambda: os.getrandom(8),
    "urandom imported earlier": lambda: imported_urandom(8),
}
by_draw = pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)


def drawn_inside(draw: Callable[[], object], *, entropy_seed: int = 0) -> list[object]:
    """What one execution draws, twice in its main task."""
    seen: list[object] = []

    async def target() -> None:
        seen.append(draw())
        await trio.lowlevel.checkpoint()
        seen.append(draw())

    kernel = Kernel(DefaultSchedule(), model=Model.FREE, max_steps=100)
    with simulated_world():
        end = kernel.run(target, lambda kernel: prepare(kernel, entropy_seed=entropy_seed))
    assert end.error is None
    return seen


@by_draw
def test_two_executions_draw_the_same(draw: Callable[[], object]) -> None:
    """Equal choices, equal numbers; and within one execution each draw is another."""
    first = drawn_inside(draw)
    assert drawn_inside(draw) == first
    assert first[0] != first[1]


@by_draw
def test_another_entropy_seed_draws_otherwise(draw: Callable[[], object]) -> None:
    """The seed is part of what the numbers follow from."""
    assert drawn_inside(draw, entropy_seed=1) != drawn_inside(draw)
    assert drawn_inside(draw, entropy_seed=1) == drawn_inside(draw, entropy_seed=1)


@by_draw
def test_draws_are_real_outside(draw: Callable[[], object]) -> None:
    """Plain code draws what nobody can foresee, during the campaign and afterwards."""
    inside = drawn_inside(draw)
    with simulated_world():
        during = [draw(), draw()]
    after = [draw(), draw()]
    assert len({str(value) for value in [*inside, *during, *after]}) == 6


@by_draw
def test_draws_are_real_on_another_thread(draw: Callable[[], object]) -> None:
    """At the moment of a step, a thread of somebody else is not given of its stream."""
    seen: list[object] = []

    def other() -> None:
        asked.wait(10)
        seen.append(draw())
        answered.set()

    async def target() -> None:
        asked.set()
        answered.wait(10)
        seen.append(draw())

    values: list[object] = []
    with simulated_world():
        for _ in range(2):
            asked, answered = threading.Event(), threading.Event()
            thread = threading.Thread(target=other)
            thread.start()
            assert run(target).error is None
            thread.join()
            values.extend(seen)
            seen.clear()
    assert values[0] != values[2]
    assert values[1] == values[3] == drawn_inside(draw)[0]


@by_draw
def test_a_preemption_elsewhere_changes_no_draw(draw: Callable[[], object]) -> None:
    """What a task draws depends on the task alone, not on who else draws and when."""
    drawn: dict[str, list[object]] = {}

    async def work(name: str) -> None:
        drawn[name] = []
        for _ in range(3):
            drawn[name].append(draw())
            await trio.lowlevel.checkpoint()

    async def target() -> None:
        async with trio.open_nursery() as nursery:
            for name in ("owner", "other", "third"):
                nursery.start_soon(work, name)

    results: list[dict[str, list[object]]] = []
    orders: set[tuple[str, ...]] = set()
    with simulated_world():
        for seed in range(10):
            assert run(target, seed=seed).error is None
            orders.add(tuple(drawn))
            results.append(dict(drawn))
            drawn.clear()
    assert len(orders) > 1
    assert all(result == results[0] for result in results)
    every = [str(value) for values in results[0].values() for value in values]
    assert len(set(every)) == len(every)


def test_a_generator_with_a_seed_is_untouched() -> None:
    """``random.Random(7)`` is the same inside as everywhere."""
    assert drawn_inside(lambda: random.Random(7).random()) == [random.Random(7).random()] * 2


def test_seeding_inside_is_for_the_task_and_its_execution() -> None:
    """The task then draws what that seed always gives; others and the process do not."""
    others: list[float] = []

    async def other() -> None:
        others.append(random.random())

    async def target(*, seeded: bool) -> None:
        if seeded:
            random.seed(42)
            assert [random.random(), random.random()] == expected
        async with trio.open_nursery() as nursery:
            nursery.start_soon(other)

    generator = random.Random(42)
    expected = [generator.random(), generator.random()]
    random.seed(5)
    state = random.getstate()
    with simulated_world():
        for seeded in (True, False):

            async def once(seeded: bool = seeded) -> None:
                await target(seeded=seeded)

            assert run(once).error is None
    assert others[0] == others[1]
    assert random.getstate() == state


def test_a_state_can_be_taken_and_put_back() -> None:
    """The functions of a task's generator fit together."""

    def draw() -> bool:
        state = random.getstate()
        first = random.random()
        random.setstate(state)
        return first == random.random()

    assert drawn_inside(draw) == [True, True]


def test_everything_is_restored() -> None:
    """The very same objects are where they were."""
    owners: list[Any] = [os, random, random.Random, secrets, uuid]
    before: list[dict[str, object]] = [{**vars(owner)} for owner in owners]
    mine = imported_urandom
    with simulated_world():
        assert os.urandom is not before[0]["urandom"]
        assert imported_urandom is not mine
    assert [{**vars(owner)} for owner in owners] == before
    assert imported_urandom is mine


def test_a_source_of_choices_does_not_draw_from_the_streams() -> None:
    """What a strategy draws between two steps is its own affair."""
    drawn: list[float] = []

    class Careless(Random):
        def choose(self, point: Any) -> int:
            random.random()
            return super().choose(point)

    async def work() -> None:
        await trio.lowlevel.checkpoint()
        drawn.append(random.random())

    async def target() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(work)
            nursery.start_soon(work)

    with simulated_world():
        for source in (Careless(3), Random(3)):
            Kernel(source, model=Model.FREE, max_steps=100).run(target, prepare)
    assert drawn[:2] == drawn[2:]


def test_ids_are_well_formed() -> None:
    """Variant, version and time are where the standard puts them; what is given is kept."""
    one, two = drawn_inside(lambda: uuid.uuid1(node=5, clock_seq=6))
    assert isinstance(one, uuid.UUID)
    assert isinstance(two, uuid.UUID)
    assert (one.version, one.variant, one.node, one.clock_seq) == (1, uuid.RFC_4122, 5, 6)
    assert one.time < two.time
    unix = one.time / 10**7 - 12_219_292_800
    assert int(unix) == 1_577_836_800
    made_up, _ = drawn_inside(uuid.uuid4)
    assert isinstance(made_up, uuid.UUID)
    assert (made_up.version, made_up.variant) == (4, uuid.RFC_4122)


def test_sizes_are_checked_as_ever() -> None:
    """A size that is none is refused inside too, and nothing is nothing."""

    def draw() -> bytes:
        with pytest.raises(ValueError, match="negative"):
            os.urandom(-1)
        with pytest.raises(TypeError):
            os.urandom("8")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        return os.urandom(0)

    assert drawn_inside(draw) == [b"", b""]


async def draws_a_die() -> None:
    """Fails for about one entropy seed in six, and then under each schedule."""
    assert random.randint(1, 6) < 6


def campaign(target: Target, entropy: int) -> Campaign:
    """A short campaign with an entropy seed of one's choice."""
    return Campaign(
        target=target,
        strategy=RandomWalk(0),
        setting=Setting(entropy=entropy),
        budget=Budget(schedules=3),
    )


def test_the_entropy_seed_is_in_the_token() -> None:
    """A failure found under another seed than 0 is replayed under that one."""
    target = target_of(draws_a_die)
    results = {entropy: campaign(target, entropy).run() for entropy in range(20)}
    failed = [entropy for entropy, r in results.items() if r.verdict is Verdict.FAILED]
    assert 0 < len(failed) < 20
    assert failed[-1] > 0
    (failure,) = results[failed[-1]].failures
    token = decode(failure.token)
    assert token.entropy == failed[-1]
    assert replay_target(target, token).reproduced
