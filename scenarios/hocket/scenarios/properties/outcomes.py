"""What an end leaves behind: in the thread, in the background, and in memory."""

from typing import ClassVar, Self

from attrs import define, field

from hocket.runtime.protocol.lifecycle import RunStatus
from hocket.scenarios.properties.base import TERMINAL, Property, Runs, Setup
from hocket.simulator.invariants import Observation, Violation

__all__ = ["Term5", "Term6", "Term8"]

_EXTRACTION = "extraction"


@define(eq=False)
class Term5(Property):
    """Something is learned from a run if and only if it completed, where runs are learned from."""

    ID: ClassVar[str] = "TERM-5"
    KINDS: ClassVar[frozenset[str]] = frozenset({"run.status", "job.sched"})

    learns: bool = False
    _runs: Runs = field(factory=Runs, init=False)
    _owed: dict[str, int] = field(factory=dict[str, int], init=False)

    @classmethod
    def of(cls, setup: Setup) -> Self:
        return cls(learns=setup.memory == "learn")

    def observe(self, seen: Observation) -> Violation | None:
        run = seen["run"]
        if seen.kind == "run.status":
            self._runs.learn(seen)
            if self.learns and seen["new"] == RunStatus.COMPLETED:
                self.triggered = True
                self._owed[run] = seen.index
            return None
        if seen["work"] != _EXTRACTION or run is None:
            return None
        self.triggered = True
        self._owed.pop(run, None)
        own = self._runs.get(run)
        if own is None or own.status == RunStatus.COMPLETED:
            return None
        return self.violated(
            f"something is to be learned from run {run}, which is {own.status}",
            own.index,
            seen.index,
        )

    def conclude(self, time: float) -> Violation | None:
        for run, index in self._owed.items():
            return self.violated(f"nothing is learned from run {run}, which completed", index)
        return None


@define(eq=False)
class Term6(Property):
    """A run that ended otherwise than completed leaves no message in context, and a completed one
    all of them.
    """

    ID: ClassVar[str] = "TERM-6"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"run.status", "msg.append", "msg.withdraw", "tx.commit"}
    )

    _shown: dict[str, int] = field(factory=dict[str, int], init=False)
    _hidden: dict[str, int] = field(factory=dict[str, int], init=False)
    _ends: dict[str, Observation] = field(factory=dict[str, Observation], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        match seen.kind:
            case "msg.append":
                if seen["role"] != "summary":
                    kept = self._shown if seen["in_context"] else self._hidden
                    kept[seen["run"]] = seen.index
            case "msg.withdraw":
                last = self._shown.pop(seen["run"], None)
                if last is not None:
                    self._hidden[seen["run"]] = last
            case "run.status":
                if seen["new"] in TERMINAL:
                    self._ends.setdefault(seen["run"], seen)
            case _:
                return self._judge()
        return None

    def conclude(self, time: float) -> Violation | None:
        return self._judge()

    def _judge(self) -> Violation | None:
        ends, self._ends = self._ends, {}
        for run, end in ends.items():
            self.triggered = True
            completed = end["new"] == RunStatus.COMPLETED
            wrong = (self._hidden if completed else self._shown).get(run)
            if wrong is not None:
                where = "out of context" if completed else "in context"
                return self.violated(
                    f"run {run} is {end['new']} and left messages {where}",
                    *sorted({wrong, end.index}),
                )
        return None


@define(eq=False)
class Term8(Property):
    """When nothing can happen any more, the process knows of exactly the runs that are not over."""

    ID: ClassVar[str] = "TERM-8"
    KINDS: ClassVar[frozenset[str]] = frozenset({"run.status", "quiesce"})

    def observe(self, seen: Observation) -> Violation | None:
        if seen.kind == "run.status":
            self.triggered = True
            return None
        if seen["records"] is None:
            return None
        stored = {run.partition(" ")[0] for run in seen["runs"] or ()}
        for run in sorted(stored ^ set(seen["records"])):
            where = "stored as live but unknown" if run in stored else "known but not live"
            return self.violated(f"run {run} is {where} to the process", seen.index)
        return None
