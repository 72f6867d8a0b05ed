"""The one style of the text form: from a model to its text, and from a text to its better self.

A formatted text has a fixed order of sections and of the lines of setup, two spaces a level, a
blank line between sections, and every comment that it had.
"""

from collections.abc import Iterable, Iterator, Sequence

from attrs import define, field, frozen

from hocket.scenarios.language.comments import Comments, comments_of
from hocket.scenarios.language.diagnostics import Diagnostic
from hocket.scenarios.language.lexer import Kind, Source
from hocket.scenarios.language.model import Scenario
from hocket.scenarios.language.parser import ParseResult, parse
from hocket.scenarios.language.writing import Written, lines_of

__all__ = ["Formatted", "Unwritable", "format_scenarios", "format_text"]


class Unwritable(ValueError):
    """A scenario that no text can say, as one with a control character in a name."""


@frozen
class Formatted:
    """A formatted text, or the diagnostics of one that cannot be read."""

    text: str
    diagnostics: tuple[Diagnostic, ...] = ()


def format_scenarios(scenarios: Sequence[Scenario]) -> str:
    """The text of scenarios, whatever they came from.

    Raises :class:`Unwritable` where :func:`~hocket.scenarios.language.parser.parse` would not read
    equal scenarios from that text.
    """
    text = _joined([_lines(scenario, Comments(), None) for scenario in scenarios], [])
    _same_again(scenarios, text)
    return text


def format_text(text: str, *, name: str) -> Formatted:
    """``text`` in the one style; unchanged, and with diagnostics, if it cannot be read.

    Line ends of another system are mended, too.  Raises :class:`Unwritable` in the rare case that
    a line would become too long to be read again.
    """
    parsed = parse(text.replace("\r\n", "\n"), name=name)
    if parsed.diagnostics:
        return Formatted(text, parsed.diagnostics)
    comments = comments_of(parsed.source)
    blocks = [_lines(s, comments, parsed.source) for s in parsed.scenarios]
    better = _joined(blocks, comments.rest)
    _same_again(parsed.scenarios, better)
    return Formatted(better)


def _same_again(scenarios: Sequence[Scenario], text: str) -> None:
    again: ParseResult = parse(text, name="")
    if again.diagnostics:
        first = again.diagnostics[0]
        row = again.source.row(first.line).strip()
        raise Unwritable(f"{first.message}, in: {row[:100]}")
    if again.scenarios != tuple(scenarios):
        raise Unwritable("what would be written does not mean the same")


def _lines(scenario: Scenario, comments: Comments, source: Source | None) -> "list[_Row]":
    """The rows of one scenario, its comments among them."""
    sections = _sections(scenario, source) if source is not None else {}
    written = [
        Written(w.depth, w.text, (sections[w.section],)) if w.section in sections else w
        for w in lines_of(scenario)
    ]
    draft = _Draft(comments)
    for line in written:
        draft.add(line)
    draft.close(0)
    return draft.rows


def _sections(scenario: Scenario, source: Source) -> dict[str, int]:
    """The lines of the headers of a scenario that are no nodes of its model."""
    found: dict[str, int] = {}
    within = ""
    for number in _numbers_after(scenario.line, source):
        line = source.lines[number]
        first = line.tokens[0]
        if line.depth == 1:
            within = "story" if first.kind is Kind.TEXT else first.text
            found.setdefault(within, number)
        elif line.depth == 2 and within == "replay":
            found.setdefault(first.text, number)
    return found


def _numbers_after(start: int, source: Source) -> Iterator[int]:
    for number in range(start + 1, len(source.rows) + 1):
        line = source.lines.get(number)
        if line is not None and line.depth == 0:
            return
        if line is not None:
            yield number


@frozen
class _Row:
    """A row of the result; ``content`` is the text of a line, empty for comments and blanks."""

    depth: int
    text: str
    content: str = ""


@define
class _Draft:
    """The rows so far, and the comments that wait for the end of a block."""

    comments: Comments
    rows: list[_Row] = field(factory=list[_Row])
    _open: list[tuple[int, list[str]]] = field(factory=list[tuple[int, list[str]]], init=False)

    def add(self, line: Written) -> None:
        """Append a line, with the comments of the lines it was read from."""
        self.close(line.depth)
        numbers = [n for n in line.lines if n]
        beside = [c for n in numbers if (c := self.comments.beside.pop(n, ""))]
        above = [c for n in numbers for c in self.comments.above.pop(n, [])]
        if len(beside) > 1 or (beside and len(numbers) > 1):
            above, beside = above + beside, []
        self.rows += [_Row(line.depth, comment) for comment in above]
        text = "  ".join([line.text, *beside])
        self.rows.append(_Row(line.depth, text, line.text))
        below = [c for n in numbers for c in self.comments.below.pop(n, [])]
        self._open.append((line.depth, below))

    def close(self, depth: int) -> None:
        """End the blocks that are as deep as ``depth``, or deeper."""
        while self._open and self._open[-1][0] >= depth:
            of_block, below = self._open.pop()
            self.rows += [_Row(of_block, comment) for comment in below]


def _joined(blocks: Iterable[Sequence[_Row]], rest: Sequence[str]) -> str:
    rows = [row for block in blocks for row in block] + [_Row(0, comment) for comment in rest]
    shown: list[str] = []
    for number, row in enumerate(rows):
        if shown and row.text and _is_apart(rows, number):
            shown.append("")
        shown.append("  " * row.depth + row.text if row.text else "")
    return "".join(f"{row}\n" for row in shown)


def _is_apart(rows: Sequence[_Row], number: int) -> bool:
    """Whether a blank line stands before a row: before each section, with its comments."""
    row, before = rows[number], rows[number - 1]
    if row.depth > 1 or not before.text:
        return False
    if not before.content and before.depth <= row.depth:
        return False
    if before.depth < row.depth:
        return False
    following = next((r.content for r in rows[number:] if r.content), "")
    return not (_is_vary(before.content) and _is_vary(following))


def _is_vary(content: str) -> bool:
    return content.startswith("vary ") and content != "vary together"
