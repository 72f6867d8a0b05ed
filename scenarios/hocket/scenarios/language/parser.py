"""From text to scenarios: the file, the scenarios in it, and their sections.

:func:`parse` never raises: whatever the text, it gives the scenarios it could read and a
diagnostic for each line it could not.  A parser by hand, because messages have to speak of steps
and tools and not of tokens, and because reading must go on after a mistake.
"""

from collections.abc import Callable, Mapping

from attrs import define, field, frozen

from hocket.scenarios.language.client_lines import read_client
from hocket.scenarios.language.diagnostics import Code, Diagnostic, Reporter
from hocket.scenarios.language.expect_lines import read_expect
from hocket.scenarios.language.lexer import Kind, Source, scan
from hocket.scenarios.language.model import (
    Client,
    Limit,
    Parameter,
    Property,
    Replay,
    Scenario,
    Setup,
    Together,
    Value,
    Without,
)
from hocket.scenarios.language.nesting import blocks
from hocket.scenarios.language.phrases import Phrase, by_first_word, read_block
from hocket.scenarios.language.replay_lines import read_replay
from hocket.scenarios.language.schedule_lines import read_schedule
from hocket.scenarios.language.setup_lines import read_setup

__all__ = ["ParseResult", "ScenarioDraft", "parse", "read_scenario"]


@frozen
class ParseResult:
    """What a text says: its scenarios, in order, and what is wrong with it.

    ``source`` finds the places of words; ``forgiven`` are the words of lines that could not be
    read, about which nothing more should be said.
    """

    scenarios: tuple[Scenario, ...]
    diagnostics: tuple[Diagnostic, ...]
    source: Source
    forgiven: frozenset[str]


def parse(text: str, *, name: str) -> ParseResult:
    """Read all scenarios of ``text``, which is called ``name`` in messages.

    What the names in them mean is not looked at here: see
    :mod:`hocket.scenarios.language.checks`.
    """
    reporter = Reporter()
    source = scan(text, name=name, reporter=reporter)
    read = by_first_word({"scenario": read_scenario}, "start of a scenario")
    scenarios = read_block(blocks(source, reporter), read, reporter)
    diagnostics = sorted(reporter.found, key=lambda d: (d.line, d.column))
    return ParseResult(scenarios, tuple(diagnostics), source, frozenset(reporter.forgiven))


def read_scenario(phrase: Phrase) -> Scenario:
    """``scenario NAME``: a story, with what must hold in it.

    Its first line may be a text in double quotes that tells the story.
    """
    draft = ScenarioDraft(phrase.name("the name of the scenario"), phrase.number)
    read_block(phrase.enter("section"), draft.read_section, phrase.reporter)
    return draft.finished()


@define
class ScenarioDraft:
    """A scenario whose sections are being read."""

    name: str
    line: int
    story: str = ""
    setup: Setup | None = None
    schedule: tuple[Limit, ...] | None = None
    expect: tuple[Property | Without, ...] | None = None
    replay: Replay | None = None
    parameters: list[Parameter | Together] = field(factory=list[Parameter | Together])
    clients: list[Client] = field(factory=list[Client])

    def read_section(self, phrase: Phrase) -> None:
        """One section, or the story."""
        if phrase.next.kind is Kind.TEXT:
            self._once(phrase, "story", is_new=not self.story)
            self.story = phrase.take().text
        else:
            self._by_first_word(phrase)

    def finished(self) -> Scenario:
        """The scenario, of what could be read."""
        expect = self.expect or ()
        return Scenario(
            self.name,
            self.story,
            tuple(self.parameters),
            self.setup or Setup(),
            tuple(self.clients),
            self.schedule or (),
            tuple(p for p in expect if not isinstance(p, Without)),
            tuple(w for w in expect if isinstance(w, Without)),
            self.replay,
            line=self.line,
        )

    def _by_first_word(self, phrase: Phrase) -> None:
        by_first_word(self.sections, "section")(phrase)

    @property
    def sections(self) -> Mapping[str, Callable[[Phrase], None]]:
        """How each section is read, by its first word."""
        return {
            "vary": self._vary,
            "setup": self._setup,
            "client": self._client,
            "schedule": self._schedule,
            "expect": self._expect,
            "replay": self._replay,
        }

    def _vary(self, phrase: Phrase) -> None:
        """``vary NAME = VALUE, ...``: run the scenario once for each value.

        Several such lines multiply.  Where parameters should take their first values together, then
        their second ones and so on, ``vary together`` stands alone, and ``NAME = VALUE, ...`` for
        each of them below it.
        """
        if phrase.accept("together"):
            inner = read_block(phrase.enter("parameter"), _parameter, phrase.reporter)
            self.parameters.append(Together(inner, line=phrase.number))
        else:
            self.parameters.append(_parameter(phrase))

    def _setup(self, phrase: Phrase) -> None:
        self._once(phrase, "setup", is_new=self.setup is None)
        self.setup = read_setup(phrase)

    def _client(self, phrase: Phrase) -> None:
        self.clients.append(read_client(phrase))

    def _schedule(self, phrase: Phrase) -> None:
        self._once(phrase, "schedule", is_new=self.schedule is None)
        self.schedule = read_schedule(phrase)

    def _expect(self, phrase: Phrase) -> None:
        self._once(phrase, "expect", is_new=self.expect is None)
        self.expect = read_expect(phrase)

    def _replay(self, phrase: Phrase) -> None:
        self._once(phrase, "replay", is_new=self.replay is None)
        self.replay = read_replay(phrase)

    def _once(self, phrase: Phrase, what: str, *, is_new: bool) -> None:
        if not is_new:
            hint = "a scenario has one; move these lines there"
            message = f"this scenario has a second {what}"
            phrase.refuse_line(message, code=Code.REPEATED_SECTION, hint=hint)


def _parameter(phrase: Phrase) -> Parameter:
    name = phrase.name("the name of a parameter")
    phrase.expect("=")
    values = [_fixed_value(phrase)]
    while phrase.accept(","):
        values.append(_fixed_value(phrase))
    return Parameter(name, tuple(values), line=phrase.number)


def _fixed_value(phrase: Phrase) -> Value:
    if phrase.next.kind is Kind.WORD:
        phrase.expected("a duration, a number or a text")
    return phrase.value()
