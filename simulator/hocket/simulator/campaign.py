"""The one loop: executions of one target by one strategy within one budget.

A campaign asks the strategy for schedules until its budget is spent, the space is exhausted or a
failure stops it.  Every failure is executed again before it is believed: once from its raw choices
with a full trace, once more from its deviations, and the two traces must be equal; a difference is
reported as nondeterminism with the first event that differs, never retried.  Then it is shrunk.
Failures of one origin are one finding, told by its simplest counterexample.

This module is long because what becomes of a failure stands beside the loop that met it.
"""

import time
from collections.abc import Callable
from typing import Protocol

import trio
from attrs import define, field, frozen

from hocket.simulator.engine.choices import ChoiceSource
from hocket.simulator.engine.explanation import Explanation
from hocket.simulator.engine.injection import Coverage
from hocket.simulator.engine.outcome import ExitReason, Failure, FailureKind, Origin, Verdict
from hocket.simulator.engine.statistics import Sample
from hocket.simulator.engine.token import Token, encode
from hocket.simulator.execution import Execution, Rejection, Setting, Target, execute
from hocket.simulator.explaining import explain
from hocket.simulator.interrupts import Interrupts, interruptible
from hocket.simulator.labelling import label
from hocket.simulator.memory import collecting
from hocket.simulator.nondeterminism import locate, repetition_difference, trace_difference
from hocket.simulator.run_queue import SPIN_LIMIT
from hocket.simulator.shrinking import shrink
from hocket.simulator.strategies import Exhaustive, Strategy, watch
from hocket.simulator.strategies.recorded import Recorded, StrictReplay
from hocket.simulator.strategies.strategy import watcher_of
from hocket.simulator.tallying import Tally
from hocket.simulator.trio_kernel import Kernel
from hocket.simulator.world import simulated_world

__all__ = ["Budget", "Campaign", "CampaignResult", "Executor", "token_of"]


@frozen
class Budget:
    """The limits of a campaign: schedules, wall seconds, and executions spent on each failure.

    ``shrink_executions`` are those of making it simpler, ``explain_executions`` those of finding a
    schedule near it that passes, ``lockstep_schedules`` those of looking for it in lockstep; with 0
    it is not explained, or gets no label.
    """

    schedules: int = 1_000
    seconds: float | None = None
    shrink_executions: int = 500
    explain_executions: int = 12
    lockstep_schedules: int = 50


@frozen
class CampaignResult:
    """What a campaign concludes.

    ``schedules`` counts the executions explored (not those of confirming and shrinking);
    ``failures`` has one counterexample per origin, in the order they were met; ``triggered`` names
    the invariants that had something to judge in at least one schedule; ``seconds`` is wall time;
    ``coverage`` says which cancellation points a sweep has tried; ``unfair`` counts the schedules
    in which the fairness rule put a task that only spins behind the others, which leaves nothing
    to call verified.  ``samples`` says what each member of the strategy drew, and ``classes`` how
    many happens-before classes they met together, ``None`` if nobody counted.
    """

    target: str
    verdict: Verdict
    schedules: int
    failures: tuple[Failure, ...]
    strategy: str
    seed: int
    model: str
    exit_reason: ExitReason
    seconds: float
    triggered: frozenset[str] = frozenset()
    coverage: Coverage | None = None
    unfair: int = 0
    samples: tuple[Sample, ...] = ()
    classes: int | None = None

    @property
    def interrupted(self) -> bool:
        """Whether a person stopped it, so that the verdict covers only what was done."""
        return self.exit_reason is ExitReason.INTERRUPTED


class Executor(Protocol):
    """Runs a target once, with its choices answered by ``source``; see :func:`execute`."""

    def __call__(
        self,
        target: Target,
        source: ChoiceSource,
        setting: Setting,
        *,
        traced: bool = False,
        prepare: Callable[[Kernel], None] | None = None,
    ) -> Execution: ...


def _nobody(_done: int) -> None:
    """The listener of a campaign without a progress bar."""


def _keep(_execution: Execution) -> None:
    """The listener of a campaign whose executions nobody else looks at."""


@define
class Campaign:
    """One campaign, made from values and run once.

    ``seed`` is what ``strategy`` was made from, for the record.  ``keep_going`` explores the whole
    budget and collects one finding per origin instead of stopping at the first failure.
    ``executor`` runs the target, for targets that are more than an async function.
    ``by_class`` counts the happens-before classes, at a price of a few percent of time.
    ``on_schedule`` hears the number of schedules done, ``on_execution`` each explored execution.
    """

    target: Target
    strategy: Strategy
    seed: int = 0
    setting: Setting = field(factory=Setting)
    budget: Budget = field(factory=Budget)
    keep_going: bool = False
    executor: Executor = execute
    by_class: bool = False
    on_schedule: Callable[[int], None] = _nobody
    on_execution: Callable[[Execution], None] = _keep
    _interrupts: Interrupts = field(factory=Interrupts, init=False)
    _findings: dict[Origin, Failure] = field(factory=dict[Origin, Failure], init=False)
    _doubtful: set[Origin] = field(factory=set[Origin], init=False)
    _triggered: set[str] = field(factory=set[str], init=False)
    _unfair: int = field(default=0, init=False)
    _tally: Tally = field(init=False)

    def run(self) -> CampaignResult:
        """Explore, and say what was found."""
        started = time.monotonic()
        deadline = None if self.budget.seconds is None else started + self.budget.seconds
        name = self.strategy.name if not hasattr(self.strategy, "members") else "portfolio"
        done = 0
        self._tally = Tally(self.strategy, self.by_class)
        with (
            collecting() as collector,
            interruptible() as self._interrupts,
            simulated_world(self.target.main),
        ):
            while (reason := self._reason_to_stop(done, deadline)) is None:
                execution = self._execute(self.strategy)
                self.strategy.end(execution.end.steps - execution.end.apart)
                if execution.interrupted:
                    reason = ExitReason.INTERRUPTED
                    break
                done += 1
                self._tally.end()
                self._triggered |= execution.triggered
                self._unfair += execution.end.unfair
                self.on_execution(execution)
                if execution.rejection is not None:
                    self._confirm(execution, done)
                del execution
                collector.between()
                self.on_schedule(done)
        return CampaignResult(
            target=self.target.name,
            verdict=self._verdict(reason),
            schedules=done,
            failures=tuple(self._findings.values()),
            strategy=name,
            seed=self.seed,
            model=str(self.setting.model),
            exit_reason=reason,
            seconds=time.monotonic() - started,
            triggered=frozenset(self._triggered),
            unfair=self._unfair,
            samples=self._tally.samples(),
            classes=self._tally.classes,
        )

    def _reason_to_stop(self, done: int, deadline: float | None) -> ExitReason | None:
        if self._interrupts.asked:
            return ExitReason.INTERRUPTED
        if self._findings and not self.keep_going:
            return ExitReason.FAILURE
        if done >= self.budget.schedules:
            return ExitReason.BUDGET
        if deadline is not None and time.monotonic() >= deadline:
            return ExitReason.TIME
        return None if self.strategy.begin() else ExitReason.EXHAUSTED

    def _verdict(self, reason: ExitReason) -> Verdict:
        verdicts = {failure.kind.verdict for failure in self._findings.values()}
        for verdict in (Verdict.FAILED, Verdict.NONDETERMINISTIC, Verdict.UNSUPPORTED):
            if verdict in verdicts:
                return verdict
        if verdicts or reason is ExitReason.INTERRUPTED:
            return Verdict.INCONCLUSIVE
        if reason is not ExitReason.EXHAUSTED:
            return Verdict.NOT_FOUND
        # Orders that the fairness rule ruled out were not explored, whatever the strategy says.
        complete = isinstance(self.strategy, Exhaustive) and self.strategy.complete
        return Verdict.VERIFIED if complete and not self._unfair else Verdict.INCONCLUSIVE

    def _explored(self, kernel: Kernel) -> None:
        """An execution of the strategy is about to start."""
        self._interrupts.watch(kernel)
        watch(self.strategy, kernel)
        self._tally.begin(kernel)

    def _execute(self, source: ChoiceSource, *, traced: bool = False) -> Execution:
        exploring = source is self.strategy
        return self.executor(
            self.target,
            source,
            self.setting,
            traced=traced,
            prepare=self._explored if exploring else self._interrupts.watch,
        )

    def _run_in(
        self, source: ChoiceSource, setting: Setting, instrument: trio.abc.Instrument | None = None
    ) -> Execution:
        def prepare(kernel: Kernel) -> None:
            self._interrupts.watch(kernel)
            if instrument is not None:
                kernel.watch(instrument)

        return self.executor(self.target, source, setting, prepare=prepare)

    def _confirm(self, seen: Execution, schedule: int) -> None:
        """Execute a rejected schedule again, shrink it, and file it under its origin."""
        assert seen.rejection is not None
        if seen.rejection.origin in self._findings or seen.rejection.origin in self._doubtful:
            return
        first, difference = self._repeated(seen)
        if difference is not None and watcher_of(self.strategy) is not None:
            # A watcher keeps objects alive for longer, so what it saw is a hint and no evidence.
            if first.rejection is None or self._interrupts.asked:
                return
            first, difference = self._repeated(first)
        if self._interrupts.asked:
            return
        if difference is None:
            first = shrink(
                first,
                lambda source: self._execute(source, traced=True),
                executions_max=self.budget.shrink_executions,
            )
            replay = StrictReplay(first.deviations)
            second = self._execute(replay, traced=True)
            difference = trace_difference(first, second, replay.finish())
        rejection = first.rejection
        if difference is not None or rejection is None:
            self._doubtful.add(seen.rejection.origin)
            rejection = self._nondeterminism(first, difference or "")
        explanation = self._explain(first, rejection)
        if self._interrupts.asked:
            return
        self._file(first, schedule, rejection, explanation)

    def _repeated(self, seen: Execution) -> tuple[Execution, str | None]:
        """The same choices once more, with a full trace, and how that differs."""
        record = Recorded(seen.choices, seen.arities)
        again = self._execute(record, traced=True)
        return again, repetition_difference(seen, again, record.finish())

    def _explain(self, failing: Execution, rejection: Rejection) -> Explanation | None:
        executions_max = self.budget.explain_executions
        if executions_max < 1 or rejection.origin.kind.verdict is not Verdict.FAILED:
            return None
        return explain(
            failing,
            lambda source: self._execute(source, traced=True),
            self.target,
            executions_max=executions_max,
        )

    def _nondeterminism(self, first: Execution, difference: str) -> Rejection:
        """Say where executions with the choices of ``first`` part, after one that differed."""
        parting = locate(
            lambda: self._execute(Recorded(first.choices, first.arities), traced=True), first
        )
        place = parting.place if parting is not None else ""
        told = "; ".join(filter(None, (difference, str(parting or ""))))
        return Rejection(
            Origin(FailureKind.NONDETERMINISTIC, "nondeterministic", place),
            f"the same choices gave another execution: {told}",
        )

    def _file(
        self,
        execution: Execution,
        schedule: int,
        rejection: Rejection,
        explanation: Explanation | None,
    ) -> None:
        asked = self.budget.lockstep_schedules if rejection is execution.rejection else 0
        lockstep = label(execution, self._run_in, self.setting, schedules=asked)
        token = token_of(self.target, self.setting, execution, rejection.origin)
        self._findings[rejection.origin] = Failure(
            kind=rejection.origin.kind,
            origin=rejection.origin,
            message=rejection.message,
            token=encode(token),
            deviations=execution.deviations,
            digest=token.digest,
            schedule=schedule,
            strategy=self.strategy.name,
            model=str(self.setting.model),
            clashing=rejection.clashing,
            waits=rejection.waits,
            explanation=explanation,
            lockstep=lockstep,
        )


def token_of(target: Target, setting: Setting, execution: Execution, origin: Origin) -> Token:
    """The token that replays a traced ``execution`` of ``target``."""
    return Token(
        target=target.name,
        source=target.source,
        model=str(setting.model),
        deviations=execution.deviations,
        digest=execution.trace.digest() if execution.trace else "",
        origin=str(origin),
        context=target.context,
        entropy=setting.entropy,
        cancel=setting.cancel,
        spin_limit=SPIN_LIMIT,
        timers=setting.timers,
        slow_steps=setting.slow_steps,
        profile=str(setting.profile),
    )
