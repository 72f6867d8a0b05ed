"""The order of frames: what a model says arrives in the order in which it said it, and in time."""

from typing import ClassVar

from attrs import define, field

from hocket.scenarios.properties.base import Property
from hocket.simulator.invariants import Observation, Violation

__all__ = ["Ord3"]

_DELTA = "message_delta"


@define(eq=False)
class Ord3(Property):
    """On each connection the pieces of what a model says go out in the order in which it said
    them, and all before the frame that ends the turn.
    """

    ID: ClassVar[str] = "ORD-3"
    KINDS: ClassVar[frozenset[str]] = frozenset({"llm.delta", "frame.out"})

    _said: dict[str, list[str]] = field(factory=dict[str, list[str]], init=False)
    _heard: dict[tuple[str, str], int] = field(factory=dict[tuple[str, str], int], init=False)
    _over: dict[tuple[str, str], int] = field(factory=dict[tuple[str, str], int], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        run = seen["run"]
        if seen.kind == "llm.delta":
            self._said.setdefault(run, []).append(seen["text"])
            return None
        if run is None:
            return None
        at = (seen["conn"], run)
        if seen["terminal"] and seen["type"] != "turn_paused":
            self._over.setdefault(at, seen.index)
        elif seen["type"] == _DELTA and run in self._said:
            self.triggered = True
            return self._piece(seen, at)
        return None

    def _piece(self, seen: Observation, at: tuple[str, str]) -> Violation | None:
        if at in self._over:
            return self.violated(
                f"a piece of run {seen['run']} went out on {seen['conn']} after its end",
                self._over[at],
                seen.index,
            )
        said, heard = self._said[seen["run"]], self._heard.get(at, 0)
        if seen["content"] not in said[heard:]:
            return self.violated(
                f"a piece of run {seen['run']} went out on {seen['conn']} out of its order",
                seen.index,
            )
        self._heard[at] = said.index(seen["content"], heard) + 1
        return None
