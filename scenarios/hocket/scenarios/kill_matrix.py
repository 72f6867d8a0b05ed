"""Every planted defect against the catalogue: which scenario and property noticed it, and when.

A defect is hunted in rounds: each scenario gets a few schedules, then each a few more, so that the
count of schedules until the kill depends little on where in the catalogue its scenario stands.
From several seeds, the median counts.  The unmodified runtime is hunted the same way and must
survive.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from attrs import define, field, frozen

from hocket.scenarios.mutants import MUTANTS
from hocket.scenarios.prepared import Prepared
from hocket.scenarios.selection import REFERENCE, shipped
from hocket.simulator import Budget, Campaign, Failure
from hocket.simulator.strategies import Strategy, make_strategy

__all__ = ["Hunt", "Kill", "Killed", "hunt", "kill_matrix", "killed"]

ROUND_SCHEDULES = 3


@frozen
class Kill:
    """How one runtime fared.

    ``schedules`` counts those of all scenarios, until the kill if there was one; ``scenario`` and
    ``failure`` are those of the kill, ``None`` for a survivor.
    """

    runtime: str
    schedules: int
    scenario: str | None = None
    failure: Failure | None = None
    interrupted: bool = False


@frozen
class Killed:
    """How one mutant fared from one seed or several: ``kills``, the one with the fewest schedules
    first, survivors last.
    """

    kills: tuple[Kill, ...]

    @property
    def name(self) -> str:
        """The mutant."""
        return self.kills[0].runtime

    @property
    def median(self) -> Kill:
        """The kill in the middle."""
        return self.kills[len(self.kills) // 2]

    @property
    def survives(self) -> bool:
        """Whether any seed did not find it."""
        return self.kills[-1].failure is None


@define
class Hunt:
    """One scenario under one strategy, explored a round at a time."""

    prepared: Prepared
    strategy: Strategy
    done: int = field(default=0, init=False)


def hunt(runtime: str, schedules: int, seed: int) -> Kill:
    """Explore the catalogue against ``runtime`` until it fails or ``schedules`` are spent."""
    hunts = [Hunt(prepared, make_strategy("mixed", seed)) for prepared in shipped(runtime)]
    spent = 0
    for one in _rounds(hunts):
        batch = min(ROUND_SCHEDULES, schedules - spent)
        if batch <= 0:
            break
        result = Campaign(
            one.prepared.target(),
            one.strategy,
            seed=seed,
            budget=Budget(batch, explain_executions=0, lockstep_schedules=0),
        ).run()
        spent += result.schedules
        if result.failures:
            return Kill(runtime, spent, one.prepared.name, result.failures[0])
        if result.interrupted:
            return Kill(runtime, spent, interrupted=True)
    return Kill(runtime, spent)


def _rounds(hunts: Sequence[Hunt]) -> Iterator[Hunt]:
    while hunts:
        yield from hunts


def killed(kills: Sequence[Kill]) -> list[Killed]:
    """The kills of each mutant together, in the order in which mutants are listed."""
    order = [name for name in MUTANTS if any(kill.runtime == name for kill in kills)]
    return [
        Killed(
            tuple(
                sorted(
                    (kill for kill in kills if kill.runtime == name),
                    key=lambda kill: (kill.failure is None, kill.schedules),
                )
            )
        )
        for name in order
    ]


def kill_matrix(
    names: Sequence[str],
    *,
    mutant_schedules: int,
    reference_schedules: int,
    seeds: Sequence[int],
    jobs: int,
    on_kill: Callable[[Kill], None],
) -> list[Kill]:
    """Hunt the named mutants from each seed, and the reference if it is to be given schedules,
    ``jobs`` at a time.

    The reference's schedules are split over the jobs, from seeds that count on from the first.
    """
    work = [(name, mutant_schedules, seed) for name in names for seed in seeds]
    if reference_schedules:
        share, rest = divmod(reference_schedules, jobs)
        shares = [share + (number < rest) for number in range(jobs)]
        work = [(REFERENCE, s, seeds[0] + n) for n, s in enumerate(shares) if s] + work
    kills: list[Kill] = []
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(hunt, *one) for one in work]
        for future in as_completed(futures):
            kills.append(future.result())
            on_kill(kills[-1])
    order = [REFERENCE, *MUTANTS]
    return sorted(kills, key=lambda kill: order.index(kill.runtime))
