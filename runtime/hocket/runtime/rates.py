"""How much somebody may send: a bucket that fills with time and is emptied by use."""

from attrs import define, field

__all__ = ["Allowance"]


@define(eq=False)
class Allowance:
    """A token bucket: ``burst`` units at once, and ``per_second`` more each second after that.

    The time is the caller's, in seconds, and never goes back.

    >>> allowance = Allowance(burst=2, per_second=1.0, now=0.0)
    >>> [allowance.spend(now) for now in (0.0, 0.0, 0.5, 1.0)]
    [True, True, False, True]
    """

    burst: int
    per_second: float
    now: float
    left: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.left = float(self.burst)

    def spend(self, now: float) -> bool:
        """Take one unit at the time ``now``, and say whether there was one."""
        self.left = min(self.burst, self.left + (now - self.now) * self.per_second)
        self.now = now
        if self.left < 1:
            return False
        self.left -= 1
        return True
