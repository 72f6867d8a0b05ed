"""The lines of ``replay``: one schedule, by its few choices that are not the default.

Such a section is written by ``hocket freeze`` and read by people: each line says what went another
way than usual, and where.
"""

from collections.abc import Callable, Mapping

from attrs import define, field

from hocket.scenarios.language.diagnostics import Code
from hocket.scenarios.language.lexer import Kind
from hocket.scenarios.language.model import REPLAY_VERSION, Duration, Replay, Taken
from hocket.scenarios.language.phrases import Phrase, Unreadable, by_first_word, read_block

__all__ = ["OTHER_KINDS", "ReplayDraft", "read_replay"]

OTHER_KINDS = ("timer", "cancel", "fault", "data")
"""What is chosen in a schedule beside the next task."""

_MODELS = ("free", "lockstep")


def read_replay(phrase: Phrase) -> Replay:
    """``replay VERSION``: one schedule alone, which ``hocket freeze`` wrote.

    The scenario is then run under this schedule and no other.  One that cannot be followed any more
    is *stale*, which is said, and is never a pass.
    """
    token = phrase.next
    version = phrase.count("the version of the format")
    if version != REPLAY_VERSION:
        span = phrase.block.line.span(token)
        message = f"a replay of format {version}"
        hint = f"this hocket reads format {REPLAY_VERSION}; freeze the failure again"
        phrase.reporter.report(Code.REPLAY, span, message, hint=hint)
        raise Unreadable
    draft = ReplayDraft()
    inner = phrase.enter("line")
    read_block(inner, by_first_word(draft.lines, "line of a replay"), phrase.reporter)
    if not draft.fails:
        hint = 'say which failure it shows, as: fails "invariant: APPR-6"'
        phrase.refuse_line("the replay says not what fails", code=Code.REPLAY, hint=hint)
    return Replay(
        version,
        draft.fails,
        draft.model,
        tuple(draft.choices),
        draft.timers,
        draft.entropy,
        draft.cancelling,
        draft.slow_steps,
        line=phrase.number,
    )


@define
class ReplayDraft:
    """A replay whose lines are being read."""

    fails: str = ""
    model: str = "free"
    timers: bool = False
    entropy: int = 0
    cancelling: tuple[str, ...] | None = None
    slow_steps: Duration | None = None
    choices: list[Taken] = field(factory=list[Taken])

    @property
    def lines(self) -> Mapping[str, Callable[[Phrase], None]]:
        """How each line is read, by its first word."""
        return {
            "fails": self._fails,
            "model": self._model,
            "timers": self._timers,
            "entropy": self._entropy,
            "cancelling": self._cancelling,
            "slow": self._slow,
            "at": self._at,
        }

    def _fails(self, phrase: Phrase) -> None:
        """``fails "ORIGIN"``: the failure that the schedule showed when it was frozen."""
        self.fails = phrase.text("the origin of the failure")

    def _model(self, phrase: Phrase) -> None:
        """``model free|lockstep``: the scheduling model; free if there is no such line."""
        if phrase.next.text not in _MODELS:
            phrase.expected(" or ".join(_MODELS))
        self.model = phrase.take().text

    def _timers(self, phrase: Phrase) -> None:
        """``timers``: the order of deadlines that are due at one instant was a choice."""
        self.timers = True

    def _entropy(self, phrase: Phrase) -> None:
        """``entropy NUMBER``: the seed of the random numbers; 0 if there is no such line."""
        self.entropy = phrase.whole("a whole number")

    def _cancelling(self, phrase: Phrase) -> None:
        """``cancelling ["PATTERN", ...]``: the tasks that the schedule could cancel.

        Without a pattern, the main task and those that it spawns.
        """
        patterns: list[str] = []
        while phrase.next.kind is Kind.TEXT:
            patterns.append(phrase.take().text)
            if not phrase.accept(","):
                break
        self.cancelling = tuple(patterns)

    def _slow(self, phrase: Phrase) -> None:
        """``slow steps DURATION``: one step could last so long; none if there is no such line."""
        phrase.expect("steps")
        self.slow_steps = phrase.fixed_duration()

    def _at(self, phrase: Phrase) -> None:
        """``at NUMBER take "ONE" rather than "OTHER", NUMBER of NUMBER [, KIND "WHERE"]``.

        At the choice of that number, counted from 0, the first was taken and not the second, which
        is the default.  A task is written as its spawn path and the number of its step; after the
        comma stands which option of how many that was.  A task that could have gone on is preempted
        (``, preempting``).  A choice of something else than a task says of what kind it is:
        ``timer``, ``cancel``, ``fault`` or ``data``, and where it came up.
        """
        token = phrase.next
        position = phrase.whole("the number of a choice")
        if self.choices and position <= self.choices[-1].position:
            message = f"choice {position} comes after choice {self.choices[-1].position}"
            hint = "the choices of a replay are in order"
            phrase.reporter.report(Code.REPLAY, phrase.block.line.span(token), message, hint=hint)
            raise Unreadable
        phrase.expect("take")
        taken = phrase.text("what was taken")
        phrase.expect("rather")
        phrase.expect("than")
        default = phrase.text("the default")
        phrase.expect(",")
        token = phrase.next
        option = phrase.count("the number of the option")
        phrase.expect("of")
        options = phrase.count("how many options there were")
        if option >= options:
            message = f"option {option} of {options}"
            hint = f"options count from 0, the default; here 1 to {options - 1} can be taken"
            phrase.reporter.report(Code.REPLAY, phrase.block.line.span(token), message, hint=hint)
            raise Unreadable
        kind, label, preempting = _kind(phrase)
        self.choices.append(
            Taken(
                position,
                taken,
                default,
                option,
                options,
                kind,
                label,
                preempting,
                line=phrase.number,
            )
        )


def _kind(phrase: Phrase) -> tuple[str, str, bool]:
    if not phrase.accept(","):
        return "task", "", False
    if phrase.accept("preempting"):
        return "task", "", True
    if phrase.next.text not in OTHER_KINDS:
        phrase.expected("'preempting' or one of " + ", ".join(OTHER_KINDS))
    return phrase.take().text, phrase.text("where the choice came up"), False
