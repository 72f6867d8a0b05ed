"""Small Trio programs as data, drawn by Hypothesis and performed by one interpreter.

Whatever Trio runs them, stock or ours, they come to an end: each shield has a deadline, and the
whole program too, so that tasks which wait for each other are cancelled in the end.
"""

from attrs import frozen
from hypothesis import strategies as st

__all__ = ["Catch", "Do", "Finally", "Hold", "Nursery", "Program", "Scope", "Spawn", "Start"]
__all__ += ["Body", "Step", "programs"]

SLOTS = 3  # cancel scopes that any task can reach
EVENTS = CHANNELS = 2

DEEDS = {
    "checkpoint": 1,
    "shielded checkpoint": 1,
    "checkpoint if cancelled": 1,
    "sleep": 3,
    "sleep forever": 1,
    "wait until all are blocked": 1,
    "set": EVENTS,
    "wait": EVENTS,
    "send": CHANNELS,
    "send at once": CHANNELS,
    "receive": CHANNELS,
    "close sending": CHANNELS,
    "close receiving": CHANNELS,
    "park": 1,
    "unpark": 2,
    "raise": 2,
    "cancel": SLOTS,
    "unshield": SLOTS,
    "due now": SLOTS,
    "overdue": SLOTS,
    "due later": SLOTS,
}
"""What a task can do in one line, and of how many things it can do it to."""

HELD = ("lock", "semaphore", "limiter")


@frozen
class Do:
    """One of the :data:`DEEDS`, to thing number ``which``."""

    what: str
    which: int = 0


@frozen
class Hold:
    """Go through ``body`` while holding the one lock, semaphore or token of the limiter."""

    what: str
    body: "Body"


@frozen
class Catch:
    """Catch any exception out of ``body``, or only the :class:`ValueError` in a group."""

    body: "Body"
    only_values: bool


@frozen
class Finally:
    """After ``body``, whatever became of it, go through ``last``."""

    body: "Body"
    last: "Body"


@frozen
class Scope:
    """A cancel scope in a slot; ``seconds`` of ``None`` is no deadline, ``fail`` as fail_after."""

    slot: int
    seconds: int | None
    shield: bool
    fail: bool
    body: "Body"


@frozen
class Nursery:
    """A nursery whose cancel scope is in a slot, with its first children."""

    slot: int
    children: tuple["Body", ...]
    body: "Body"


@frozen
class Spawn:
    """Start a child in the innermost nursery that the task knows, which may be closed by now."""

    body: "Body"


@frozen
class Start:
    """Start a child by ``nursery.start``; it is ready after ``before``, if it says so at all."""

    before: "Body"
    says: bool
    after: "Body"


Step = Do | Hold | Catch | Finally | Scope | Nursery | Spawn | Start
Body = tuple[Step, ...]


@frozen
class Program:
    """What the main task does, and how much the two memory channels hold."""

    body: Body
    capacities: tuple[int, int] = (0, 1)


@st.composite
def bodies(draw: st.DrawFn, depth: int = 3, size: int = 4) -> Body:
    """What one task does: at most ``size`` steps, with steps in them ``depth`` levels deep.

    The data is made by hand: Hypothesis shows what it built itself in exponential time here.
    """
    return tuple(_step(draw, depth) for _ in range(draw(st.integers(0, size))))


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """A program with a nursery around it all: few programs of one task are of interest."""
    children = tuple(draw(bodies()) for _ in range(draw(st.integers(1, 4))))
    capacities = (draw(st.integers(0, 2)), draw(st.integers(0, 2)))
    return Program((Nursery(0, children, draw(bodies())),), capacities)


_DEEDS = [Do(what, which) for what, many in DEEDS.items() for which in range(many)]
_BLOCKS = (Nursery, Scope, Nursery, Scope, Hold, Catch, Finally, Spawn, Start)


def _step(draw: st.DrawFn, depth: int) -> Step:
    """One step; simpler ones first, since that is the way Hypothesis shrinks."""
    if depth == 0 or draw(st.integers(0, 2)) < 2:
        return draw(st.sampled_from(_DEEDS))
    kind = draw(st.sampled_from(_BLOCKS))
    body = draw(bodies(depth - 1, 3))
    if kind is Nursery:
        children = tuple(draw(bodies(depth - 1, 3)) for _ in range(draw(st.integers(0, 3))))
        return Nursery(draw(_SLOTS), children, body)
    if kind is Scope:
        shield, fail = draw(st.booleans()), draw(st.booleans())
        seconds = draw(st.sampled_from([1, 3] if shield else [None, 0, 1, 2]))
        return Scope(draw(_SLOTS), seconds, shield, fail, body)
    if kind is Hold:
        return Hold(draw(st.sampled_from(HELD)), body)
    if kind is Catch:
        return Catch(body, draw(st.booleans()))
    if kind is Finally:
        return Finally(body, draw(bodies(depth - 1, 2)))
    if kind is Spawn:
        return Spawn(body)
    return Start(body, draw(st.booleans()), draw(bodies(depth - 1, 3)))


_SLOTS = st.integers(0, SLOTS - 1)
