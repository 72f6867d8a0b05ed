"""Programs with known figures, read from a folder outside of the project."""

import importlib.util
import json
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from attrs import frozen

from hocket.simulator.endings import Profile
from hocket.simulator.engine.outcome import FailureKind
from hocket.simulator.execution import Execution, Setting, Target, execute
from hocket.simulator.memory import collecting
from hocket.simulator.strategies import Strategy, watch
from hocket.simulator.world import simulated_world

__all__ = ["Program", "executions", "fails", "read_programs"]

SETTING = Setting(profile=Profile.BENCH)


@frozen
class Program:
    """A program and what is known of it; ``truth`` are the figures as they stand in the file."""

    name: str
    main: Callable[[], Awaitable[object]]
    truth: dict[str, Any]

    @property
    def has_bug(self) -> bool:
        """Whether some schedule fails."""
        return bool(self.truth["bug"] != "none")

    @property
    def depends(self) -> bool:
        """Whether some schedules fail and others do not."""
        return self.has_bug and self.truth["failing"] != self.truth["schedules"]

    @property
    def schedules(self) -> float:
        """How many schedules there are; the large figures are rounded."""
        return number(self.truth["schedules"])

    @property
    def failing(self) -> float:
        """How many of them fail."""
        return number(self.truth["failing"])


def number(text: str) -> float:
    """A figure as it is written, with its separators and marks."""
    return float(text.replace(",", "").lstrip("<>~") or "nan")


def read_programs(folder: Path) -> list[Program]:
    """The programs of ``folder``, in the order of its table of figures."""
    rows = json.loads((folder / "ground_truth.json").read_text("utf-8"))
    return [Program(r["program"], _main(folder, r["program"]), r) for r in rows]


def _main(folder: Path, name: str) -> Callable[[], Awaitable[object]]:
    path = folder / "programs" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"bench_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    main: Callable[[], Awaitable[object]] = module.program
    return main


def executions(program: Program, strategy: Strategy, budget: int) -> Iterator[Execution]:
    """Executions of ``program`` by ``strategy``, at most ``budget``, without a campaign around.

    Whether a schedule fails is all that counts here; a campaign would confirm and shrink.
    """
    target = Target(program.name, "", program.main)
    with collecting() as collector, simulated_world(program.main):
        for _ in range(budget):
            if not strategy.begin():
                return
            execution = execute(target, strategy, SETTING, prepare=partial(watch, strategy))
            strategy.end(execution.end.steps - execution.end.apart)
            yield execution
            del execution
            collector.between()


def fails(execution: Execution) -> bool:
    """Whether an execution failed by the rules of counting."""
    rejection = execution.rejection
    kinds = {FailureKind.EXCEPTION, FailureKind.DEADLOCK}
    return rejection is not None and rejection.origin.kind in kinds
