"""Results: an answer that came in time is not lost."""

from typing import ClassVar

from attrs import define, field

from hocket.scenarios.properties.base import Property, Wires
from hocket.simulator.invariants import Observation, Violation

__all__ = ["Deliv4"]


@define(eq=False)
class Deliv4(Property):
    """A valid answer to an open call resolves it; its text is kept with the run, and the run's next
    prompt, if there is one, has it.
    """

    ID: ClassVar[str] = "DELIV-4"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {
            *("conn.auth", "wire.execute", "wire.result", "wire.resolve", "wire.drop"),
            *("tool.start", "tool.end", "llm.request", "msg.append"),
            *("proc.crash", "thread.status"),
        }
    )

    _wires: Wires = field(factory=Wires, init=False)
    _calls: dict[str, tuple[str, str]] = field(factory=dict[str, tuple[str, str]], init=False)
    _tools: dict[str, str] = field(factory=dict[str, str], init=False)
    _expected: tuple[str, int] | None = field(default=None, init=False)
    _owed: dict[tuple[str, str], tuple[str, int]] = field(
        factory=dict[tuple[str, str], tuple[str, int]], init=False
    )
    _unkept: dict[tuple[str, str], int] = field(factory=dict[tuple[str, str], int], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        match seen.kind:
            case "conn.auth" | "wire.execute":
                self._wires.learn(seen)
                if seen.kind == "wire.execute":
                    self._tools[seen["exec"]] = seen["tool"]
            case "wire.result":
                self._expected = self._expect(seen)
            case "wire.drop":
                return self._dropped(seen)
            case "wire.resolve":
                self._expected = None
                self._tools.pop(seen["exec"], None)
                call = self._calls.get(seen["exec"])
                if call is not None and seen["value"] is not None:
                    self._owed[call] = (seen["value"], seen.index)
                    self._unkept[call] = seen.index
            case "tool.start":
                if seen["call"] is not None:
                    self._calls[seen["exec"]] = (seen["run"], seen["call"])
            case "tool.end":
                self._tools.pop(seen["exec"], None)
            case "llm.request":
                return self._prompted(seen)
            case "msg.append":
                if seen["role"] == "tool":
                    self._unkept.pop((seen["run"], seen["call"]), None)
            case _:
                self._excuse(seen)
        return None

    def conclude(self, time: float) -> Violation | None:
        for (run, call), index in self._unkept.items():
            return self.violated(f"the result of call {call} of run {run} was not kept", index)
        return None

    def _expect(self, seen: Observation) -> tuple[str, int] | None:
        for execution in sorted(self._wires.on(seen["conn"], seen["wire"])):
            known = self._tools.get(execution)
            if known is not None and known == seen["tool"] and seen["value"] is not None:
                self.triggered = True
                return execution, seen.index
        return None

    def _dropped(self, seen: Observation) -> Violation | None:
        expected, self._expected = self._expected, None
        if expected is None or expected[0] not in self._tools:
            return None
        return self.violated(
            f"a valid answer to the open call {expected[0]} was dropped", expected[1], seen.index
        )

    def _prompted(self, seen: Observation) -> Violation | None:
        owed = {call: found for (run, call), found in self._owed.items() if run == seen["run"]}
        if not owed:
            return None
        said = {call: content for role, content, call in seen["messages"] if role == "tool"}
        for call, (value, index) in owed.items():
            del self._owed[seen["run"], call]
            if said.get(call) != value:
                return self.violated(
                    f"the result of call {call} is not in the next prompt of run {seen['run']}",
                    index,
                    seen.index,
                )
        return None

    def _excuse(self, seen: Observation) -> None:
        """A crash loses what was not stored, and a deleted thread takes its runs with it."""
        if seen.kind == "proc.crash" or (seen.kind == "thread.status" and seen["new"] == "deleted"):
            self._owed.clear()
            self._unkept.clear()
            self._tools.clear()
