"""pytest collects ``*.hocket`` and ``*.hocket.json``: one item per parameter set and strategy.

A scenario that fails is told as everywhere: its lane table, the deviations, the property and the
command that replays it.  Its place is the line of the property that broke.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest

from hocket.reports.results import Row
from hocket.reports.story import describe_failure
from hocket.reports.verdicts import worth
from hocket.scenarios.exploration import Plan, Progress, explore_one
from hocket.scenarios.prepared import Prepared
from hocket.scenarios.selection import REFERENCE, select
from hocket.scenarios.usage import UsageProblem
from hocket.simulator import Model, Verdict
from hocket.simulator.strategies import STRATEGIES

__all__ = ["ScenarioFile", "ScenarioItem"]

_WIDTH = 100
_FAILING = (Verdict.FAILED, Verdict.ERROR, Verdict.NONDETERMINISTIC, Verdict.INCONCLUSIVE)


class ScenarioFile(pytest.File):
    """A file of scenarios."""

    @classmethod
    def of(cls, path: Path, parent: pytest.Collector) -> "ScenarioFile":
        """The file at ``path`` as pytest wants it made."""
        return cast("ScenarioFile", cast("Any", cls).from_parent(parent, path=path))

    def collect(self) -> Iterable["ScenarioItem"]:
        """An item for each instance of each scenario, and each strategy that is set."""
        strategies = _strategies(self.config)
        try:
            subjects = select([_shown(self.path)], _runtime(self.config), _allowed(self.config))
        except UsageProblem as problem:
            raise self.CollectError(str(problem)) from None
        for subject in subjects:
            assert isinstance(subject, Prepared)
            pinned = subject.scenario.replay is not None
            for strategy in ("replay",) if pinned else strategies:
                name = f"{subject.name}[{strategy}]"
                yield cast("Any", ScenarioItem).from_parent(
                    self, name=name, subject=subject, strategy=None if pinned else strategy
                )


class ScenarioFailed(Exception):
    """What an exploration found; the row says everything."""

    def __init__(self, row: Row) -> None:
        super().__init__(worth(row))
        self.row = row


class ScenarioItem(pytest.Item):
    """One scenario with one set of parameters, explored by one strategy."""

    def __init__(self, *, subject: Prepared, strategy: str | None, **keywords: Any) -> None:
        cast("Any", super()).__init__(**keywords)
        self.subject = subject
        self.strategy = strategy
        self._line = subject.line

    def runtest(self) -> None:
        """Explore, or replay the one schedule of a frozen scenario."""
        plan = Plan(
            schedules=_number(self.config, "hocket_schedules"),
            seconds=None,
            seed=_number(self.config, "hocket_seed"),
            strategy=self.strategy,
            bound=None,
            model=Model(str(self.config.getini("hocket_model"))),
        )
        row = explore_one(self.subject, 0, plan, Progress()).row
        if row.result.interrupted:
            raise KeyboardInterrupt
        self.user_properties += [
            ("hocket.verdict", str(row.verdict)),
            ("hocket.schedules", row.result.schedules),
        ]
        if row.verdict is Verdict.UNSUPPORTED:
            self.warn(pytest.PytestWarning(f"{self.name}: {worth(row)}"))
        if row.verdict in _FAILING:
            self._line = _line_of(row)
            # The location was told before the scenario ran, when nothing had broken yet.
            with suppress(AttributeError):
                delattr(self, "location")
            raise ScenarioFailed(row)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """The story with its lane table; a defect of hocket's own as pytest shows any."""
        if not isinstance(excinfo.value, ScenarioFailed):
            return str(super().repr_failure(excinfo))
        row = excinfo.value.row
        stories = [describe_failure(report, _WIDTH) for report in row.failures]
        unmet = [f"never seen in any schedule: {pattern}" for pattern in row.unmet]
        notes = [row.note] if row.note else []
        return "\n\n".join([f"{row.verdict}: {worth(row)}", *notes, *unmet, *stories])

    def reportinfo(self) -> tuple[Path, int, str]:
        """The file and the line (from 0): of the scenario, or of the property that broke."""
        return self.path, self._line - 1, self.name


def _line_of(row: Row) -> int:
    """The line of what broke, where it is written in the scenario's file."""
    for report in row.failures:
        file, _, line = report.place.rpartition(":")
        if file == row.file and line.isdecimal():
            return int(line)
    return row.line


def _shown(path: Path) -> str:
    """A path as a person would type it, so that replay commands can be copied."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _strategies(config: pytest.Config) -> Sequence[str]:
    names = [str(name) for name in config.getini("hocket_scenario_strategies")]
    unknown = [name for name in names if name not in STRATEGIES]
    if unknown:
        known = ", ".join(sorted(STRATEGIES))
        raise pytest.UsageError(
            f"hocket_scenario_strategies: there is no strategy {unknown[0]!r}; there are {known}"
        )
    return names


def _runtime(config: pytest.Config) -> str:
    return str(config.getini("hocket_runtime")) or REFERENCE


def _allowed(config: pytest.Config) -> Sequence[str]:
    return [str(name) for name in config.getini("hocket_use")]


def _number(config: pytest.Config, name: str) -> int:
    value = str(config.getini(name))
    if not value.isdecimal():
        raise pytest.UsageError(f"{name} takes a number, not {value!r}")
    return int(value)
