"""What somebody who looks on sees of an execution, beside its trace: waits, holds, messages.

A trace is what identifies an execution, so it holds little, and a campaign makes many.  A failure
that is to be drawn is executed once more with an onlooker, whose sightings are values of their own:
they say where they belong in the trace, and change nothing of its digest.
"""

from enum import StrEnum

from attrs import frozen

__all__ = ["Sight", "Sighting"]


class Sight(StrEnum):
    """What can be seen of a task."""

    WAITS = "waits"
    WOKEN = "woken"
    TAKES = "takes"
    GIVES = "gives"
    SENDS = "sends"
    RECEIVES = "receives"
    CANCELLED = "cancelled"
    ENDS = "ends"


@frozen
class Sighting:
    """One thing that was seen.

    ``at`` is the number of events that the trace held by then, so it belongs behind the last of
    them.  ``task`` is the path of the task, ``what`` the lock, the message or what is waited for,
    in words, and ``key`` tells two locks apart, or joins the sending of a message with its receipt.
    ``held_by`` are the paths of the tasks that could end a wait, as far as that is known.
    """

    at: int
    sight: Sight
    task: str
    what: str = ""
    key: str = ""
    held_by: tuple[str, ...] = ()
