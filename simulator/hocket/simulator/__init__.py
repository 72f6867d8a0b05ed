"""Deterministic simulation of Trio programs.

:func:`explore` runs an unmodified async function under many schedules, each decided step by step
and exactly repeatable; :func:`replay` runs one of them again.
"""

from hocket.simulator.campaign import Budget, Campaign, CampaignResult
from hocket.simulator.decorating import explored
from hocket.simulator.endings import Escape, Model
from hocket.simulator.engine.choices import Deviation
from hocket.simulator.engine.outcome import ExitReason, Failure, FailureKind, Origin, Verdict, Wait
from hocket.simulator.engine.token import TokenError
from hocket.simulator.execution import Setting, Target
from hocket.simulator.exploring import (
    CounterexampleFound,
    ReplayResult,
    explore,
    explore_or_raise,
    replay,
)

__all__ = [
    "Budget",
    "Campaign",
    "CampaignResult",
    "CounterexampleFound",
    "Deviation",
    "Escape",
    "ExitReason",
    "Failure",
    "FailureKind",
    "Model",
    "Origin",
    "ReplayResult",
    "Setting",
    "Target",
    "TokenError",
    "Verdict",
    "Wait",
    "explore",
    "explore_or_raise",
    "explored",
    "replay",
]
