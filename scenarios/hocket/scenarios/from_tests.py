"""A scenario as a value, explored by a call: for tests that make or draw their scenarios.

A file of scenarios is collected by pytest and run by ``hocket run``.  A test that has a scenario in
its hands, since it wrote it in Python or Hypothesis drew it, calls :func:`explore_scenario`.  Under
``@given`` Hypothesis then shrinks the scenario, and the simulator the schedule of each.
"""

from functools import cached_property

from hocket.scenarios.exploration import report_of
from hocket.scenarios.freezing import freeze, names_of_tasks
from hocket.scenarios.frozen import run_replay
from hocket.scenarios.language.formatter import format_scenarios
from hocket.scenarios.language.model import Scenario
from hocket.scenarios.prepared import Prepared, prepare
from hocket.scenarios.selection import REFERENCE, adapter_for
from hocket.simulator import Budget, Campaign, CampaignResult, Model, Setting
from hocket.simulator.engine.token import decode
from hocket.simulator.strategies import make_strategy

__all__ = ["ScenarioFailed", "explore_scenario"]

_UNTOLD = {"shrink_executions": 50, "explain_executions": 0, "lockstep_schedules": 0}
"""Hypothesis wants to know of hundreds of scenarios whether they fail; one of them is told."""


class ScenarioFailed(AssertionError):
    """Raised by :func:`explore_scenario` for the first failure of ``subject``.

    ``result`` is the whole :class:`~hocket.simulator.CampaignResult`.  As text it is the failure
    and the scenario that is ``frozen``.
    """

    def __init__(self, subject: Prepared, result: CampaignResult) -> None:
        super().__init__(subject.name, result.failures[0].message)
        self.subject = subject
        self.result = result

    @cached_property
    def frozen(self) -> str:
        """The text of a scenario that fails so for good, made by replaying the failure."""
        failure = self.result.failures[0]
        token, name = decode(failure.token), f"{self.subject.scenario.name}_frozen"
        report, tasks = report_of(self.subject, failure), names_of_tasks(self.subject, token)
        return freeze(self.subject.text, token, report, name=name, tasks=tasks)

    def __str__(self) -> str:
        failure = self.result.failures[0]
        return (
            f"{failure.message} (schedule {failure.schedule}, {failure.strategy})\n"
            f"kept in a file, this scenario fails so for good:\n\n{self.frozen}"
        )


def explore_scenario(
    scenario: Scenario,
    *,
    runtime: str = REFERENCE,
    schedules: int = 50,
    seed: int = 0,
    strategy: str = "mixed",
    model: str = "free",
) -> tuple[CampaignResult, ...]:
    """Explore each instance of a scenario against a runtime; returns one result for each.

    ``runtime`` is the reference, a planted defect by its name, or ``MODULE:ATTR``; ``schedules``
    bounds the executions of each instance and ``seed`` decides them.  Raises
    :class:`ScenarioFailed` for the first failure,
    :class:`~hocket.scenarios.prepared.ScenarioErrors` for a scenario with mistakes, and
    :class:`~hocket.scenarios.usage.UsageProblem` for a runtime that is not there.

    >>> from hocket.scenarios.language.builder import Story, say
    >>> story = Story("greets")
    >>> story.user("ann")
    >>> story.thread("T", of="ann")
    >>> story.model("T", say("hello"))
    >>> laptop = story.client("laptop", of="ann")
    >>> laptop.connect()
    >>> laptop.start("T", "t")
    >>> laptop.on_end("t")
    >>> str(explore_scenario(story.scenario(), schedules=5)[0].verdict)
    'not-found'
    """
    text = format_scenarios([scenario])
    results: list[CampaignResult] = []
    for subject in prepare(text, file=scenario.name, adapter=adapter_for(runtime), runtime=runtime):
        campaign = Campaign(
            target=subject.target(),
            strategy=make_strategy(strategy, seed),
            seed=seed,
            setting=Setting(model=Model(model)),
            budget=Budget(schedules, **_UNTOLD),
        )
        pinned = subject.scenario.replay
        result = campaign.run() if pinned is None else run_replay(subject, pinned)[0]
        if result.failures:
            raise ScenarioFailed(subject, result)
        results.append(result)
    return tuple(results)
