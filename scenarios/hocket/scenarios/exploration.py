"""Exploring subjects one after the other, and telling what was found as rows of a report."""

import time
from collections.abc import Callable, Iterator, Sequence

from attrs import define, evolve, field, frozen

from hocket.reports.results import FailureReport, Row
from hocket.scenarios.corpus import Corpus
from hocket.scenarios.frozen import run_replay
from hocket.scenarios.generated import Generated
from hocket.scenarios.narration import moments_of_scenario, moments_of_tasks
from hocket.scenarios.pictures import pictures_of
from hocket.scenarios.prepared import Prepared
from hocket.scenarios.properties import REGISTRY
from hocket.scenarios.reached import Reached
from hocket.scenarios.selection import Subject
from hocket.simulator import Budget, Campaign, CampaignResult, Failure, Model, Setting, Target
from hocket.simulator.engine.choices import describe_cost
from hocket.simulator.engine.outcome import ExitReason, FailureKind, Verdict
from hocket.simulator.engine.token import decode
from hocket.simulator.execution import Execution
from hocket.simulator.looking import look_at
from hocket.simulator.strategies import Exhaustive, Rare, Strategy, make_strategy, placing
from hocket.simulator.strategies.remembered import Remembered
from hocket.simulator.strategies.sweep import Sweep
from hocket.simulator.sweeping import sweep

__all__ = [
    "Explored",
    "Plan",
    "Progress",
    "explore_all",
    "explore_one",
    "remember",
    "report_of",
    "row_of",
    "told",
]


@frozen
class Plan:
    """How much is explored: ``schedules`` per subject, ``seconds`` of wall time for all.

    ``strategy`` of ``None`` is ``portfolio``, and for scenarios ``mixed``: watching a whole runtime
    line by line, as the portfolio does, costs more than it finds there.
    ``bound`` is that of an exhaustive search, such as ``preemptions=2``, if it has one.
    ``sweep_tasks`` are the patterns of the tasks of a cancellation sweep, which then takes the
    place of a search by ``strategy``; none at all stand for the usual ones of the subject.
    ``corpus`` holds failures of the past, which a search replays first, and gets the new ones.
    ``timers`` makes the order of deadlines due at one instant a choice; with ``slow_steps`` one
    step may last until a deadline comes that is at most so many virtual seconds away.
    """

    schedules: int
    seconds: float | None
    seed: int
    strategy: str | None
    bound: str | None
    model: Model
    sweep_tasks: tuple[str, ...] | None = None
    corpus: Corpus | None = None
    timers: bool = True
    slow_steps: float = 0.0


@define
class Progress:
    """Hears how a run goes on; a progress bar, or nobody."""

    on_subject: Callable[[str], None] = field(default=lambda _name: None)
    on_schedule: Callable[[int], None] = field(default=lambda _done: None)
    on_note: Callable[[str], None] = field(default=lambda _note: None)


@frozen
class Explored:
    """A finished row, and hashes of the kinds of schedule that were seen."""

    row: Row
    hashes: frozenset[str] = frozenset()


def explore_all(
    selected: Sequence[tuple[int, Subject | Generated]], plan: Plan, progress: Progress
) -> Iterator[Explored]:
    """Explore each subject, given with its position; an interrupt ends the run after its row.

    Time is shared: each subject may take its even part of what is left.
    """
    deadline = None if plan.seconds is None else time.monotonic() + plan.seconds
    for number, (position, subject) in enumerate(selected):
        share = None
        if deadline is not None:
            share = max(0.0, deadline - time.monotonic()) / (len(selected) - number)
        progress.on_subject(subject.name)
        explored = explore_one(subject, position, evolve(plan, seconds=share), progress)
        yield explored
        if explored.row.result.interrupted:
            break


def explore_one(
    subject: Subject | Generated, position: int, plan: Plan, progress: Progress
) -> Explored:
    """Explore one subject, or replay its pinned schedule; it has all the time of ``plan``."""
    if isinstance(subject, Generated):
        # Most runs make nothing up, and should not wait for Hypothesis to be imported.
        from hocket.scenarios.generated_runs import explore_generated  # noqa: PLC0415

        return explore_generated(subject, position, plan, progress)
    pinned = subject.scenario.replay if isinstance(subject, Prepared) else None
    if isinstance(subject, Prepared) and pinned is not None:
        result, note = run_replay(subject, pinned)
        return Explored(evolve(row_of(subject, result), position=position, note=note))
    cancel = plan.sweep_tasks
    if cancel is not None:
        subject = subject.in_sweep()
        cancel = cancel or subject.sweep_tasks
    target = subject.target()
    strategy = _strategy(subject, target, plan, progress) if cancel is None else Sweep()
    reached = Reached(subject.name)
    campaign = Campaign(
        target=target,
        strategy=placing(strategy, plan.seed, *[Rare.SLOW_STEP] * (plan.slow_steps > 0)),
        seed=plan.seed,
        setting=Setting(
            model=plan.model, cancel=cancel, timers=plan.timers, slow_steps=plan.slow_steps
        ),
        budget=Budget(schedules=plan.schedules, seconds=plan.seconds),
        by_class=cancel is None,
        on_schedule=progress.on_schedule,
        on_execution=reached.see,
    )
    result = campaign.run() if cancel is None else sweep(campaign)
    pairs = tuple(sorted(reached.pairs))
    row = evolve(row_of(subject, result), position=position, pairs=pairs)
    return Explored(row, reached.hashes())


def _strategy(subject: Subject, target: Target, plan: Plan, progress: Progress) -> Strategy:
    """The strategy of the plan, behind the failures of the past if there are any.

    An exhaustive search meets them anyway, and stays one.
    """
    usual = "mixed" if isinstance(subject, Prepared) and plan.bound is None else "portfolio"
    strategy = make_strategy(plan.strategy or usual, plan.seed, plan.bound)
    if plan.corpus is None or isinstance(strategy, Exhaustive):
        return strategy
    if stale := plan.corpus.drop_stale(target):
        progress.on_note(f"{target.name}: {stale} stale of the corpus dropped, edited since")
    tokens = plan.corpus.of(target, str(plan.model))
    return Remembered(strategy, [t.deviations for t in tokens]) if tokens else strategy


def remember(row: Row, corpus: Corpus | None, progress: Progress) -> None:
    """Keep the failures of a finished row for the next run.

    Whoever keeps a bundle puts the row into it first: a campaign that is killed in between and
    resumed must not meet what it does not know to have found.
    """
    kept = [f for f in row.result.failures if f.kind.verdict is Verdict.FAILED]
    if corpus is None or row.result.exit_reason is ExitReason.SWEPT:
        return
    try:
        for failure in kept:
            corpus.keep(failure)
    except OSError as error:
        progress.on_note(f"{row.name}: the corpus cannot be written: {error.strerror}")


def row_of(subject: Subject, result: CampaignResult) -> Row:
    """A campaign's result with the names, places and stories that a person wants."""
    vacuous: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    if isinstance(subject, Prepared) and not result.failures:
        vacuous = tuple(name for name in subject.asked() if name not in result.triggered)
        unmet = tuple(name for name in subject.hoped() if name not in result.triggered)
    return Row(
        name=subject.name,
        file=subject.file,
        line=subject.line,
        result=result,
        failures=tuple(report_of(subject, failure) for failure in result.failures),
        vacuous=vacuous,
        unmet=unmet,
    )


def report_of(subject: Subject, failure: Failure) -> FailureReport:
    """A failure with its story and its pictures, which come from replaying it."""
    token = decode(failure.token)
    look = look_at(subject.target(), token)
    pictures = pictures_of(subject, failure, token, look)
    return evolve(told(subject, failure, look.execution), pictures=pictures)


def told(
    subject: Subject, failure: Failure, execution: Execution, *, command: str = ""
) -> FailureReport:
    """A failure with the story of the execution that shows it.

    ``command`` is what replays it, if that is another than ``hocket replay``.
    """
    if isinstance(subject, Prepared):
        seen = execution.observations
        lanes, moments = moments_of_scenario(subject.scenario, seen, failure.clashing)
    else:
        assert execution.trace is not None
        lanes, moments = moments_of_tasks(execution.trace)
    return FailureReport(
        failure=failure,
        sentence=f"{failure.message} ({describe_cost(failure.deviations)})",
        lanes=lanes,
        moments=moments,
        place=_place(subject, failure),
        statement=_statement(failure),
        command=command or f"hocket replay {failure.token}",
    )


def _place(subject: Subject, failure: Failure) -> str:
    line = subject.line
    if isinstance(subject, Prepared) and failure.kind is FailureKind.INVARIANT:
        line = subject.asked().get(failure.origin.name, line)
    return f"{subject.file}:{line}"


def _statement(failure: Failure) -> str:
    built_in = REGISTRY.get(failure.origin.name)
    return built_in.STATEMENT if built_in is not None else ""
