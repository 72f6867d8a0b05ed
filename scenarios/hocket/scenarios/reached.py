"""What the schedules of a campaign reached: protocol pairs, and histories.

A *protocol pair* is something that happened to a turn or an approval, and the state that this was
in: a cancellation while a turn waits for an approval is another test than one while it runs (the
coverage of Coyote's state machines, by event and state).  The names of pairs can be compared over
releases.  A history is the same if the same things happened to the same turns in the same order,
whatever tasks ran in between.  Programs without observations are told apart by their choices.
"""

import hashlib
from collections.abc import Iterable

from attrs import define, field

from hocket.simulator.execution import Execution
from hocket.simulator.invariants import Observation

__all__ = ["Reached"]

_STATES = {
    "run.status": ("run", "new"),
    "appr.new": ("approval", None),
    "appr.decide": ("approval", "verdict"),
    "appr.end": ("approval", "reason"),
}
"""The events that change a state: which object, and the field with its new state."""


@define
class Reached:
    """Looks at the executions of the subject called ``name``."""

    name: str
    pairs: set[str] = field(factory=set[str], init=False)
    histories: set[str] = field(factory=set[str], init=False)

    def see(self, execution: Execution) -> None:
        """Note what an explored execution reached."""
        seen = execution.observations
        if not seen:
            self.histories.add(_hash(",".join(map(str, execution.choices))))
            return
        self.pairs.update(_pairs(seen))
        subjects = (f"{o.kind} {o.get('run') or o.get('lane') or ''}" for o in seen)
        self.histories.add(_hash("\n".join(subjects)))

    def hashes(self) -> frozenset[str]:
        """One hash for each pair and each history, which no other subject's are equal to."""
        found = (*self.pairs, *self.histories)
        return frozenset(_hash(f"{self.name}\0{one}") for one in found)


def _pairs(seen: Iterable[Observation]) -> set[str]:
    states: dict[object, str] = {}
    pairs: set[str] = set()
    for one in seen:
        for identity in ("run", "approval"):
            state = states.get(one.get(identity))
            if state is not None:
                pairs.add(f"{identity} {state}: {one.kind}")
        if one.kind in _STATES:
            identity, new = _STATES[one.kind]
            states[one[identity]] = "pending" if new is None else str(one[new])
    return pairs


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
