"""Small results, planted so that a test says only what it is about."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from hocket.reports.bundle import Bundle
from hocket.reports.environment import SettingUsed, Shard, here
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


HOSTILE = "</script><img onerror=x>]]>\x00\x1b[31m\ud800\uffff::error::|`%25\r\n\u2028{{7*7}}"
"""What a tool may print: nothing of it may be obeyed by whoever reads a report."""


@pytest.fixture
def every(row: Callable[..., Row], report: FailureReport) -> Bundle:
    """A bundle with a row for each verdict, of which the failed ones are hostile."""
    hostile = evolve(
        report,
        sentence=f"It said {HOSTILE}",
        lanes=(f"lane {HOSTILE}", "bob"),
        moments=(Moment(f"lane {HOSTILE}", HOSTILE, 1), Moment("bob", "tool starts", 2)),
    )
    shaky = evolve(
        report,
        failure=evolve(
            report.failure,
            kind=FailureKind.NONDETERMINISTIC,
            origin=Origin(FailureKind.NONDETERMINISTIC, "nondeterministic", "main:4"),
        ),
    )
    rows = (
        row(Verdict.FAILED, name=f"bad[{HOSTILE}]", failures=(hostile,)),
        row(Verdict.FAILED, name="again", failures=(hostile, report)),
        row(Verdict.NONDETERMINISTIC, name="shaky", failures=(shaky,)),
        row(Verdict.VERIFIED, name="unmet", unmet=("sometimes x",), file="other/b.hocket"),
        *(row(v, name=str(v)) for v in Verdict if v is not Verdict.FAILED),
        row(name="idle", vacuous=(f"never {HOSTILE}",), seconds=1e-7),
    )
    settings = {"strict": SettingUsed(False, "default")}
    environment = here(settings, sources="", selected=len(rows), shard=Shard())
    return Bundle((environment,), rows)
