"""Schedules in scenario files: from a token to a ``replay`` section, and the run of one.

A replay fails for its own reason or not at all.  If the schedule cannot be followed to its end any
more, it is followed as far as its choices can still be placed; where that does not show the frozen
failure either, the replay is *stale*: said, inconclusive, and never a pass.
"""

from attrs import evolve, field, frozen

from hocket.scenarios.language.model import REPLAY_VERSION, Duration, Replay, Taken
from hocket.scenarios.prepared import Prepared
from hocket.simulator import Budget, Campaign, CampaignResult, Model, Setting
from hocket.simulator.engine.choices import (
    ChoiceKind,
    ChoicePoint,
    ChoiceSource,
    Deviation,
    Divergence,
)
from hocket.simulator.engine.outcome import Verdict
from hocket.simulator.engine.token import Token
from hocket.simulator.strategies.recorded import LooseReplay, StrictReplay

__all__ = ["deviations_of", "replay_of", "run_replay"]


def replay_of(token: Token) -> Replay:
    """The section that pins a scenario to the schedule of a token."""
    return Replay(
        REPLAY_VERSION,
        token.origin,
        token.model,
        tuple(map(_taken, token.deviations)),
        timers=token.timers,
        entropy=token.entropy,
        cancelling=token.cancel,
        slow_steps=Duration(token.slow_steps) if token.slow_steps else None,
    )


def deviations_of(replay: Replay) -> tuple[Deviation, ...]:
    """The choices of a replay as the simulator has them."""
    return tuple(
        Deviation(
            position=taken.position,
            kind=ChoiceKind(taken.kind),
            label=taken.label,
            index=taken.option,
            arity=taken.options,
            default=taken.default,
            taken=taken.taken,
            preemption=taken.preempting,
        )
        for taken in replay.choices
    )


def run_replay(subject: Prepared, replay: Replay) -> tuple[CampaignResult, str]:
    """Run the one schedule of ``replay``: what came of it, and what a person must know of that."""
    strict = StrictReplay(deviations_of(replay))
    result = _run(subject, replay, strict)
    if _is_own(result, replay):
        return result, ""
    divergence = strict.finish()
    if divergence is not None:
        loose = _run(subject, replay, LooseReplay(deviations_of(replay)))
        if _is_own(loose, replay):
            return loose, "the frozen schedule has moved, and still fails: freeze it again"
    if result.failures:
        return result, f"another failure than the frozen one, which was {replay.fails}"
    if divergence is not None:
        return evolve(result, verdict=Verdict.INCONCLUSIVE), _stale(divergence)
    return result, "the frozen schedule was followed to its end, and did not fail"


def _is_own(result: CampaignResult, replay: Replay) -> bool:
    """Whether it fails for the reason that was frozen."""
    return any(str(failure.origin) == replay.fails for failure in result.failures)


def _stale(divergence: Divergence) -> str:
    return f"stale: the frozen schedule cannot be followed any more, {divergence}"


def _run(subject: Prepared, replay: Replay, source: ChoiceSource) -> CampaignResult:
    campaign = Campaign(
        target=subject.target(),
        strategy=_Once(source),
        setting=Setting(
            model=Model(replay.model),
            entropy=replay.entropy,
            cancel=replay.cancelling,
            timers=replay.timers,
            slow_steps=replay.slow_steps.seconds if replay.slow_steps else 0.0,
        ),
        budget=Budget(schedules=1, shrink_executions=0),
    )
    result = campaign.run()
    if result.verdict is Verdict.INCONCLUSIVE and not (result.failures or result.interrupted):
        return evolve(result, verdict=Verdict.NOT_FOUND)
    return result


@frozen
class _Once:
    """The strategy that answers one schedule from a record, and then has no other."""

    source: ChoiceSource
    name: str = "replay"
    _left: list[None] = field(factory=lambda: [None], init=False)

    def begin(self) -> bool:
        return bool(self._left) and self._left.pop() is None

    def choose(self, point: ChoicePoint) -> int:
        return self.source.choose(point)

    def end(self, steps: int) -> None:
        """Nothing is learned from it."""


def _taken(deviation: Deviation) -> Taken:
    return Taken(
        position=deviation.position,
        taken=deviation.taken,
        default=deviation.default,
        option=deviation.index,
        options=deviation.arity,
        kind=str(deviation.kind),
        label=deviation.label,
        preempting=deviation.preemption,
    )
