"""One test of a suite as a target: an execution is the whole test, fixtures and all."""

import hashlib
from collections.abc import Callable, Iterator
from inspect import isasyncgenfunction, iscoroutinefunction
from pathlib import Path
from typing import Any, cast

import pytest
from _pytest.runner import runtestprotocol
from attrs import define, field

from hocket.scenarios.anyio_runs import hosted_anyio
from hocket.scenarios.fixture_order import ordered_fixtures
from hocket.simulator import Setting, Target
from hocket.simulator.engine.choices import ChoiceSource
from hocket.simulator.engine.trace import Trace
from hocket.simulator.execution import Execution
from hocket.simulator.hosted_runs import HostedRuns, hosting
from hocket.simulator.trio_kernel import Kernel

__all__ = ["Execute", "end_of_wider_scopes", "function_of", "target_of_test", "wide_async_fixture"]


@define(eq=False)
class Execute:
    """Executes one test as a target; the first execution must be the default schedule.

    ``errors`` is filled, by whoever hears of them, with the exceptions of the phases of a test;
    ``reports`` are those of the last execution, ``ran_trio`` says whether any called ``trio.run``,
    ``runs`` are those of the execution that is going on, and ``drawn`` are the data of the last one
    if it is a Hypothesis test.  ``unreached`` says where the last one tried to connect to in vain.
    """

    item: pytest.Function
    errors: list[BaseException]
    reports: list[pytest.TestReport] = field(factory=list[pytest.TestReport], init=False)
    ran_trio: bool = field(default=False, init=False)
    runs: HostedRuns | None = field(default=None, init=False)
    drawn: dict[str, object] = field(factory=dict[str, object], init=False)
    unreached: list[str] = field(factory=list[str], init=False)
    _properties: list[tuple[str, object]] = field(init=False)
    _parameters: dict[str, object] = field(init=False)
    _usual: frozenset[str] | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._properties = [*self.item.user_properties]
        spec = getattr(self.item, "callspec", None)
        self._parameters = {} if spec is None else _copied(spec.params)

    def __call__(
        self,
        target: Target,
        source: ChoiceSource,
        setting: Setting,
        *,
        traced: bool = False,
        prepare: Callable[[Kernel], None] | None = None,
    ) -> Execution:
        """Run the test once, with all choices of its Trio runs answered by ``source``."""
        self.runs = runs = HostedRuns(source, setting, Trace() if traced else None, prepare)
        with hosting(runs), runs.listening(), hosted_anyio(runs), ordered_fixtures():
            self.reports = self.once()
        self.runs, self.unreached = None, runs.unreached
        if self._usual is None:
            self._usual = runs.left_open
        self.ran_trio = self.ran_trio or bool(runs.called)
        failed = any(report.failed for report in self.reports)
        return runs.conclude(self._error() if failed else None, self._usual)

    def call(self) -> bool:
        """Call the function of a Hypothesis test with data that the schedule chooses, if it is one.

        Returns whether that was done; outside of an execution Hypothesis does it.
        """
        if self.runs is None or not hasattr(self.item.obj, "hypothesis"):
            return False
        from hocket.simulator.drawing import run_given  # noqa: PLC0415 - Hypothesis is heavy

        names = self.item._fixtureinfo.argnames  # pyright: ignore[reportPrivateUsage]
        fixtures = {name: self.item.funcargs[name] for name in names}
        self.drawn.clear()
        run_given(self.item.obj, self.runs.choose_data, self.drawn, **fixtures)
        return True

    def once(self) -> list[pytest.TestReport]:
        """Set the test up, call it and tear it down, down to the scope of its function."""
        self.errors.clear()
        self.item.user_properties[:] = self._properties
        self.item._report_sections.clear()  # pyright: ignore[reportPrivateUsage] - of another one
        _renew_parameters(self.item, self._parameters)
        vars(self.item).pop("_instance", None)  # the state of another execution
        vars(self.item).pop("_obj", None)  # which plugins have wrapped
        around = cast("pytest.Item", self.item.parent)  # of which only the ancestors count
        return runtestprotocol(self.item, log=False, nextitem=around)

    def _error(self) -> BaseException:
        return self.errors[0] if self.errors else AssertionError("the test was reported as failed")


def end_of_wider_scopes(
    item: pytest.Function, nextitem: pytest.Item | None
) -> Iterator[pytest.TestReport]:
    """Tear down what the next test does not share; yields a report if that fails."""

    def tear_down() -> None:
        item.session._setupstate.teardown_exact(nextitem)  # pyright: ignore[reportPrivateUsage]

    call = cast("pytest.CallInfo[None]", pytest.CallInfo.from_call(tear_down, "teardown"))
    if call.excinfo is not None:
        yield pytest.TestReport.from_item_and_call(item, call)


def function_of(item: pytest.Function) -> Callable[..., Any]:
    """The function that is the test."""
    return cast("Callable[..., Any]", item.function)  # pyright: ignore[reportUnknownMemberType]


def target_of_test(item: pytest.Function) -> Target:
    """A test as a target: its node id, and a digest of the file it is in."""
    source = hashlib.sha256(Path(item.path).read_bytes()).hexdigest()[:16]
    return Target(item.nodeid, source, function_of(item), context={"pytest": item.nodeid})


def wide_async_fixture(item: pytest.Function) -> str:
    """The name of an async fixture that outlives the test, on whose run the test depends."""
    for name in item.fixturenames:
        for definition in item._fixtureinfo.name2fixturedefs.get(name, ())[-1:]:  # pyright: ignore[reportPrivateUsage]
            function = definition.func
            waits = iscoroutinefunction(function) or isasyncgenfunction(function)
            if waits and definition.scope != "function":
                return name
    return ""


def _renew_parameters(item: pytest.Function, parameters: dict[str, object]) -> None:
    """A test may change the lists it is parametrised with; another execution gets them as new."""
    if parameters:
        cast("Any", item).callspec.params.update(_copied(parameters))


def _copied(value: Any) -> Any:
    """Lists, dictionaries and sets anew, at every depth, and all else as it is."""
    kind = type(value)  # pyright: ignore[reportUnknownVariableType]
    if kind is dict:
        return {key: _copied(inner) for key, inner in value.items()}
    if kind is list:
        return [_copied(inner) for inner in value]
    if kind is tuple:
        return tuple(_copied(inner) for inner in value)
    return value.copy() if kind in (set, bytearray) else value
