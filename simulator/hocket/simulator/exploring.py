"""The front door for any async function: explore it, and replay what was found."""

import hashlib
import inspect
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypedDict, Unpack

from attrs import frozen

from hocket.simulator.campaign import Budget, Campaign, CampaignResult, token_of
from hocket.simulator.endings import Model, Profile
from hocket.simulator.engine.choices import Divergence, describe_cost
from hocket.simulator.engine.outcome import FailureKind, Origin, Verdict, describe_cycle
from hocket.simulator.engine.token import Token, decode
from hocket.simulator.execution import Execution, Rejection, Setting, Target, execute
from hocket.simulator.interrupts import interruptible
from hocket.simulator.memory import collecting
from hocket.simulator.run_queue import SPIN_LIMIT
from hocket.simulator.strategies import Rare, make_strategy, placing
from hocket.simulator.strategies.recorded import StrictReplay
from hocket.simulator.strategies.sweep import Sweep
from hocket.simulator.sweeping import sweep
from hocket.simulator.world import simulated_world

__all__ = [
    "CounterexampleFound",
    "ReplayResult",
    "explore",
    "explore_or_raise",
    "replay",
    "replay_target",
    "setting_of",
    "target_of",
]

AsyncFunction = Callable[[], Awaitable[object]]


class Reach(TypedDict, total=False):
    """How far a campaign of :func:`explore` goes.

    ``keep_going`` explores the whole budget instead of stopping at the first failure.  A ``bound``
    such as ``"preemptions=2"`` (or ``delays``, or ``deviations``) explores every schedule within
    it, and the verdict is ``verified`` when the budget sufficed.

    ``sweep`` is ``cancel`` for a cancellation at each point of each chosen task in turn, then at
    each after one deviation, instead of ``strategy``; the result then has a ``coverage``.
    ``sweep_tasks`` are shell patterns of the names or paths of the chosen tasks; without any, they
    are the main task and those that it spawns.

    Without ``timers``, which is on by default, deadlines that are due at one instant fire together;
    with it their order is a choice of the schedule, and other steps may come between them.  With
    ``slow_steps`` one step of a schedule may last until a deadline comes that is at most so many
    virtual seconds away, though tasks could run.

    With ``cancel``, patterns of names or paths of tasks as ``sweep_tasks`` are, the strategy
    cancels one of these tasks once in every second schedule, wherever it can be reached.

    The ``profile`` is ``full``, or ``bench`` to count choices as benchmarks with exact figures do
    (see :class:`~hocket.simulator.endings.Profile`).

    ``by_class`` counts the happens-before classes of the schedules, for the ``classes`` and the
    ``samples`` of the result; that takes some percent of the time.
    """

    keep_going: bool
    bound: str | None
    sweep: str | None
    sweep_tasks: Sequence[str]
    timers: bool
    slow_steps: float
    cancel: Sequence[str] | None
    profile: str
    by_class: bool


class CounterexampleFound(AssertionError):
    """Raised by :func:`explore_or_raise`; ``result`` is the whole :class:`CampaignResult`."""

    def __init__(self, result: CampaignResult) -> None:
        failure = result.failures[0]
        lines = [
            f"{failure.message} (schedule {failure.schedule}, {failure.strategy})",
            *(f"  {wait}" for wait in failure.waits),
            *([f"  in a circle: {describe_cycle(failure.wait_cycle)}"] * bool(failure.wait_cycle)),
            f"{describe_cost(failure.deviations)}:",
            *(f"  {deviation}" for deviation in failure.deviations),
            f"replay: hocket.simulator.replay(target, {failure.token!r})",
        ]
        super().__init__("\n".join(lines))
        self.result = result


def explore(
    target: AsyncFunction,
    *,
    schedules: int = 1_000,
    seed: int = 0,
    strategy: str = "portfolio",
    model: str = "free",
    **reach: Unpack[Reach],
) -> CampaignResult:
    """Run an async function without arguments under many schedules, and say what was found.

    ``schedules`` bounds the executions and ``seed`` decides them.  ``strategy`` is one of
    :data:`~hocket.simulator.strategies.STRATEGIES`.  ``model`` is ``free`` (any runnable task
    may go next, as reordered I/O can make it) or ``lockstep`` (the orders within one pass of Trio).
    What else may be asked for is in :class:`Reach`.  Raises :class:`ValueError` for an unknown
    strategy, model, bound, sweep or profile; what the target raises is a failure in the result.

    Two tasks that read, wait and write lose one of their updates in some schedules:

    >>> import trio
    >>> async def target():
    ...     counter = {"value": 0}
    ...
    ...     async def increment():
    ...         seen = counter["value"]
    ...         await trio.lowlevel.checkpoint()
    ...         counter["value"] = seen + 1
    ...
    ...     async with trio.open_nursery() as nursery:
    ...         nursery.start_soon(increment)
    ...         nursery.start_soon(increment)
    ...     assert counter["value"] == 2, "an update was lost"
    >>> result = explore(target)
    >>> str(result.verdict), result.failures[0].preemptions
    ('failed', 1)
    >>> replay(target, result.failures[0].token).reproduced
    True
    """
    swept = _sweeps(reach.get("sweep"))
    setting = Setting(
        model=_model(model),
        cancel=_cancelled(reach, swept=swept),
        timers=reach.get("timers", True),
        slow_steps=reach.get("slow_steps", 0.0),
        profile=_profile(reach.get("profile", "full")),
    )
    found = Sweep() if swept else make_strategy(strategy, seed, reach.get("bound"))
    campaign = Campaign(
        target=target_of(target),
        strategy=placing(found, seed, *_rare(setting)),
        seed=seed,
        setting=setting,
        budget=Budget(schedules=schedules),
        keep_going=reach.get("keep_going", False),
        by_class=reach.get("by_class", False),
    )
    return sweep(campaign) if swept else campaign.run()


def explore_or_raise(
    target: AsyncFunction,
    *,
    schedules: int = 1_000,
    seed: int = 0,
    strategy: str = "portfolio",
    model: str = "free",
) -> CampaignResult:
    """As :func:`explore`, but a failure raises :class:`CounterexampleFound`, for use in tests."""
    result = explore(target, schedules=schedules, seed=seed, strategy=strategy, model=model)
    if result.failures:
        raise CounterexampleFound(result)
    return result


@frozen
class ReplayResult:
    """What a replay came to.

    ``reproduced`` says that the recorded failure was seen again with the same trace; otherwise
    ``reason`` says what was different, and ``verdict`` is ``inconclusive`` for a stale token and
    ``nondeterministic`` for a target that behaved otherwise under the same choices.
    """

    verdict: Verdict
    reason: str
    execution: Execution | None
    digest: str

    @property
    def reproduced(self) -> bool:
        """Whether the failure of the token was seen again, event by event."""
        return self.verdict is Verdict.FAILED and not self.reason


def replay(target: AsyncFunction, token: str) -> ReplayResult:
    """Run ``target`` once more under the exact schedule of ``token``.

    Raises :class:`~hocket.simulator.engine.token.TokenError` for text that is no token.  A token
    of another target, or of one whose source was edited since, is stale: nothing is run.
    """
    return replay_target(target_of(target), decode(token))


def replay_target(target: Target, token: Token) -> ReplayResult:
    """As :func:`replay`, for a target that was built otherwise and a token already decoded."""
    if token.target != target.name:
        return _stale(f"the token is of {token.target}, not of {target.name}")
    if token.source != target.source:
        return _stale(f"{target.name}, or what it runs, was edited since the token was made")
    if token.spin_limit != SPIN_LIMIT:
        return _stale(
            f"its tasks spin after {token.spin_limit} checkpoints, and now after {SPIN_LIMIT}"
        )
    source = StrictReplay(token.deviations)
    setting = setting_of(token)
    with collecting(), interruptible() as interrupts, simulated_world(target.main):
        execution = execute(target, source, setting, traced=True, prepare=interrupts.watch)
    if execution.interrupted:
        return ReplayResult(Verdict.INCONCLUSIVE, "interrupted", execution, "")
    return _compare(target, setting, token, execution, source.finish())


def setting_of(token: Token) -> Setting:
    """The setting in which the execution of a token was recorded."""
    return Setting(
        model=_model(token.model),
        entropy=token.entropy,
        cancel=token.cancel,
        timers=token.timers,
        slow_steps=token.slow_steps,
        profile=_profile(token.profile),
    )


def _compare(
    target: Target,
    setting: Setting,
    token: Token,
    execution: Execution,
    divergence: Divergence | None,
) -> ReplayResult:
    rejection = execution.rejection or Rejection(Origin(FailureKind.EXCEPTION, "", ""), "")
    again = token_of(target, setting, execution, rejection.origin)
    reason = ""
    if divergence is not None:
        reason = str(divergence)
    elif execution.rejection is None:
        reason = f"it did not fail, and the recorded failure was {token.origin}"
    elif again.origin != token.origin:
        reason = f"it failed as {again.origin}, and the recorded failure was {token.origin}"
    elif again.digest != token.digest:
        reason = f"its trace has digest {again.digest}, and the recorded one {token.digest}"
    verdict = rejection.origin.kind.verdict if not reason else Verdict.NONDETERMINISTIC
    return ReplayResult(verdict, reason, execution, again.digest)


def _cancelled(reach: Reach, *, swept: bool) -> tuple[str, ...] | None:
    """The patterns of the tasks that a schedule may cancel; ``None`` for no cancellation."""
    patterns = reach.get("sweep_tasks", ()) if swept else reach.get("cancel")
    return None if patterns is None else tuple(patterns)


def _rare(setting: Setting) -> list[Rare]:
    """What is placed once a schedule, where it is asked for."""
    asked = {Rare.SLOW_STEP: setting.slow_steps > 0, Rare.CANCELLATION: setting.cancel is not None}
    return [rare for rare, wanted in asked.items() if wanted]


def _sweeps(name: str | None) -> bool:
    if name not in (None, "cancel"):
        raise ValueError(f"there is no sweep {name!r}; there is cancel")
    return name is not None


def _stale(why: str) -> ReplayResult:
    return ReplayResult(Verdict.INCONCLUSIVE, f"stale token: {why}", None, "")


def _profile(name: str) -> Profile:
    if name not in set(Profile):
        raise ValueError(f"there is no profile {name!r}; choose full or bench")
    return Profile(name)


def _model(name: str) -> Model:
    if name not in set(Model):
        raise ValueError(f"there is no scheduling model {name!r}; choose free or lockstep")
    return Model(name)


def target_of(function: AsyncFunction) -> Target:
    """An async function as a target: its qualified name, and a digest of the file it is in."""
    inner = inspect.unwrap(function)
    module = getattr(inner, "__module__", "")
    name = getattr(inner, "__qualname__", type(inner).__qualname__)
    return Target(name=f"{module}:{name}", source=_source_digest(inner), main=function)


def _source_digest(function: object) -> str:
    try:
        path = inspect.getsourcefile(function)  # type: ignore[arg-type]
        content = Path(path).read_bytes() if path else b""
    except (TypeError, OSError):
        return ""
    return hashlib.sha256(content).hexdigest()[:16]
