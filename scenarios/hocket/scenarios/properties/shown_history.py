"""The history that a prompt shows: what was committed, in the order of its completion."""

from typing import ClassVar

from attrs import define, field

from hocket.runtime.protocol.lifecycle import RunStatus
from hocket.scenarios.properties.base import Property
from hocket.simulator.invariants import Observation, Violation

__all__ = ["Ord6"]

_Said = tuple[str, str | None]


@define(eq=False)
class Ord6(Property):
    """A prompt shows the turns of its thread that were completed when its segment began, in the
    order of their completion, and then the run's own messages.

    A summary stands for the turns that were completed before it.
    """

    ID: ClassVar[str] = "ORD-6"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"run.status", "msg.append", "msg.withdraw", "hist.load", "llm.request"}
    )

    _said: dict[str, list[_Said]] = field(factory=dict[str, list[_Said]], init=False)
    _completed: dict[str, list[str]] = field(factory=dict[str, list[str]], init=False)
    _past: dict[str, tuple[list[_Said], int]] = field(
        factory=dict[str, tuple[list[_Said], int]], init=False
    )

    def observe(self, seen: Observation) -> Violation | None:
        match seen.kind:
            case "run.status":
                if seen["new"] == RunStatus.COMPLETED:
                    self._completed.setdefault(seen["thread"], []).append(seen["run"])
            case "msg.append":
                self._append(seen)
            case "msg.withdraw":
                self._said.pop(seen["run"], None)
            case "hist.load":
                runs = self._completed.get(seen["thread"], ())
                past = [said for run in runs for said in self._said.get(run, ())]
                self._past[seen["run"]] = (past, seen.index)
            case _:
                return self._judge(seen)
        return None

    def _append(self, seen: Observation) -> None:
        if seen["role"] == "summary":
            self._completed.pop(seen["thread"], None)
        elif seen["in_context"]:
            self._said.setdefault(seen["run"], []).append((seen["role"], seen["call"]))

    def _judge(self, seen: Observation) -> Violation | None:
        loaded = self._past.get(seen["run"])
        if loaded is None:
            return None
        past, index = loaded
        own = self._said.get(seen["run"], [])
        shown = [(role, call) for role, _content, call in seen["messages"]]
        self.triggered = self.triggered or bool(past)
        if shown[: len(past)] == past and shown[len(past) :][: len(own)] == own:
            return None
        return self.violated(
            f"a prompt of run {seen['run']} does not show its thread as it was stored",
            index,
            seen.index,
        )
