"""Labels a counterexample of the free model: does it fail in lockstep, and what does it need?"""

from typing import Protocol

import trio
from attrs import evolve

from hocket.simulator.endings import Model
from hocket.simulator.engine.choices import ChoiceSource
from hocket.simulator.engine.lockstep import LockstepLabel
from hocket.simulator.execution import Execution, Setting
from hocket.simulator.strategies.random_walk import RandomWalk
from hocket.simulator.strategies.recorded import LooseReplay, StrictReplay
from hocket.simulator.trio_kernel import PassRule

__all__ = ["label"]


class RunIn(Protocol):
    """Executes the target of a campaign once, in a setting of the caller's."""

    def __call__(
        self, source: ChoiceSource, setting: Setting, instrument: trio.abc.Instrument | None = None
    ) -> Execution:
        """Let ``source`` answer the choices, and ``instrument`` see the steps."""
        ...


def label(
    failing: Execution, run: RunIn, setting: Setting, *, schedules: int
) -> LockstepLabel | None:
    """What is known of ``failing``, a traced execution, in lockstep; ``run`` executes its target.

    ``setting`` is the one it failed in; in lockstep, or without ``schedules``, there is no label.
    Unless the executed order keeps to the passes anyway, up to ``schedules`` executions in lockstep
    look for a failure of the same origin: one that follows the same deviations as far as they can
    be placed, then a random walk, which a cancellation sweep leaves out.
    """
    if setting.model is Model.LOCKSTEP or not schedules:
        return None
    in_lockstep = evolve(setting, model=Model.LOCKSTEP)
    rule = PassRule()
    replay = StrictReplay(failing.deviations)
    run(replay, setting, rule)
    if not rule.overtakings:
        return LockstepLabel(fails=True, schedules=0)
    overtakings = tuple(rule.overtakings)
    walk = RandomWalk(0)
    tried = 0
    for number in range(schedules if setting.cancel is None else 1):
        source = walk if number else LooseReplay(failing.deviations)
        execution = run(source, in_lockstep)
        if execution.interrupted:
            break
        tried += 1
        if _same_origin(execution, failing):
            return LockstepLabel(fails=True, schedules=tried, overtakings=overtakings)
    return LockstepLabel(fails=False, schedules=tried, overtakings=overtakings)


def _same_origin(execution: Execution, failing: Execution) -> bool:
    if execution.rejection is None or failing.rejection is None:
        return False
    return execution.rejection.origin == failing.rejection.origin
