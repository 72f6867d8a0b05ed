"""Small results, planted so that a test says only what it is about."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from hocket.reports.results import FailureReport, Moment, Row
from hocket.simulator.campaign import CampaignResult
from hocket.simulator.engine.choices import ChoiceKind, Deviation
from hocket.simulator.engine.outcome import (
    ExitReason,
    Failure,
    FailureKind,
    Origin,
    Verdict,
    Wait,
)

_NAME = "at most once: tool.start"


@pytest.fixture
def report() -> FailureReport:
    """A violated invariant between two lanes, after one preemption."""
    failure = Failure(
        kind=FailureKind.INVARIANT,
        origin=Origin(FailureKind.INVARIANT, _NAME, ""),
        message=f"{_NAME}: the tool ran twice",
        token="hkt1.abc",
        deviations=(
            Deviation(3, ChoiceKind.TASK, "next", 1, 2, "main/1@5", "main/2@7", preemption=True),
        ),
        digest="d" * 32,
        schedule=17,
        strategy="pct(3)",
        model="free",
        clashing=(1, 2),
        waits=(Wait("main/1", "serve", "a lock", ("main/2",), "server.py:4 (serve)"),),
    )
    return FailureReport(
        failure=failure,
        sentence="A tool ran twice, once for alice and once for bob.",
        lanes=("alice", "bob"),
        moments=(
            Moment("alice", "sends approve", 0),
            Moment("alice", "tool starts", 1),
            Moment("bob", "tool starts", 2),
        ),
        place="catalogue/approve.hocket:12",
        statement="No tool call starts more than once.",
        command="hocket replay hkt1.abc --runtime  mine:adapter",
    )


@pytest.fixture
def row(report: FailureReport) -> Callable[..., Row]:
    """Makes a row from the fields that matter: those of ``Row`` and those of its result."""

    def make(verdict: Verdict = Verdict.NOT_FOUND, **fields: Any) -> Row:
        reports = fields.pop("failures", (report,) if verdict is Verdict.FAILED else ())
        result = CampaignResult(
            target="catalogue:approve",
            verdict=verdict,
            schedules=2_000,
            failures=tuple(each.failure for each in reports),
            strategy="random",
            seed=7,
            model="free",
            exit_reason=ExitReason.BUDGET,
            seconds=0.8,
        )
        names = {name for name in fields if hasattr(result, name)}
        result = evolve(result, **{name: fields.pop(name) for name in names})
        default = Row("approve[n=2]", "catalogue/approve.hocket", 3, result, reports)
        return evolve(default, **fields)

    return make
