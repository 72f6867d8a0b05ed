"""Why a schedule fails, as a value: what had to come before what, and where the way parts."""

from attrs import frozen

from hocket.simulator.engine.choices import Deviation

__all__ = ["Anomaly", "Explanation", "OrderFact"]


class Anomaly:
    """The shapes that have a name.  Others are told by their facts alone."""

    LOST_UPDATE = "lost update"
    CHECK_THEN_ACT = "check-then-act"
    DOUBLE_EXECUTION = "double execution"
    LOST_WAKE_UP = "lost wake-up"
    USE_AFTER_TERMINAL = "use after terminal"
    LEAK_ACROSS_OWNER = "leak across owner"


@frozen
class OrderFact:
    """``first`` came before ``second``; both name a function, its task and the source line."""

    first: str
    second: str

    def __str__(self) -> str:
        return f"{self.first} before {self.second}"


@frozen
class Explanation:
    """What makes the difference between a minimal failing schedule and the nearest passing one.

    ``facts`` hold in the failing schedule and not in the passing one.  ``events`` are the
    observations that clashed, each with the source line that reported it; before one that clashed
    alone, the last about the same thing.  ``passing`` are the
    deviations of the passing schedule, ``None`` when every schedule that was tried fails; then no
    order makes the difference.  ``parting`` tells the first step where the two differ, ``anomaly``
    is the name of the shape if it has one, else empty, and ``executions`` what it took to find out.
    """

    facts: tuple[OrderFact, ...]
    events: tuple[str, ...]
    passing: tuple[Deviation, ...] | None
    parting: str
    anomaly: str
    executions: int
