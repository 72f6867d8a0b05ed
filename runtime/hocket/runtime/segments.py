"""A segment: the part of a turn between taking its thread's lock and giving it back."""

from attrs import define, field

from hocket.runtime.conversation import Message, Role
from hocket.runtime.models.contract import Usage
from hocket.runtime.runs import RunRecord

__all__ = ["Segment"]


@define(eq=False)
class Segment:
    """What the task of a turn carries along.

    ``history`` is the thread before this turn, ``memory`` what is remembered of its user, ``own``
    what the turn itself said so far, in the order of the prompt; ``unsaved`` is the end of ``own``
    that is not stored yet.  ``step`` counts on from where the last segment paused; ``usage`` is
    what the answers took.  ``streamed`` says that the answer to the last prompt was told piece by
    piece, and ``settled`` that the segment met its end, so that leaving it otherwise is a
    cancellation.
    """

    record: RunRecord
    history: tuple[Message, ...] = ()
    memory: str = field(default="", init=False)
    own: tuple[Message, ...] = ()
    unsaved: tuple[Message, ...] = ()
    step: int = 0
    usage: Usage = field(factory=Usage, init=False)
    streamed: bool = field(default=False, init=False)
    settled: bool = field(default=False, init=False)

    @property
    def prompt(self) -> tuple[Message, ...]:
        """All that was said so far, which later turns will be shown if this one completes."""
        return (*self.history, *self.own)

    @property
    def conversation(self) -> tuple[Message, ...]:
        """All that was said so far but for the summary, which is no part of the conversation."""
        summarised = self.history[:1] and self.history[0].role is Role.SUMMARY
        return (*self.history[1 if summarised else 0 :], *self.own)

    @property
    def done(self) -> tuple[tuple[str, str], ...]:
        """The calls that the turn made, as the rules of tools look at them."""
        results = (m for m in self.own if m.role is Role.TOOL)
        return tuple(
            (m.tool or "", m.content) for m in results if not m.content.startswith("error:")
        )

    def spent(self, usage: Usage) -> None:
        """Add what an answer took."""
        mine = self.usage
        self.usage = Usage(mine.prompt + usage.prompt, mine.reply + usage.reply)

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
