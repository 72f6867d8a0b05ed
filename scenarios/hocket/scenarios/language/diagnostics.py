"""What is wrong with a text: codes that stay, positions, and a line of help.

A diagnostic is a value; :func:`render` makes the form for a terminal.  Codes are stable: a code
keeps its meaning for ever, and a check that is dropped leaves its number unused.  Suggestions are
bounded (so many diagnostics, so many candidates), which keeps reading linear in the text's size.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import islice

from attrs import define, evolve, field, frozen

__all__ = ["MAX_DIAGNOSTICS", "Code", "Diagnostic", "Reporter", "Span", "render", "suggestion"]

MAX_DIAGNOSTICS = 100
_MAX_CANDIDATES = 200
_MAX_WORD = 80


class Code(StrEnum):
    """Every kind of mistake, by its stable code."""

    CHARACTER = "E001"
    CARRIAGE_RETURN = "E002"
    INDENTATION = "E003"
    STRING = "E004"
    NUMBER = "E005"
    LIMIT = "E006"
    UNKNOWN_VERB = "E007"
    EXPECTED = "E008"
    EXTRA = "E009"
    EMPTY = "E010"
    REPEATED_SECTION = "E011"
    UNKNOWN_NAME = "E012"
    DUPLICATE_NAME = "E013"
    UNUSED_NAME = "E014"
    NOT_CONNECTED = "E015"
    WRONG_KIND = "E016"
    TOO_EARLY = "E017"
    POLICY = "E018"
    UNKNOWN_EVENT = "E019"
    UNKNOWN_ARGUMENT = "E020"
    CONTRADICTION = "E021"
    UNREACHABLE = "E022"
    UNDECLARED_CALL = "E023"
    RANGE = "E024"
    PARAMETER_TYPE = "E025"
    AMBIGUOUS_NAME = "E026"
    ARGUMENT_VALUE = "E027"
    TOO_MANY_INSTANCES = "E028"
    FOREIGN_THREAD = "E029"
    MISPLACED_OPTION = "E030"
    UNKNOWN_INVARIANT = "E031"
    UNKNOWN_STEP = "E032"
    AMBIGUOUS_STEP = "E033"
    IMPOSSIBLE_ORDER = "E034"
    REPLAY = "E035"
    NOT_EMITTED = "E036"
    UNEVEN = "E037"
    JSON = "E038"
    SHAPE = "E039"


@frozen
class Span:
    """A place in a text: the line and the columns, from 1, the last of them not included."""

    line: int
    column: int
    end_column: int


@frozen
class Diagnostic:
    """One mistake: its code, what it is, where it stands, and what may help.

    ``suggestion`` is the text that should stand there instead, where one is likely.
    """

    code: Code
    message: str
    line: int
    column: int
    end_column: int
    help: str = ""
    suggestion: str = ""


@define
class Reporter:
    """Collects diagnostics, the first :data:`MAX_DIAGNOSTICS` of them, and says if there are more.

    ``forgiven`` are the words of lines that could not be read: a name among them may well have
    been declared or used there, so nothing is said about it.
    """

    forgiven: set[str] = field(factory=set[str])
    found: list[Diagnostic] = field(factory=list[Diagnostic])

    @property
    def full(self) -> bool:
        """Whether further diagnostics are not kept."""
        return len(self.found) > MAX_DIAGNOSTICS

    def report(self, code: Code, span: Span, message: str, *, hint: str = "") -> None:
        """Keep one diagnostic, unless there are too many already."""
        if len(self.found) < MAX_DIAGNOSTICS:
            self._keep(code, span, message, hint)
        elif not self.full:
            self._keep(
                Code.LIMIT,
                span,
                f"more than {MAX_DIAGNOSTICS} mistakes",
                "the rest is not shown; mend these first",
            )

    def report_unknown(
        self, code: Code, span: Span, what: str, word: str, known: Iterable[str]
    ) -> str | None:
        """Report a word that names nothing, and return the nearest word that does, if one is near.

        ``what`` is the kind of thing, as "tool"; ``known`` are the words that would have done.
        """
        if self.full:
            return None
        candidates = tuple(islice(known, _MAX_CANDIDATES))
        near = suggestion(word, candidates)
        message = f"unknown {what} '{_short(word)}'" + (f"; did you mean '{near}'?" if near else "")
        self.report(code, span, message, hint=_choice(what, candidates))
        if near and self.found[-1].code is code:
            self.found[-1] = evolve(self.found[-1], suggestion=near)
        return near

    def _keep(self, code: Code, span: Span, message: str, hint: str) -> None:
        plain = "".join(c if c.isprintable() else "?" for c in message)
        self.found.append(Diagnostic(code, plain, span.line, span.column, span.end_column, hint))


def suggestion(word: str, candidates: Sequence[str]) -> str | None:
    """The candidate most like ``word``, or None where none is like it."""
    from difflib import get_close_matches  # noqa: PLC0415 - only for who made a mistake

    near = get_close_matches(word[:_MAX_WORD], candidates, n=1)
    return near[0] if near else None


def render(diagnostic: Diagnostic, *, file: str, source: str) -> str:
    """The diagnostic for a terminal: position, message, source line, caret and help.

    ``source`` is the line that ``diagnostic`` stands on.
    """
    head = f"{file}:{diagnostic.line}:{diagnostic.column}: error[{diagnostic.code}]: "
    shown = "".join(c if c.isprintable() else "?" for c in source.replace("\t", " "))
    margin = f"{diagnostic.line:>5} | "
    width = max(1, min(diagnostic.end_column, len(shown) + 1) - diagnostic.column)
    rows = [
        head + diagnostic.message,
        margin + shown,
        " " * (len(margin) - 2) + "| " + " " * (diagnostic.column - 1) + "^" * width,
    ]
    if diagnostic.help:
        rows.append(" " * (len(margin) - 2) + "= help: " + diagnostic.help)
    return "\n".join(rows)


def _choice(what: str, candidates: Sequence[str]) -> str:
    if not candidates:
        return f"this scenario has no {what}"
    shown = sorted(candidates)[:12]
    return "known: " + ", ".join(shown) + (", ..." if len(candidates) > len(shown) else "")


def _short(word: str) -> str:
    return word if len(word) <= _MAX_WORD else word[: _MAX_WORD - 3] + "..."
