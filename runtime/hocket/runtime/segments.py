"""A segment: the part of a turn between taking its thread's lock and giving it back."""

from attrs import define, field

from hocket.runtime.conversation import Message
from hocket.runtime.runs import RunRecord

__all__ = ["Segment"]


@define(eq=False)
class Segment:
    """What the task of a turn carries along.

    ``history`` is the thread before this turn, ``own`` what the turn itself said so far, in the
    order of the prompt; ``unsaved`` is the end of ``own`` that is not stored yet.  ``step`` counts
    on from where the last segment paused.  ``settled`` says that the segment met its end, so that
    leaving it otherwise is a cancellation; ``streamed`` that the answer to the last prompt was told
    piece by piece.
    """

    record: RunRecord
    history: tuple[Message, ...] = ()
    own: tuple[Message, ...] = ()
    unsaved: tuple[Message, ...] = ()
    step: int = 0
    streamed: bool = field(default=False, init=False)
    settled: bool = field(default=False, init=False)

    @property
    def prompt(self) -> tuple[Message, ...]:
        """All that the model is shown."""
        return (*self.history, *self.own)

    def say(self, message: Message) -> None:
        """Add a message that is not stored yet."""
        self.own += (message,)
        self.unsaved += (message,)

    def saved(self) -> None:
        """All messages are stored."""
        self.unsaved = ()

    def settle(self) -> None:
        """The segment met its end, and everything is stored."""
        self.saved()
        self.settled = True
