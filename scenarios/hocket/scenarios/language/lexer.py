"""From text to lines of tokens: the only place that looks at characters.

The language is made of lines, and indentation is two spaces a level, so a line is scanned by
itself: a mistake in one cannot hide another in the next.  Each :class:`Line` keeps its tokens with
their columns, and :class:`Source` finds the place of a word again for those who check names later,
which spares the model from carrying a position for every name.
"""

import re
from enum import StrEnum

from attrs import frozen

from hocket.scenarios.language.diagnostics import Code, Reporter, Span

__all__ = [
    "MAX_DEPTH",
    "MAX_LINE",
    "MAX_LINES",
    "MAX_TEXT",
    "Kind",
    "Line",
    "Source",
    "Token",
    "comment_of",
    "scan",
]

MAX_TEXT = 1_000_000
MAX_LINE = 1_000
MAX_LINES = 20_000
MAX_DEPTH = 12


class Kind(StrEnum):
    """What a token is."""

    WORD = "word"
    TEXT = "text"
    NUMBER = "number"
    DURATION = "duration"
    MARK = "mark"
    END = "end of line"


@frozen
class Token:
    """A token: ``text`` is its meaning (without quotes and escapes), columns count from 1."""

    kind: Kind
    text: str
    column: int
    end_column: int


@frozen
class Line:
    """A line that holds something: its number, its depth in levels and its tokens.

    One that could not be read has no token but the one that marks its end.
    """

    number: int
    depth: int
    tokens: tuple[Token, ...]

    @property
    def broken(self) -> bool:
        """Whether the line could not be read, which was reported."""
        return len(self.tokens) == 1

    def span(self, token: Token) -> Span:
        """Where ``token`` stands."""
        return Span(self.number, token.column, token.end_column)


@frozen
class Source:
    """A scanned text; ``rows`` are its raw lines, ``lines`` those that hold something."""

    name: str
    rows: tuple[str, ...]
    lines: dict[int, Line]

    def row(self, number: int) -> str:
        """The raw text of line ``number``, empty where there is none."""
        return self.rows[number - 1] if 0 < number <= len(self.rows) else ""

    def span(self, number: int, word: str = "", *, after: str = "") -> Span:
        """Where ``word`` stands on a line, if asked ``after`` another; else where the line starts.

        A word with dots is found by its first part too.

        A scenario that came from no text has its places at line 0, column 1.
        """
        line = self.lines.get(number)
        if line is None:
            return Span(number, 1, 2)
        tokens = line.tokens
        start = next((i + 1 for i, t in enumerate(tokens) if after and t.text == after), 0)
        if not word:
            return line.span(tokens[min(start, len(tokens) - 1)])
        exact = (t for t in tokens[start:] if t.text == word)
        dotted = (t for t in tokens[start:] if t.text.startswith(word + "."))
        return line.span(next(exact, None) or next(dotted, tokens[0]))


_TOKEN = re.compile(
    r"""
    (?P<space>\ +)
  | (?P<comment>\#.*)
  | (?P<text>"(?:[^"\\]|\\.)*")
  | (?P<duration>-?[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h)\b)
  | (?P<number>-?[0-9]+(?:\.[0-9]+)?\b)
  | (?P<word>[A-Za-z_][A-Za-z0-9_]*(?:[.-][A-Za-z0-9_]+)*)
  | (?P<mark>\.\.|<=|>=|[<>=:,()])
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}
_DIGITS = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?[a-z]*\Z")


def scan(text: str, *, name: str, reporter: Reporter) -> Source:
    """Scan ``text``, which is called ``name``; what cannot be read is reported and left out."""
    if len(text) > MAX_TEXT:
        message = f"the text has more than {MAX_TEXT} characters"
        reporter.report(Code.LIMIT, Span(1, 1, 2), message, hint="split it into several files")
        return Source(name, (), {})
    rows = text.split("\n")
    if len(rows) > MAX_LINES:
        message = f"the text has more than {MAX_LINES} lines"
        reporter.report(Code.LIMIT, Span(1, 1, 2), message, hint="split it into several files")
        return Source(name, (), {})
    if any(row.endswith("\r") for row in rows):
        number = next(i for i, row in enumerate(rows, 1) if row.endswith("\r"))
        width = len(rows[number - 1])
        reporter.report(
            Code.CARRIAGE_RETURN,
            Span(number, width, width + 1),
            "the line ends with a carriage return",
            hint="save the file with Unix line ends; this is said once a file",
        )
        rows = [row.removesuffix("\r") for row in rows]
    lines: dict[int, Line] = {}
    for number, row in enumerate(rows, 1):
        line = _scan_line(row, number, reporter)
        if line is not None:
            lines[number] = line
    return Source(name, tuple(rows), lines)


def comment_of(row: str) -> str:
    """The comment at the end of a row that holds tokens, empty if it has none."""
    at = 0
    while match := _TOKEN.match(row, at):
        if match.lastgroup == "comment":
            return match.group().rstrip()
        at = match.end()
    return ""


def _scan_line(row: str, number: int, reporter: Reporter) -> Line | None:
    content = row.lstrip(" ")
    if not content or content.startswith("#"):
        return None
    indent = len(row) - len(content)
    tokens = None
    if len(row) > MAX_LINE:
        span = Span(number, MAX_LINE + 1, MAX_LINE + 2)
        message = f"the line is longer than {MAX_LINE} characters"
        hint = "split a list over several lines; a text that long says too much"
        reporter.report(Code.LIMIT, span, message, hint=hint)
    elif indent % 2 or indent // 2 > MAX_DEPTH:
        span = Span(number, 1, indent + 1)
        hint = f"a level is two spaces, and there are at most {MAX_DEPTH}"
        reporter.report(Code.INDENTATION, span, f"indented by {indent} spaces", hint=hint)
    else:
        tokens = _tokens(row, number, reporter)
    if tokens is None:
        reporter.forgiven.update(_words(row))
        tokens = (Token(Kind.END, "", indent + 1, indent + 2),)
    return Line(number, indent // 2, tokens)


def _tokens(row: str, number: int, reporter: Reporter) -> tuple[Token, ...] | None:
    """The tokens of a line with one that marks its end; None where it cannot be read."""
    tokens: list[Token] = []
    at = 0
    while at < len(row):
        match = _TOKEN.match(row, at)
        if match is None:
            _report_character(row, at, number, reporter)
            return None
        start, at = at, match.end()
        kind = match.lastgroup or ""
        if kind in ("space", "comment"):
            continue
        span = Span(number, start + 1, at + 1)
        value = _value(kind, match.group(), span, reporter)
        if value is None:
            return None
        tokens.append(Token(Kind(kind), value, span.column, span.end_column))
    end = tokens[-1].end_column if tokens else 1
    return (*tokens, Token(Kind.END, "", end, end + 1))


def _value(kind: str, text: str, span: Span, reporter: Reporter) -> str | None:
    """What a token says, or None if it says nothing that can be read."""
    if kind in ("number", "duration") and not _DIGITS.match(text):
        hint = "numbers have at most 15 digits before the point, and 15 after it"
        reporter.report(Code.NUMBER, span, "a number of too many digits", hint=hint)
        return None
    if kind != "text":
        return text
    body = text[1:-1]
    wrong = next((c for c in body if not c.isprintable()), None)
    if wrong is not None:
        column = span.column + 1 + body.index(wrong)
        message = f"character U+{ord(wrong):04X} in a text"
        hint = "write \\n or \\t for a line end or a tab"
        reporter.report(Code.CHARACTER, Span(span.line, column, column + 1), message, hint=hint)
        return None
    unknown = next((e for e in _ESCAPE.finditer(body) if e.group(1) not in _ESCAPES), None)
    if unknown is not None:
        column = span.column + 1 + unknown.start()
        message = f"unknown escape '{unknown.group()}'"
        hint = 'known: \\" \\\\ \\n \\t'
        reporter.report(Code.STRING, Span(span.line, column, column + 2), message, hint=hint)
        return None
    return _ESCAPE.sub(lambda e: _ESCAPES[e.group(1)], body)


def _report_character(row: str, at: int, number: int, reporter: Reporter) -> None:
    character = row[at]
    span = Span(number, at + 1, at + 2)
    if character == '"':
        rest = Span(number, at + 1, len(row) + 1)
        reporter.report(Code.STRING, rest, "a text without an end", hint='close it with "')
    elif character.isdigit() or character == "-":
        hint = "a duration is 5s, 500ms, 2m or 1h; a number is 3 or 0.5"
        reporter.report(Code.NUMBER, span, "neither a number nor a duration", hint=hint)
    elif character == "\t":
        reporter.report(Code.CHARACTER, span, "a tab", hint="indent by two spaces a level")
    else:
        shown = f"'{character}'" if character.isprintable() else f"U+{ord(character):04X}"
        hint = "outside of texts and comments only ASCII words, numbers and : , ( ) < > = are read"
        reporter.report(Code.CHARACTER, span, f"character {shown} means nothing here", hint=hint)


def _words(row: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_][A-Za-z0-9_.-]*", row))
