"""The cancellation sweep as a campaign, and what it covered."""

from attrs import define, evolve, field

from hocket.simulator.campaign import Campaign, CampaignResult
from hocket.simulator.engine.injection import Coverage, CoveredPoint, Injection, Means
from hocket.simulator.engine.outcome import ExitReason, Verdict
from hocket.simulator.execution import Execution
from hocket.simulator.strategies.sweep import Sweep

__all__ = ["sweep"]


@define
class _Listener:
    """Keeps what became of each planned cancellation."""

    strategy: Sweep
    seen: dict[tuple[str, Means], Injection] = field(
        factory=dict[tuple[str, Means], Injection], init=False
    )

    def hear(self, execution: Execution) -> None:
        """Look at the injection of an explored execution."""
        injection, plan = execution.injection, self.strategy.plan
        if injection is not None and plan is not None and plan.deviation is None:
            self.seen[injection.point, injection.means] = injection

    def coverage(self) -> Coverage:
        """What was planned, and what came of it."""
        points: list[CoveredPoint] = []
        for plan in self.strategy.planned:
            seen = self.seen.get((plan.label, plan.means))
            place, ended = (seen.place, seen.ended) if seen is not None else ("", False)
            points.append(CoveredPoint(plan.label, plan.means, place, ended))
        return Coverage(tuple(points))


def sweep(campaign: Campaign) -> CampaignResult:
    """Run a campaign whose strategy is a :class:`~hocket.simulator.strategies.sweep.Sweep`.

    Its setting must allow cancellations.  Raises :class:`ValueError` for any other campaign.
    """
    strategy = campaign.strategy
    if not isinstance(strategy, Sweep) or campaign.setting.cancel is None:
        raise ValueError("a sweep needs the strategy Sweep and a setting that says what to cancel")
    listener = _Listener(strategy)
    listeners = (campaign.on_execution, listener.hear)

    def hear(execution: Execution) -> None:
        for one in listeners:
            one(execution)

    campaign.on_execution = hear
    result = campaign.run()
    if result.exit_reason is ExitReason.EXHAUSTED:
        verdict = result.verdict if result.failures else Verdict.NOT_FOUND
        result = evolve(result, verdict=verdict, exit_reason=ExitReason.SWEPT)
    return evolve(result, coverage=listener.coverage())
