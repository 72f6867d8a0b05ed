"""What the reports of a test say beyond pytest's own words: the story, the facts, or why not.

Facts are properties of a report, by names that begin with ``hocket.``.
"""

from collections.abc import Sequence
from typing import Final

import pytest

from hocket.reports.story import describe_failure
from hocket.scenarios.executed_test import Execute, target_of_test
from hocket.scenarios.exploration import told
from hocket.scenarios.plans import Plan
from hocket.scenarios.selection import Function
from hocket.simulator import CampaignResult, Failure
from hocket.simulator.engine.choices import describe_cost
from hocket.simulator.engine.outcome import FailureKind
from hocket.simulator.execution import Execution

__all__ = ["REASON", "SCHEDULES", "explain", "facts_of", "fail", "unexplored", "with_facts"]

SCHEDULES: Final = "hocket.schedules"
"""The property that an explored test has."""

REASON: Final = "hocket.not-explored"
"""The property that another one has."""

_STORY_WIDTH = 100


def unexplored(execute: Execute, reason: str) -> list[pytest.TestReport]:
    """Run a test once as usual, and note why."""
    return with_facts(execute.once(), [(REASON, reason)])


def explain(execute: Execute, failure: Failure, execution: Execution) -> None:
    """Add the story of a failure to the report of the phase that failed."""
    reports, item = execute.reports, execute.item
    file, line, _ = item.location
    subject = Function(item.nodeid, file, (line or 0) + 1, target_of_test(item))
    command = f"pytest '{item.nodeid}' --hocket-replay={failure.token}"
    story = describe_failure(told(subject, failure, execution, command=command), _STORY_WIDTH)
    failed = [report for report in reports if report.failed]
    if failed:
        failed[0].sections.append(("hocket", story))
    else:
        kind = "leak" if failure.kind is FailureKind.LEAK else "failure"
        failed = [fail(reports, f"hocket found a {kind}\n\n{story}")]
    if execute.drawn:
        data = "\n".join(f"{name} = {value!r}" for name, value in execute.drawn.items())
        failed[0].sections.append(("hocket data", data))


def fail(reports: list[pytest.TestReport], why: str) -> pytest.TestReport:
    """Let a test fail that came to its end as if all were well; returns the report that says so."""
    told_in = next((report for report in reports if report.when == "call"), reports[-1])
    told_in.outcome = "failed"
    told_in.longrepr = why
    return told_in


def facts_of(result: CampaignResult, plan: Plan) -> list[tuple[str, object]]:
    """What a JUnit file says of an explored test."""
    facts: list[tuple[str, object]] = [
        ("hocket.verdict", str(result.verdict)),
        (SCHEDULES, result.schedules),
        ("hocket.strategy", result.strategy),
        ("hocket.model", result.model),
        ("hocket.seed", plan.seed),
        *((f"hocket.allow.{name}", "yes") for name in sorted(plan.allow)),
    ]
    for failure in result.failures[:1]:
        facts += [
            ("hocket.origin", str(failure.origin)),
            ("hocket.found-in-schedule", failure.schedule),
            ("hocket.schedule", describe_cost(failure.deviations)),
            ("hocket.lockstep", str(failure.lockstep or "not asked")),
            ("hocket.token", failure.token),
        ]
    return facts


def with_facts(
    reports: list[pytest.TestReport], facts: Sequence[tuple[str, object]]
) -> list[pytest.TestReport]:
    """The reports of one test, each with these facts as its properties."""
    for report in reports:
        report.user_properties = [*report.user_properties, *facts]
    return reports
