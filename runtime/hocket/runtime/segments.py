"""A segment: the part of a turn between taking its thread's lock and giving it back."""

from attrs import define, evolve, field

from hocket.runtime.conversation import Call, Message, Role
from hocket.runtime.models.contract import Usage
from hocket.runtime.protocol.lifecycle import STEP_TABLE, StepProgress, check
from hocket.runtime.runs import RunRecord
from hocket.runtime.store.records import Step

__all__ = ["Segment"]


@define(eq=False)
class Segment:
    """What the task of a turn carries along.

    ``doing`` is the step that it is at, or was at last.

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
    doing: Step | None = None
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

    def asked(self, prompt: str) -> None:
        """The model is asked in this step, perhaps not for the first time; by the digest."""
        last = self.doing
        if last is None or last.index != self.step or last.progress is StepProgress.PERSISTED:
            self.doing = Step(self.step)
        self.doing = evolve(self.reach(StepProgress.REQUESTED), request=prompt)

    def answered(self, text: str, usage: Usage) -> None:
        """The model answered, at this cost."""
        step = self.reach(StepProgress.ANSWERED)
        self.doing = evolve(step, reply=text, usage=_sum(step.usage, usage))
        self.usage = _sum(self.usage, usage)

    def proposed(self, calls: tuple[Call, ...]) -> None:
        """The answer has calls."""
        self.doing = evolve(self.at, calls=calls)

    def reach(self, progress: StepProgress) -> Step:
        """The step comes this far; raises :exc:`IllegalTransition` if it cannot."""
        check(STEP_TABLE, self.at.progress, progress)
        self.doing = evolve(self.at, progress=progress)
        return self.doing

    def works(self) -> None:
        """A tool of the step starts."""
        if self.at.progress is StepProgress.ANSWERED:
            self.reach(StepProgress.TOOLS_STARTED)

    def worked(self) -> Step:
        """All calls of the step have their results; the step as it is to be stored."""
        if self.at.progress is StepProgress.TOOLS_STARTED:
            self.reach(StepProgress.TOOLS_COMPLETED)
        check(STEP_TABLE, self.at.progress, StepProgress.PERSISTED)
        return evolve(self.at, progress=StepProgress.PERSISTED)

    @property
    def at(self) -> Step:
        """The step that the segment is at; raises :exc:`RuntimeError` before the first one."""
        if self.doing is None:
            raise RuntimeError("the turn has no step yet")
        return self.doing

    def say(self, message: Message) -> None:
        """Add a message that is not stored yet."""
        self.own += (message,)
        self.unsaved += (message,)

    def saved(self, step: Step | None = None) -> None:
        """All messages are stored, and ``step`` as the one that the segment is at."""
        self.unsaved = ()
        if step is not None:
            self.doing = evolve(step, new=False)

    def settle(self) -> None:
        """The segment met its end, and everything is stored."""
        self.saved()
        self.settled = True


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(one.prompt + other.prompt, one.reply + other.reply)
