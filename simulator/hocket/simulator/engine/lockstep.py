"""Whether a counterexample needs an order that Trio's passes do not have, as a value.

Trio runs every task of a pass once before any task that became runnable meanwhile.  A schedule of
the free model may let one of the latter overtake one of the former.  If the overtaken task had been
woken from outside (a frame, a timer, a worker), a slower wait brings that order about; if another
task made it runnable, its own checkpoint or its start, then Trio as it is never does, and promises
nothing.  Both are defects; the label says how soon they will be met.
"""

from attrs import frozen

__all__ = ["LockstepLabel", "Overtaking"]

PLACES_MAX = 3
"""The slow waits that are named in one sentence."""


@frozen
class Overtaking:
    """A task ran before one of an earlier pass.

    ``place`` is the line where the overtaken task stood; ``outside`` says that it had been woken
    from outside of the program.
    """

    place: str
    outside: bool


@frozen
class LockstepLabel:
    """What is known of a failure in the lockstep model.

    ``fails`` says that the executed order keeps to Trio's passes, or that one of ``schedules``
    executions in lockstep failed with the same origin; ``overtakings`` are those of the executed
    order, of which the failure needs at least one if it does not fail in lockstep.
    """

    fails: bool
    schedules: int
    overtakings: tuple[Overtaking, ...] = ()

    @property
    def slow_waits(self) -> tuple[str, ...]:
        """The lines whose wait has to be slow, each once."""
        return tuple(dict.fromkeys(o.place for o in self.overtakings if o.outside))

    @property
    def unpromised(self) -> bool:
        """Whether some order is one that Trio does not promise, however slow the world is."""
        return any(not overtaking.outside for overtaking in self.overtakings)

    def __str__(self) -> str:
        if self.fails:
            return "also fails in lockstep"
        needs = [f"a slow wait at {place}" for place in self.slow_waits[:PLACES_MAX]]
        if self.unpromised:
            needs.append("an order that Trio does not promise")
        tried = f"{self.schedules} lockstep schedule{'s' * (self.schedules != 1)}"
        return f"not found in {tried}; needs {' or '.join(needs)}"
