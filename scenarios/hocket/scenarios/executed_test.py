"""One test of a suite as a target: an execution is the whole test, fixtures and all."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from _pytest.runner import runtestprotocol
from attrs import define, field

from hocket.scenarios.fixture_order import ordered_fixtures
from hocket.simulator import Setting, Target
from hocket.simulator.engine.choices import ChoiceSource
from hocket.simulator.engine.trace import Trace
from hocket.simulator.execution import Execution
from hocket.simulator.hosted_runs import HostedRuns, hosting
from hocket.simulator.trio_kernel import Kernel

__all__ = ["Execute", "end_of_wider_scopes", "function_of", "target_of_test"]


@define(eq=False)
class Execute:
    """Executes one test as a target.

    ``errors`` is filled, by whoever hears of them, with the exceptions of the phases of a test;
    ``reports`` are those of the last execution, ``ran_trio`` says whether any called ``trio.run``.
    """

    item: pytest.Function
    errors: list[BaseException]
    reports: list[pytest.TestReport] = field(factory=list[pytest.TestReport], init=False)
    ran_trio: bool = field(default=False, init=False)

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
        runs = HostedRuns(source, setting, Trace() if traced else None, prepare)
        with hosting(runs), ordered_fixtures():
            self.reports = self.once()
        self.ran_trio = self.ran_trio or bool(runs.called)
        failed = any(report.failed for report in self.reports)
        return runs.conclude(self._error() if failed else None)

    def once(self) -> list[pytest.TestReport]:
        """Set the test up, call it and tear it down, down to the scope of its function."""
        self.errors.clear()
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
