"""Resources: what was opened is closed when the process has stopped in good order."""

from typing import ClassVar

from attrs import define, field

from hocket.scenarios.properties.base import Property
from hocket.simulator.invariants import Observation, Violation

__all__ = ["Res1"]


@define(eq=False)
class Res1(Property):
    """Once the process has stopped in good order, every transport, file, database and connection
    that it opened is closed.

    Judged only where the process is seen to stop; a crash closes what was open.
    """

    ID: ClassVar[str] = "RES-1"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"res.open", "res.close", "conn.open", "conn.end", "proc.crash", "proc.stop"}
    )

    _open: dict[str, int] = field(factory=dict[str, int], init=False)
    _stopped: bool = field(default=False, init=False)

    def observe(self, seen: Observation) -> Violation | None:
        match seen.kind:
            case "res.open":
                self._open[seen["resource"]] = seen.index
            case "res.close":
                self._open.pop(seen["resource"], None)
            case "conn.open":
                self._open[seen["conn"]] = seen.index
            case "conn.end":
                self._open.pop(seen["conn"], None)
            case "proc.crash":
                self._open.clear()
            case _:
                self.triggered = self._stopped = True
        return None

    def conclude(self, time: float) -> Violation | None:
        for resource, index in self._open.items() if self._stopped else ():
            return self.violated(f"{resource} was left open", index)
        return None
