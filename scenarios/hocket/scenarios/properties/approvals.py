"""Approvals: what a person was asked about happens only as they decided, and once.

Which tools need a person's word is part of the setup, and no event says it; the scenario tells the
checkers by ``Setup.gated_tools``.  A call that an approval was asked for counts as gated anyway.
"""

from typing import ClassVar, Self

from attrs import define, field

from hocket.runtime.protocol.lifecycle import ApprovalStatus
from hocket.scenarios.properties.base import Property, Runs, Setup
from hocket.simulator.invariants import Observation, Violation

__all__ = ["Appr1", "Appr2", "Appr3", "Appr6"]

_VOID = frozenset({ApprovalStatus.CANCELLED, ApprovalStatus.EXPIRED})
_Call = tuple[str, str]


@define(eq=False)
class Appr1(Property):
    """An approval is consumed at most once and before its call starts, and a call that needed one
    starts at most once.
    """

    ID: ClassVar[str] = "APPR-1"
    KINDS: ClassVar[frozenset[str]] = frozenset({"appr.new", "appr.consume", "tool.start"})

    _asked: set[_Call] = field(factory=set[_Call], init=False)
    _consumed: dict[str, int] = field(factory=dict[str, int], init=False)
    _started: dict[_Call, int] = field(factory=dict[_Call, int], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        if seen.kind == "appr.new":
            self._asked.add((seen["run"], seen["call"]))
            return None
        if seen.kind == "appr.consume":
            self.triggered = True
            first = self._consumed.setdefault(seen["approval"], seen.index)
            what = f"approval {seen['approval']} was consumed"
        elif (seen["run"], seen["call"]) in self._asked:
            self.triggered = True
            approval = seen["approval"]
            if approval is not None and approval not in self._consumed:
                return self.violated(
                    f"the approved call {seen['call']} of run {seen['run']} started before"
                    f" approval {approval} was consumed",
                    seen.index,
                )
            first = self._started.setdefault((seen["run"], seen["call"]), seen.index)
            what = f"the approved call {seen['call']} of run {seen['run']} was started"
        else:
            return None
        if first == seen.index:
            return None
        return self.violated(f"{what} twice", first, seen.index)


@define(eq=False)
class Appr2(Property):
    """A tool under an approval rule starts only after the run's own user approved that call with
    those arguments, whether the tool is the server's or a client's.
    """

    ID: ClassVar[str] = "APPR-2"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"run.status", "appr.new", "appr.decide", "tool.start"}
    )

    gated_tools: frozenset[str] = frozenset()
    _runs: Runs = field(factory=Runs, init=False)
    _asked: dict[_Call, str] = field(factory=dict[_Call, str], init=False)
    _approved: dict[str, Observation] = field(factory=dict[str, Observation], init=False)

    @classmethod
    def of(cls, setup: Setup) -> Self:
        return cls(gated_tools=setup.gated_tools)

    def observe(self, seen: Observation) -> Violation | None:
        match seen.kind:
            case "run.status":
                self._runs.learn(seen)
            case "appr.new":
                self._asked[seen["run"], seen["call"]] = seen["approval"]
            case "appr.decide":
                if seen["verdict"] == ApprovalStatus.APPROVED:
                    self._approved[seen["approval"]] = seen
            case _:
                approval = self._asked.get((seen["run"], seen["call"]), seen["approval"])
                if approval is not None or seen["tool"] in self.gated_tools:
                    self.triggered = True
                    return self._judge(seen, self._approved.get(approval or ""))
        return None

    def _judge(self, seen: Observation, decision: Observation | None) -> Violation | None:
        what = f"tool {seen['tool']} of run {seen['run']} started"
        if decision is None:
            return self.violated(f"{what} without the approval it needs", seen.index)
        own = self._runs.get(seen["run"])
        if decision["run"] != seen["run"] or (own is not None and decision["user"] != own.user):
            fault = "by an approval that was not this run's user's to give"
        elif decision["args_hash"] != seen["args_hash"]:
            fault = "with other arguments than were approved"
        else:
            return None
        return self.violated(f"{what} {fault}", decision.index, seen.index)


@define(eq=False)
class Appr3(Property):
    """A call whose approval was denied, cancelled or expired never starts."""

    ID: ClassVar[str] = "APPR-3"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"appr.new", "appr.decide", "appr.end", "tool.start"}
    )

    _calls: dict[str, _Call] = field(factory=dict[str, _Call], init=False)
    _barred: dict[_Call, tuple[str, int]] = field(factory=dict[_Call, tuple[str, int]], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        match seen.kind:
            case "appr.new":
                self._calls[seen["approval"]] = (seen["run"], seen["call"])
            case "appr.decide":
                if seen["verdict"] == ApprovalStatus.DENIED:
                    self._bar(seen, ApprovalStatus.DENIED)
            case "appr.end":
                if seen["reason"] in _VOID:
                    self._bar(seen, seen["reason"])
            case _:
                barred = self._barred.get((seen["run"], seen["call"]))
                if barred is not None:
                    return self.violated(
                        f"tool {seen['tool']} of run {seen['run']} started,"
                        f" though its approval was {barred[0]}",
                        barred[1],
                        seen.index,
                    )
        return None

    def _bar(self, seen: Observation, why: str) -> None:
        call = self._calls.get(seen["approval"])
        if call is not None:
            self.triggered = True
            self._barred.setdefault(call, (why, seen.index))


@define(eq=False)
class Appr6(Property):
    """A decision takes effect only on an approval that is pending."""

    ID: ClassVar[str] = "APPR-6"
    KINDS: ClassVar[frozenset[str]] = frozenset({"appr.new", "appr.decide", "appr.end"})

    _settled: dict[str, Observation | None] = field(
        factory=dict[str, Observation | None], init=False
    )

    def observe(self, seen: Observation) -> Violation | None:
        approval = seen["approval"]
        if seen.kind == "appr.new":
            self._settled[approval] = None
            return None
        settled = self._settled.get(approval, seen)
        if settled is None:
            self._settled[approval] = seen
        if seen.kind == "appr.end":
            return None
        self.triggered = True
        if settled is None:
            return None
        return self.violated(
            f"approval {approval} was decided as {seen['verdict']} when it was not pending",
            *sorted({settled.index, seen.index}),
        )
