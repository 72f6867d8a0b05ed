"""Exploring scenarios that are made up, and keeping the one that fails.

A part of a run is one row of its report.  What fails is written down twice beside the bundle: as a
scenario that is free, to be explored again once the defect is mended, and with the schedule that
failed in a ``replay`` section, as ``hocket freeze`` writes it.
"""

import re
from pathlib import Path

from attrs import evolve, frozen

from hocket.reports.files import write_whole
from hocket.reports.results import Row
from hocket.reports.wording import count
from hocket.scenarios.exploration import Explored, Plan, Progress, row_of
from hocket.scenarios.freezing import freeze, names_of_tasks
from hocket.scenarios.generated import GENERATED, Generated
from hocket.scenarios.generation.hunting import Hunt, Prey, hunt
from hocket.scenarios.language.formatter import format_scenarios
from hocket.scenarios.language.model import Scenario
from hocket.scenarios.prepared import Prepared, prepare
from hocket.scenarios.reached import Reached
from hocket.simulator import Budget, Campaign, CampaignResult, Setting
from hocket.simulator.engine.outcome import ExitReason, Verdict
from hocket.simulator.engine.token import decode
from hocket.simulator.strategies import Rare, make_strategy, placing

__all__ = ["explore_generated"]

_UNSHRUNK = {"shrink_executions": 0, "explain_executions": 0, "lockstep_schedules": 0}


def explore_generated(part: Generated, position: int, plan: Plan, progress: Progress) -> Explored:
    """Make up the scenarios of a part and explore each; what came of it, as one row."""
    run = _Run(part, plan, Reached(part.name))
    hunted = hunt(
        run.explore,
        scenarios=part.last - part.first + 1,
        randomness=part.randomness(),
        seconds=plan.seconds,
        on_schedules=progress.on_schedule,
    )
    row = _clean(part, plan, hunted) if hunted.prey is None else run.caught(hunted, hunted.prey)
    pairs = tuple(sorted(run.reached.pairs))
    whole = evolve(row, name=part.name, file=GENERATED, line=0, position=position, pairs=pairs)
    return Explored(whole, run.reached.hashes())


@frozen
class _Run:
    """How the scenarios of one part are explored."""

    part: Generated
    plan: Plan
    reached: Reached

    def explore(self, scenario: Scenario) -> CampaignResult:
        """A few schedules of a scenario that nobody will look at, unless it fails."""
        part = self.part
        subject = Prepared(scenario.name, GENERATED, "", scenario, part.adapter, part.runtime)
        return self._campaign(subject, Budget(self.plan.schedules, **_UNSHRUNK)).run()

    def caught(self, hunted: Hunt, prey: Prey) -> Row:
        """The failing scenario, with its schedule shrunk and explained, and written down."""
        part = self.part
        number = part.first + prey.number - 1
        name = f"{GENERATED}_{number}_{_slug(prey.failure.origin.name)}"
        path = part.folder / f"{name}.hocket"
        text = format_scenarios([evolve(prey.scenario, name=name)])
        part.folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)
        prepared = prepare(text, file=str(path), adapter=part.adapter, runtime=part.runtime)
        subject = prepared[0]
        cut = hunted.exit_reason is ExitReason.INTERRUPTED
        budget = Budget(self.plan.schedules, **(_UNSHRUNK if cut else {}))
        result = self._campaign(subject, budget).run()
        if result.interrupted:
            return _clean(part, self.plan, evolve(hunted, exit_reason=result.exit_reason))
        if not result.failures:
            return _not_again(subject, result, prey)
        told = evolve(
            result,
            exit_reason=hunted.exit_reason,
            seconds=hunted.seconds + result.seconds,
            schedules=hunted.schedules,
            triggered=hunted.triggered,
            failures=tuple(evolve(f, schedule=prey.schedule) for f in result.failures),
            samples=(),
        )
        row = row_of(subject, told)
        frozen_as = _freeze(subject, row, path)
        tried = count(prey.tried, "smaller one")
        return evolve(
            row,
            note=f"scenario {number} failed; {path} is what was left of it after {tried}, "
            f"and {frozen_as} its failure for good",
        )

    def _campaign(self, subject: Prepared, budget: Budget) -> Campaign:
        plan, seed = self.plan, self.part.seed
        strategy = make_strategy(plan.strategy or "mixed", seed, plan.bound)
        return Campaign(
            target=subject.target(),
            strategy=placing(strategy, seed, *[Rare.SLOW_STEP] * (plan.slow_steps > 0)),
            seed=seed,
            setting=Setting(model=plan.model, timers=plan.timers, slow_steps=plan.slow_steps),
            budget=budget,
            on_execution=self.reached.see,
        )


def _clean(part: Generated, plan: Plan, hunted: Hunt) -> Row:
    """The row of a part in which nothing failed."""
    interrupted = hunted.exit_reason is ExitReason.INTERRUPTED
    verdict = Verdict.INCONCLUSIVE if interrupted else Verdict.NOT_FOUND
    result = CampaignResult(
        target=part.name,
        verdict=verdict,
        schedules=hunted.schedules,
        failures=(),
        strategy=plan.strategy or "mixed",
        seed=part.seed,
        model=str(plan.model),
        exit_reason=hunted.exit_reason,
        seconds=hunted.seconds,
        triggered=hunted.triggered,
        unfair=hunted.unfair,
    )
    note = ""
    asked = part.last - part.first + 1
    if hunted.scenarios < asked:
        why = hunted.exit_reason.value
        note = f"{hunted.scenarios} of {count(asked, 'scenario')} explored: {why}"
    return Row(part.name, GENERATED, 0, result, note=note)


def _not_again(subject: Prepared, result: CampaignResult, prey: Prey) -> Row:
    note = f"it failed once as {prey.failure.origin}, and not again under the same choices"
    differing = evolve(result, verdict=Verdict.NONDETERMINISTIC, samples=())
    return evolve(row_of(subject, differing), note=f"{subject.file}: {note}")


def _freeze(subject: Prepared, row: Row, path: Path) -> Path:
    """Write the first failure of ``row`` down for good, beside the scenario in ``path``."""
    report = row.failures[0]
    token = decode(report.failure.token)
    name = f"{subject.name}_frozen"
    tasks = names_of_tasks(subject, token)
    place = path.with_name(f"{name}.hocket")
    write_whole(place, freeze(subject.text, token, report, name=name, tasks=tasks))
    return place


def _slug(origin: str) -> str:
    """The words of an origin as a piece of a name.

    >>> _slug("ISO-1"), _slug("finally no pending")
    ('iso_1', 'finally_no_pending')
    """
    words = re.sub(r"[^a-z0-9]+", "_", origin.lower()).strip("_")
    return words[:40].rstrip("_") or "failure"
