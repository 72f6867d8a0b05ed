"""Explores the tests of a suite: every schedule of a test is the whole test, fixtures and all.

Each execution is pytest's own protocol for one test, with ``trio.run`` hosted by the simulator.
Function-scoped fixtures, sync or async, are set up and torn down for every one of them and a class
gets a fresh instance, since state that is shared by two schedules would be a false alarm; fixtures
of wider scope stay.  What pytest hears is one test: the last execution if all passed, or the
replay of the smallest counterexample.

A test that runs no Trio is executed once, as ever.  One that needs the real world, or that a
schedule cannot repeat, is run once as usual and listed as *not explored*, with the reason.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from attrs import frozen

from hocket.reports.story import describe_failure
from hocket.scenarios.executed_test import (
    Execute,
    end_of_wider_scopes,
    function_of,
    target_of_test,
)
from hocket.scenarios.exploration import told
from hocket.scenarios.selection import Function
from hocket.simulator import Budget, Campaign, CampaignResult, Failure, Model, Setting, Target
from hocket.simulator.engine.choices import DefaultSchedule
from hocket.simulator.engine.outcome import FailureKind, Verdict
from hocket.simulator.engine.token import Token, TokenError, decode
from hocket.simulator.execution import Execution
from hocket.simulator.strategies import make_strategy
from hocket.simulator.strategies.recorded import StrictReplay
from hocket.simulator.world import simulated_world

__all__ = ["Explorer"]

_STORY_WIDTH = 100


@frozen
class Plan:
    """How one test is explored."""

    schedules: int
    strategy: str
    model: Model
    seed: int


@frozen
class Unexplored:
    """A test that was run once as usual, and why."""

    test: str
    reason: str


_Run = Callable[[pytest.Function, Plan], list[pytest.TestReport]]


class Explorer:
    """The plugin of a session that explores."""

    def __init__(self, config: pytest.Config, schedules: int | None, token: str | None) -> None:
        self._schedules = schedules
        self._defaults = {name: str(config.getini(f"hocket_{name}")) for name in _SETTINGS}
        self._token = _decoded(token)
        self._errors: list[BaseException] = []
        self._explored: list[int] = []
        self._unexplored: list[Unexplored] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[Any]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Keep the exception of a phase, of which a report has only the text."""
        if call.excinfo is not None:
            self._errors.append(call.excinfo.value)
        return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> bool | None:
        """Run one test: explored, replayed, or as pytest does."""
        if not isinstance(item, pytest.Function):
            return None
        plan = self._plan(item)
        reason = _unfit(item)
        if self._token is not None:
            if item.nodeid != self._token.target:
                return None
            run: _Run = self._replay
        elif plan.schedules < 1:
            return None
        elif reason:
            self._unexplored.append(Unexplored(item.nodeid, reason))
            return None
        else:
            run = self._explore
        hook = item.ihook
        hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        reports = run(item, plan)
        for report in (*reports, *end_of_wider_scopes(item, nextitem)):
            hook.pytest_runtest_logreport(report=report)
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _plan(self, item: pytest.Function) -> Plan:
        """The settings of a test: its marker before the command line before the ini file."""
        given = {**self._defaults}
        if self._schedules is not None:
            given["schedules"] = str(self._schedules)
        for marker in reversed(list(item.iter_markers("hocket"))):
            unknown = set(marker.kwargs) - set(_SETTINGS)
            if unknown or marker.args:
                wrong = ", ".join(sorted(unknown)) or "arguments without a name"
                known = ", ".join(_SETTINGS)
                raise pytest.UsageError(
                    f"{item.nodeid}: the marker hocket has no {wrong}; it takes {known}"
                )
            given.update({name: str(value) for name, value in marker.kwargs.items()})
        try:
            seed = int(given["seed"])
            make_strategy(given["strategy"], seed)
            return Plan(int(given["schedules"]), given["strategy"], Model(given["model"]), seed)
        except ValueError as error:
            raise pytest.UsageError(f"{item.nodeid}: hocket: {error}") from error

    def _explore(self, item: pytest.Function, plan: Plan) -> list[pytest.TestReport]:
        execute = Execute(item, self._errors)
        target = target_of_test(item)
        setting = Setting(model=plan.model)
        with simulated_world(target.main), _without_debugger(item.config):
            execute(target, DefaultSchedule(), setting)
        if not execute.ran_trio:
            return execute.reports
        campaign = Campaign(
            target=target,
            strategy=make_strategy(plan.strategy, plan.seed),
            seed=plan.seed,
            setting=setting,
            budget=Budget(schedules=plan.schedules),
            executor=execute,
        )
        with _without_debugger(item.config):
            result = campaign.run()
        if result.interrupted:
            raise KeyboardInterrupt
        if result.verdict in (Verdict.UNSUPPORTED, Verdict.NONDETERMINISTIC):
            self._unexplored.append(Unexplored(item.nodeid, result.failures[0].message))
            return execute.once()
        self._explored.append(result.schedules)
        if result.failures:
            failure = result.failures[0]
            execution = self._again(execute, target, decode(failure.token))
            _explain(execute.reports, item, failure, execution)
        return _with_facts(execute.reports, result)

    def _again(self, execute: Execute, target: Target, token: Token) -> Execution:
        source = StrictReplay(token.deviations)
        setting = Setting(model=Model(token.model), entropy=token.entropy)
        with simulated_world(target.main):
            return execute(target, source, setting, traced=True)

    def _replay(self, item: pytest.Function, _plan: Plan) -> list[pytest.TestReport]:
        assert self._token is not None
        execute = Execute(item, self._errors)
        execution = self._again(execute, target_of_test(item), self._token)
        digest = execution.trace.digest() if execution.trace is not None else ""
        if digest == self._token.digest:
            said = "the same execution as recorded"
        elif self._token.source != target_of_test(item).source:
            said = "stale: the file was edited since, and this is another execution than recorded"
        else:
            said = "not the execution that was recorded: the test is nondeterministic"
        for report in execute.reports:
            report.sections.append(("hocket replay", said))
        return execute.reports

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say what was explored, and what was not and why."""
        if self._token is not None:
            return
        terminalreporter.section("hocket")
        schedules = sum(self._explored)
        terminalreporter.line(
            f"{len(self._explored)} tests explored under {schedules:,} schedules; "
            f"{len(self._unexplored)} not explored"
        )
        for test in self._unexplored:
            terminalreporter.line(f"  not explored: {test.test}: {test.reason}")


_SETTINGS = ("schedules", "strategy", "model", "seed")


def _decoded(token: str | None) -> Token | None:
    if token is None:
        return None
    try:
        return decode(token)
    except TokenError as error:
        raise pytest.UsageError(f"--hocket-replay: {error}") from error


def _unfit(item: pytest.Function) -> str:
    """Why a test is not explored, as far as can be seen before it runs."""
    if item.get_closest_marker("xfail") is not None:
        return "it is expected to fail"
    if item.get_closest_marker("anyio") is not None:
        return "anyio keeps one Trio run over several tests"
    if hasattr(function_of(item), "hypothesis"):
        return "Hypothesis draws other data in every execution"
    return ""


@contextmanager
def _without_debugger(config: pytest.Config) -> Generator[None]:
    """A debugger is for the counterexample, and not for what is tried on the way to it."""
    debugger = config.pluginmanager.unregister(name="pdbinvoke")
    try:
        yield
    finally:
        if debugger is not None:
            config.pluginmanager.register(debugger, "pdbinvoke")


def _explain(
    reports: Sequence[pytest.TestReport],
    item: pytest.Function,
    failure: Failure,
    execution: Execution,
) -> None:
    """Add the story of a failure to the report of the phase that failed."""
    file, line, _ = item.location
    subject = Function(item.nodeid, file, (line or 0) + 1, target_of_test(item))
    command = f"pytest '{item.nodeid}' --hocket-replay={failure.token}"
    story = describe_failure(told(subject, failure, execution, command=command), _STORY_WIDTH)
    failed = [report for report in reports if report.failed]
    if failed:
        failed[0].sections.append(("hocket", story))
        return
    kind = "leak" if failure.kind is FailureKind.LEAK else "failure"
    last = reports[-1]
    last.outcome = "failed"
    last.longrepr = f"hocket found a {kind}\n\n{story}"


def _with_facts(
    reports: list[pytest.TestReport], result: CampaignResult
) -> list[pytest.TestReport]:
    facts = (("hocket.verdict", str(result.verdict)), ("hocket.schedules", result.schedules))
    for report in reports:
        report.user_properties = [*report.user_properties, *facts]
    return reports
