"""What is explored: orders that are fixed, faults that may befall frames, or one schedule alone."""

from attrs import frozen

from hocket.scenarios.language.model.values import Duration, Name, Node

__all__ = [
    "FRAME_STEPS",
    "REPLAY_VERSION",
    "Duplicate",
    "Fault",
    "Fix",
    "Hold",
    "Limit",
    "Lose",
    "Replay",
    "StepName",
    "Taken",
]

REPLAY_VERSION = 1
"""The format of replay sections that this version writes and reads."""

FRAME_STEPS = ("start", "reply", "approve", "deny", "cancel")
"""The verbs of the steps that send a frame which a fault may befall."""


@frozen
class Hold(Node):
    """Up to ``limit`` frames may each be held back for ``duration``.

    The frames are those that the client's steps send; with ``step``, a verb of
    :data:`FRAME_STEPS`, those of such steps alone.  So in the other faults.
    """

    client: str
    limit: int
    duration: Duration | Name
    step: str | None = None


@frozen
class Duplicate(Node):
    """Up to ``limit`` frames may arrive twice."""

    client: str
    limit: int
    step: str | None = None


@frozen
class Lose(Node):
    """Up to ``limit`` frames may never arrive."""

    client: str
    limit: int
    step: str | None = None


Fault = Hold | Duplicate | Lose


@frozen
class StepName:
    """A step by its client and its verb, and by a name that stands in it if there are several."""

    client: str
    verb: str
    name: str | None = None


@frozen
class Fix(Node):
    """``then`` begins only when ``first`` is done, or will never be: its lane skipped the rest."""

    first: StepName
    then: StepName


Limit = Fix | Fault
"""What a schedule narrows or widens."""


@frozen
class Taken(Node):
    """One choice of a replay that is not the default: what was taken, and rather than what.

    ``position`` counts the choices of the execution from 0, ``option`` is the number of what was
    taken among ``options``; ``kind`` is what is chosen, and ``label`` says where, but for tasks.
    """

    position: int
    taken: str
    default: str
    option: int
    options: int
    kind: str = "task"
    label: str = ""
    preempting: bool = False


@frozen
class Replay(Node):
    """One schedule, by its few choices that are not the default, and the failure it showed.

    ``fails`` is the origin of that failure in words, as ``invariant: APPR-6``.  ``model`` is the
    scheduling model, ``timers`` whether the order of deadlines due at one instant was a choice;
    ``entropy`` seeds the random numbers that were drawn.  ``cancelling`` are the patterns of tasks
    that the schedule could cancel, and None if it could cancel none.  ``slow_steps`` is how long
    one step could last, and None if none could.
    """

    version: int
    fails: str
    model: str
    choices: tuple[Taken, ...] = ()
    timers: bool = False
    entropy: int = 0
    cancelling: tuple[str, ...] | None = None
    slow_steps: Duration | None = None
