"""Terminal states: a run has one fate, and nothing happens on its behalf afterwards."""

from typing import ClassVar

from attrs import define, field

from hocket.runtime.protocol.lifecycle import RUN_TABLE, RunStatus
from hocket.scenarios.properties.base import TERMINAL, Property, RunFacts, Runs
from hocket.simulator.invariants import Observation, Violation

__all__ = ["Term1", "Term2", "Term4", "Term7"]


@define(eq=False)
class Term1(Property):
    """A run that completed, failed, was cancelled or expired never changes its status again."""

    ID: ClassVar[str] = "TERM-1"
    KINDS: ClassVar[frozenset[str]] = frozenset({"run.status"})

    _ended: dict[str, Observation] = field(factory=dict[str, Observation], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        end = self._ended.get(seen["run"])
        if end is not None:
            return self.violated(
                f"run {seen['run']} became {seen['new']} after it was {end['new']}",
                end.index,
                seen.index,
            )
        if seen["new"] in TERMINAL:
            self.triggered = True
            self._ended[seen["run"]] = seen
        return None


@define(eq=False)
class Term2(Property):
    """Every change of a run's status starts from its last status and is an edge of the table."""

    ID: ClassVar[str] = "TERM-2"
    KINDS: ClassVar[frozenset[str]] = frozenset({"run.status"})

    _last: dict[str, Observation] = field(factory=dict[str, Observation], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        self.triggered = True
        run, old, new = seen["run"], seen["old"], seen["new"]
        last = self._last.get(run)
        self._last[run] = seen
        was = last["new"] if last is not None else None
        before = () if last is None else (last.index,)
        if old != was:
            return self.violated(
                f"run {run} went from {old} to {new}, but it was {was}", *before, seen.index
            )
        if new not in RUN_TABLE.get(old, frozenset()):
            return self.violated(f"run {run} went from {old} to {new}", *before, seen.index)
        return None


@define(eq=False)
class Term4(Property):
    """No tool of a run starts after the run saw its cancellation or met its fate, and no tool has
    an effect after it ended.
    """

    ID: ClassVar[str] = "TERM-4"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"cancel.seen", "run.status", "tool.start", "tool.effect", "tool.end"}
    )

    _over: dict[str, int] = field(factory=dict[str, int], init=False)
    _ended: dict[str, int] = field(factory=dict[str, int], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        match seen.kind:
            case "cancel.seen":
                self._over.setdefault(seen["run"], seen.index)
            case "run.status":
                if seen["new"] in TERMINAL:
                    self._over.setdefault(seen["run"], seen.index)
            case "tool.end":
                self._ended.setdefault(seen["exec"], seen.index)
            case "tool.start":
                self.triggered = True
                if seen["run"] in self._over:
                    return self.violated(
                        f"tool {seen['tool']} of run {seen['run']} started after the run was over",
                        self._over[seen["run"]],
                        seen.index,
                    )
            case _:
                if seen["exec"] in self._ended:
                    return self.violated(
                        f"tool {seen['tool']} of run {seen['run']} had its effect after it ended",
                        self._ended[seen["exec"]],
                        seen.index,
                    )
        return None


@define(eq=False)
class Term7(Property):
    """A run whose cancellation was acknowledged as cancelled ends as cancelled."""

    ID: ClassVar[str] = "TERM-7"
    KINDS: ClassVar[frozenset[str]] = frozenset({"run.status", "cancel.ack"})

    _runs: Runs = field(factory=Runs, init=False)
    _acknowledged: dict[str, int] = field(factory=dict[str, int], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        run = seen["run"]
        if seen.kind == "run.status":
            self._runs.learn(seen)
        elif seen["status"] == RunStatus.CANCELLED:
            self.triggered = True
            self._acknowledged.setdefault(run, seen.index)
        own = self._runs.get(run)
        if run not in self._acknowledged or own is None or own.live:
            return None
        return self._broken(run, own)

    def conclude(self, time: float) -> Violation | None:
        for run in self._acknowledged:
            own = self._runs.get(run)
            if own is not None and (violation := self._broken(run, own)) is not None:
                return violation
        return None

    def _broken(self, run: str, own: RunFacts) -> Violation | None:
        if own.status == RunStatus.CANCELLED:
            return None
        return self.violated(
            f"run {run} was acknowledged as cancelled, and is {own.status}",
            *sorted({self._acknowledged[run], own.index}),
        )
