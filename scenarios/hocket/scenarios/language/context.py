"""What the checks of a scenario share: its tables of names, and how they report."""

from collections.abc import Collection, Iterable, Mapping

from attrs import field, frozen

from hocket.scenarios.language.diagnostics import Code, Reporter
from hocket.scenarios.language.lexer import Source
from hocket.scenarios.language.model import (
    Calls,
    Client,
    Duration,
    Name,
    Parameter,
    Scenario,
    Thread,
    Tool,
    User,
)
from hocket.scenarios.language.names import Names, names_of

__all__ = ["Context", "context_of", "invariant_ids"]


@frozen
class Context:
    """A scenario, what is declared in it, what was used, and where mistakes are reported."""

    scenario: Scenario
    source: Source
    reporter: Reporter
    names: Names
    users: Mapping[str, User]
    clients: Mapping[str, Client]
    threads: Mapping[str, Thread]
    tools: Mapping[str, Tool]
    parameters: Mapping[str, Parameter]
    proposed: Mapping[str, set[str | None]]
    used: set[tuple[str, str]] = field(factory=set[tuple[str, str]])

    def report(self, code: Code, at: tuple[int, str], message: str, hint: str) -> None:
        """Report a mistake at a line and a word on it."""
        line, word = at
        self.reporter.report(code, self.source.span(line, word), message, hint=hint)

    def known(
        self, what: str, word: str, at: tuple[int, str], *, code: Code = Code.UNKNOWN_NAME
    ) -> bool:
        """Whether ``word`` names a ``what``; if not, that is reported.

        ``what`` is "user", "thread", "tool", "client" or "parameter"; ``at`` is the line and the
        word after which the name stands, empty for its first place.
        """
        table = self._table(what)
        self.used.add((what, word))
        if word in table:
            return True
        if word not in self.reporter.forgiven:
            span = self.source.span(at[0], word, after=at[1])
            # What was meant is used, though it is spelt otherwise.
            meant = self.reporter.report_unknown(code, span, what, word, table)
            self.used.add((what, meant or word))
        return False

    def is_duration(self, value: object, at: tuple[int, str]) -> None:
        """Report ``value`` if it names no parameter whose values are durations."""
        self.has_type(value, Duration, "a duration", at)

    def has_type(self, value: object, kind: type, what: str, at: tuple[int, str]) -> bool:
        """Whether ``value`` is of ``kind``, or names a parameter whose values are."""
        if not isinstance(value, Name):
            return isinstance(value, kind)
        if not self.known("parameter", value.text, at):
            return True
        # One that mixes kinds of values is reported where it is declared.
        if any(isinstance(v, kind) for v in self.parameters[value.text].values):
            return True
        message = f"no value of parameter '{value.text}' is {what}"
        hint = f"{what} must stand here; see the values on line {self.parameters[value.text].line}"
        self.report(Code.PARAMETER_TYPE, (at[0], value.text), message, hint)
        return True

    def unique(self, what: str, declared: Iterable[tuple[str, int]]) -> None:
        """Report each name that is declared again; ``declared`` are names with their lines."""
        first: dict[str, int] = {}
        for name, line in declared:
            if name in first:
                message = f"{what} '{name}' is declared twice"
                hint = f"the first one is on line {first[name]}; give one of them another name"
                after = name if first[name] == line else ""
                span = self.source.span(line, name, after=after)
                self.reporter.report(Code.DUPLICATE_NAME, span, message, hint=hint)
            first.setdefault(name, line)

    def _table(self, what: str) -> Mapping[str, object]:
        tables: Mapping[str, Mapping[str, object]] = {
            "user": self.users,
            "thread": self.threads,
            "tool": self.tools,
            "client": self.clients,
            "parameter": self.parameters,
        }
        return tables[what]


def invariant_ids() -> Collection[str]:
    """The ids of the built-in invariants, in their order.

    They are loaded when a scenario names one: few do, and it takes longer than reading a file.
    """
    from hocket.scenarios.properties import REGISTRY  # noqa: PLC0415 - see above

    return REGISTRY.keys()


def context_of(scenario: Scenario, source: Source, reporter: Reporter) -> Context:
    """The tables of a scenario; ``proposed`` has the ids with which the model calls each tool."""
    setup = scenario.setup
    proposed: dict[str, set[str | None]] = {}
    for turn in setup.models:
        for reply in turn.replies:
            for call in reply.calls if isinstance(reply, Calls) else ():
                proposed.setdefault(call.tool, set()).add(call.id)
    return Context(
        scenario,
        source,
        reporter,
        names_of(scenario),
        {user.name: user for user in setup.users},
        {client.name: client for client in scenario.clients},
        {thread.name: thread for thread in setup.threads},
        {tool.name: tool for tool in setup.tools},
        {parameter.name: parameter for parameter in scenario.each_parameter()},
        proposed,
    )
