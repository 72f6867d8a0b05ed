"""Delivery: every call has one fate, every answer finds its call or is dropped, nothing twice.

The cause of a ``wire.resolve`` or ``wire.drop`` is the last ``wire.result``: a runtime settles an
answer in the step in which it read it.
"""

from collections import Counter
from typing import ClassVar

from attrs import define, field

from hocket.runtime.protocol.lifecycle import CallStatus
from hocket.scenarios.properties.base import Property, Wires
from hocket.simulator.invariants import Observation, Violation

__all__ = ["Deliv1", "Deliv2", "Deliv3", "Deliv5", "Deliv6", "Deliv7"]


@define(eq=False)
class Deliv1(Property):
    """Every tool that started ends exactly once, and every delegated call has one fate: resolved,
    timed out, lost or cancelled.

    A call may still end as cancelled after its answer came: the cancellation overtook the turn on
    its way to the answer.
    """

    ID: ClassVar[str] = "DELIV-1"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"tool.start", "tool.end", "wire.execute", "wire.resolve"}
    )

    _open: dict[str, int] = field(factory=dict[str, int], init=False)
    _ended: dict[str, int] = field(factory=dict[str, int], init=False)
    _resolved: dict[str, int] = field(factory=dict[str, int], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        execution = seen["exec"]
        match seen.kind:
            case "tool.end":
                return self._end(execution, seen)
            case "wire.resolve":
                first = self._resolved.setdefault(execution, seen.index)
                if first != seen.index:
                    return self.violated(
                        f"execution {execution} was resolved twice", first, seen.index
                    )
            case _:
                self.triggered = True
                if execution not in self._ended:
                    self._open.setdefault(execution, seen.index)
        return None

    def _end(self, execution: str | None, seen: Observation) -> Violation | None:
        if execution is None:  # a call that never started, and so has nothing to end
            return None
        self._open.pop(execution, None)
        first = self._ended.setdefault(execution, seen.index)
        if first != seen.index:
            return self.violated(f"execution {execution} ended twice", first, seen.index)
        resolved = self._resolved.get(execution)
        if resolved is not None and seen["outcome"] in {CallStatus.TIMED_OUT, CallStatus.LOST}:
            return self.violated(
                f"execution {execution} was resolved, and then ended as {seen['outcome']}",
                resolved,
                seen.index,
            )
        return None

    def conclude(self, time: float) -> Violation | None:
        for execution, index in self._open.items():
            return self.violated(f"execution {execution} never ended", index)
        return None


@define(eq=False)
class Deliv2(Property):
    """A wire id is never used twice on one connection."""

    ID: ClassVar[str] = "DELIV-2"
    KINDS: ClassVar[frozenset[str]] = frozenset({"wire.execute"})

    _used: dict[tuple[str, str], int] = field(factory=dict[tuple[str, str], int], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        self.triggered = True
        first = self._used.setdefault((seen["conn"], seen["wire"]), seen.index)
        if first == seen.index:
            return None
        return self.violated(
            f"wire {seen['wire']} was used twice on {seen['conn']}", first, seen.index
        )


@define(eq=False)
class Deliv3(Property):
    """An answer that resolves a call has a status and a result and names the tool of the call."""

    ID: ClassVar[str] = "DELIV-3"
    KINDS: ClassVar[frozenset[str]] = frozenset({"wire.execute", "wire.result", "wire.resolve"})

    _tools: dict[str, str] = field(factory=dict[str, str], init=False)
    _answer: Observation | None = field(default=None, init=False)

    def observe(self, seen: Observation) -> Violation | None:
        if seen.kind == "wire.execute":
            self._tools[seen["exec"]] = seen["tool"]
            return None
        if seen.kind == "wire.result":
            self._answer = seen
            return None
        self.triggered = True
        answer = self._answer or seen
        expected = self._tools.get(seen["exec"], seen["tool"])
        if answer["tool"] != expected:
            fault = f"an answer that names {answer['tool'] or 'no tool'}"
        elif seen["status"] is None or seen["value"] is None:
            fault = "an answer without a status or a result"
        else:
            return None
        return self.violated(
            f"a call of {expected} was resolved by {fault}", *sorted({answer.index, seen.index})
        )


@define(eq=False)
class Deliv5(Property):
    """An answer for a call that ended, or that was answered before, is dropped and does nothing
    else.
    """

    ID: ClassVar[str] = "DELIV-5"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"conn.auth", "wire.execute", "wire.result", "wire.resolve", "wire.drop", "tool.end"}
    )

    _wires: Wires = field(factory=Wires, init=False)
    _ended: set[str] = field(factory=set[str], init=False)
    _late: Observation | None = field(default=None, init=False)

    def observe(self, seen: Observation) -> Violation | None:
        match seen.kind:
            case "wire.result":
                unsettled = self._unsettled()
                self._late = seen if self._is_late(seen["conn"], seen["wire"]) else None
                self.triggered = self.triggered or self._late is not None
                return unsettled
            case "wire.resolve":
                self._ended.add(seen["exec"])
                if self._late is not None:
                    return self.violated(
                        f"an answer for the ended wire {self._late['wire']}"
                        f" resolved execution {seen['exec']}",
                        self._late.index,
                        seen.index,
                    )
            case "wire.drop":
                self._late = None
            case "tool.end":
                self._ended.add(seen["exec"])
            case _:
                self._wires.learn(seen)
        return None

    def conclude(self, time: float) -> Violation | None:
        return self._unsettled()

    def _is_late(self, conn: str, wire: str) -> bool:
        sent = self._wires.on(conn, wire) or self._wires.through(conn, wire)
        return not self._ended.isdisjoint(sent)

    def _unsettled(self) -> Violation | None:
        if self._late is None:
            return None
        return self.violated(
            f"an answer for the ended wire {self._late['wire']} was not dropped", self._late.index
        )


@define(eq=False)
class Deliv6(Property):
    """In every prompt each call of the assistant is followed directly by exactly one tool message,
    and no tool message stands without its call.

    Calls of one step may stand together, their tool messages after them in any order.
    """

    ID: ClassVar[str] = "DELIV-6"
    KINDS: ClassVar[frozenset[str]] = frozenset({"llm.request"})

    def observe(self, seen: Observation) -> Violation | None:
        unanswered: Counter[str] = Counter()
        for role, _content, call in seen["messages"]:
            if role == "tool":
                self.triggered = True
                if not unanswered[call]:
                    return self.violated(
                        f"a prompt of run {seen['run']} has a tool message for {call}"
                        " without a call that waits for it",
                        seen.index,
                    )
                unanswered[call] -= 1
            elif role == "assistant" and call is not None:
                self.triggered = True
                unanswered[call] += 1
            elif unanswered.total():
                break
        for call in unanswered.elements():
            return self.violated(
                f"a prompt of run {seen['run']} has a call {call} without its tool message",
                seen.index,
            )
        return None


@define(eq=False)
class Deliv7(Property):
    """A proposed call has its side effect at most once."""

    ID: ClassVar[str] = "DELIV-7"
    KINDS: ClassVar[frozenset[str]] = frozenset({"tool.effect"})

    _effects: dict[tuple[str, str], int] = field(factory=dict[tuple[str, str], int], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        self.triggered = True
        first = self._effects.setdefault((seen["run"], seen["call"]), seen.index)
        if first == seen.index:
            return None
        return self.violated(
            f"call {seen['call']} of run {seen['run']} had its effect twice", first, seen.index
        )
