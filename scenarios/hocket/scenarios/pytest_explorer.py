"""Explores the tests of a suite: every schedule of a test is the whole test, fixtures and all.

Each execution is pytest's own protocol for one test, with ``trio.run`` hosted by the simulator.
Function-scoped fixtures, sync or async, are set up and torn down for every one of them and a class
gets a fresh instance, since state that is shared by two schedules would be a false alarm; fixtures
of wider scope stay.  What pytest hears is one test: the last execution if all passed, or the
replay of the smallest counterexample.

A test that runs no Trio is executed once, as ever.  One that needs the real world, or that a
schedule cannot repeat, is run once as usual and listed as *not explored*, with the reason.  What is
known of a test travels as properties of its reports, so that it arrives in JUnit files, and from
the workers of pytest-xdist.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest
import trio
from attrs import evolve

from hocket.scenarios.executed_test import (
    Execute,
    end_of_wider_scopes,
    target_of_test,
    wide_async_fixture,
)
from hocket.scenarios.explored_reports import (
    REASON,
    SCHEDULES,
    explain,
    facts_of,
    fail,
    unexplored,
    with_facts,
)
from hocket.scenarios.plans import SETTINGS, Plan, plan_of
from hocket.simulator import Budget, Campaign, CampaignResult, Target
from hocket.simulator.engine.choices import DefaultSchedule
from hocket.simulator.engine.outcome import FailureKind, Verdict
from hocket.simulator.engine.token import Token, TokenError, decode
from hocket.simulator.execution import Execution, main_leaf
from hocket.simulator.exploring import setting_of
from hocket.simulator.hosted_runs import replaced_runs
from hocket.simulator.memory import collecting
from hocket.simulator.strategies.recorded import StrictReplay
from hocket.simulator.sweeping import sweep
from hocket.simulator.world import simulated_world

__all__ = ["Explorer"]

_KEEPS_STATE = (
    "it keeps state from one execution to the next: the default schedule passed, and now fails"
)

_Run = Callable[[pytest.Function, Plan], list[pytest.TestReport]]


class Explorer:
    """The plugin of a session that explores."""

    def __init__(self, config: pytest.Config, schedules: int | None, token: str | None) -> None:
        self._defaults = {name: config.getini(f"hocket_{name}") for name in SETTINGS}
        if schedules is not None:
            self._defaults["schedules"] = str(schedules)
        self._token = _decoded(token)
        self._errors: list[BaseException] = []
        self._executed: Execute | None = None
        self._explored: dict[str, int] = {}
        self._unexplored: dict[str, str] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Let pytest-trio look ``trio.run`` up when it runs a test, where it keeps it by now."""
        for item in items:
            marker = item.get_closest_marker("trio")
            if marker is not None and "run" in marker.kwargs:
                run = _late(marker.kwargs["run"])
                item.add_marker(pytest.mark.trio(run=run), append=False)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """A token of a test that is not there would replay nothing, and seem to pass."""
        known = {item.nodeid for item in session.items}
        if self._token is not None and known and self._token.target not in known:
            raise pytest.UsageError(
                f"--hocket-replay: the token is of {self._token.target}, which is not among the "
                "tests that were collected; name it on the command line"
            )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[Any]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Keep the exception of a phase, of which a report has only the text."""
        if call.excinfo is not None:
            self._errors.append(call.excinfo.value)
        return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_exception_interact(self, call: pytest.CallInfo[Any]) -> None:
        """Let a debugger stop where the test failed, and not where Trio grouped the exception."""
        error = call.excinfo.value if call.excinfo is not None else None
        if error is not None and (leaf := main_leaf(error)) is not error:
            call.excinfo = pytest.ExceptionInfo[BaseException].from_exception(leaf)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> bool | None:
        """Run one test: explored, replayed, or as pytest does."""
        if not isinstance(item, pytest.Function):
            return None
        plan = plan_of(item, self._defaults)
        reason = _unfit(item)
        if self._token is not None:
            if item.nodeid != self._token.target:
                return None
            run: _Run = self._replay
        elif plan.schedules < 1:
            return None
        elif reason:
            item.user_properties.append((REASON, reason))
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

    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Let the schedule choose the data of a Hypothesis test, within an execution of it."""
        executed = self._executed
        return (executed is not None and executed.item is pyfuncitem and executed.call()) or None

    def _explore(self, item: pytest.Function, plan: Plan) -> list[pytest.TestReport]:
        self._executed = execute = Execute(item, self._errors)
        target = target_of_test(item)
        keeps = False
        with _hosted(target), _without_debugger(item.config):
            first = execute(target, DefaultSchedule(), plan.setting)
            if not execute.ran_trio:
                return execute.reports
            outside = _outside(execute, first)
            result = None if outside else _searched(execute, target, plan)
            if result is not None and result.failures and first.rejection is None:
                later = execute(target, DefaultSchedule(), plan.setting)
                keeps = later.rejection is not None
        if result is None:
            return unexplored(execute, outside)
        if keeps:
            return unexplored(execute, _KEEPS_STATE)
        if result.interrupted:
            raise KeyboardInterrupt
        failure = result.failures[0] if result.failures else None
        if failure is None:
            return with_facts(execute.reports, facts_of(result, plan))
        if result.verdict is not Verdict.FAILED:
            return unexplored(execute, failure.message)
        execution = _again(execute, target, decode(failure.token), plan)
        explain(execute, failure, execution)
        return with_facts(execute.reports, facts_of(result, plan))

    def _replay(self, item: pytest.Function, plan: Plan) -> list[pytest.TestReport]:
        assert self._token is not None
        self._executed = execute = Execute(item, self._errors)
        target = target_of_test(item)
        with _hosted(target), _without_debugger(item.config):
            execute(target, DefaultSchedule(), plan.setting)
        execution = _again(execute, target, self._token, plan)
        digest = execution.trace.digest() if execution.trace is not None else ""
        if digest == self._token.digest:
            said = "the same execution as recorded"
        elif self._token.source != target.source:
            said = "stale: the file was edited since, and this is another execution than recorded"
        else:
            said = "not the execution that was recorded: the test is nondeterministic"
        if execution.rejection is not None and not any(r.failed for r in execute.reports):
            fail(execute.reports, f"hocket found a failure\n\n{execution.rejection.message}")
        for report in execute.reports:
            report.sections.append(("hocket replay", said))
        return execute.reports

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in what is known of a test, here or on another worker."""
        known = dict(report.user_properties)
        if SCHEDULES in known:
            self._explored[report.nodeid] = int(str(known[SCHEDULES]))
        if REASON in known:
            self._unexplored[report.nodeid] = str(known[REASON])

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say what was explored, and what was not and why."""
        if self._token is not None:
            return
        terminalreporter.section("hocket")
        schedules = sum(self._explored.values())
        terminalreporter.line(
            f"{len(self._explored)} tests explored under {schedules:,} schedules; "
            f"{len(self._unexplored)} not explored"
        )
        for test, reason in self._unexplored.items():
            terminalreporter.line(f"  not explored: {test}: {reason}")


def _late(run: Callable[..., Any]) -> Callable[..., Any]:
    """What calls a function by its name in its module, as it is then."""
    module, name = getattr(run, "__module__", ""), getattr(run, "__name__", "")
    if (module, name) != ("trio._core._run", "run") and run is not trio.run:
        return run
    return _trio_run


def _trio_run(*args: Any, **kwargs: Any) -> Any:
    __tracebackhide__ = True
    return trio.run(*args, **kwargs)


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
    wide = wide_async_fixture(item)
    if wide:
        return f"wide async fixture {wide}"
    return ""


@contextmanager
def _hosted(target: Target) -> Generator[None]:
    """Inside, a test can be executed."""
    with collecting(), replaced_runs(), simulated_world(target.main):
        yield


@contextmanager
def _without_debugger(config: pytest.Config) -> Generator[None]:
    """A debugger is for the counterexample, and not for what is tried on the way to it."""
    debugger = config.pluginmanager.unregister(name="pdbinvoke")
    try:
        yield
    finally:
        if debugger is not None:
            config.pluginmanager.register(debugger, "pdbinvoke")


def _outside(execute: Execute, execution: Execution) -> str:
    """What a failed execution wanted of the real world; empty if it wanted nothing."""
    if execution.rejection is None:
        return ""
    if execution.rejection.origin.kind is FailureKind.ESCAPE:
        return execution.rejection.message
    return f"nothing simulated listens at {execute.unreached[0]}" if execute.unreached else ""


def _searched(execute: Execute, target: Target, plan: Plan) -> CampaignResult:
    campaign = Campaign(
        target=target,
        strategy=plan.make_strategy(),
        seed=plan.seed,
        setting=plan.setting,
        budget=Budget(schedules=plan.schedules),
        executor=execute,
    )
    return sweep(campaign) if plan.sweep else campaign.run()


def _again(execute: Execute, target: Target, token: Token, plan: Plan) -> Execution:
    """Execute a test under exactly the schedule of a token, and with a debugger if there is one."""
    setting = evolve(setting_of(token), allow=plan.allow)
    with _hosted(target):
        return execute(target, StrictReplay(token.deviations), setting, traced=True)
