"""The comments of a scanned text, each with the line that it belongs to.

A comment at the end of a line belongs to that line.  One that stands alone belongs to the line that
follows, unless it is indented deeper than that: then it belongs behind the block before it.
"""

from collections.abc import Iterator

from attrs import define, field, frozen

from hocket.scenarios.language.lexer import Line, Source, comment_of

__all__ = ["Comments", "comments_of"]


@define
class Comments:
    """Comments by the numbers of their lines.

    ``above`` are those before a line, with an empty text for a blank line between two of them;
    ``beside`` those at its end; ``below`` those behind a line and all that is nested in it.
    ``rest`` are those of a text without any line.
    """

    above: dict[int, list[str]] = field(factory=dict[int, list[str]])
    beside: dict[int, str] = field(factory=dict[int, str])
    below: dict[int, list[str]] = field(factory=dict[int, list[str]])
    rest: list[str] = field(factory=list[str])


@frozen
class _Alone:
    """A comment that stands alone, and whether a blank line stands above it."""

    text: str
    depth: int
    spaced: bool


@frozen
class _Run:
    """The comments alone before a line (None for the end); ``spaced`` from it by a blank line."""

    alone: list[_Alone]
    line: Line | None
    spaced: bool


def comments_of(source: Source) -> Comments:
    """All comments of ``source``."""
    found = Comments()
    open_lines: list[Line] = []
    for run in _runs(source):
        depth = run.line.depth if run.line is not None else -1
        deepest = len(open_lines) - 1
        for at, comment in enumerate(run.alone):
            deepest = min(deepest, comment.depth)
            if deepest <= depth or not open_lines:
                _add_above(found, run, at)
                break
            found.below.setdefault(open_lines[deepest].number, []).append(comment.text)
        if run.line is not None:
            beside = comment_of(source.row(run.line.number))
            if beside:
                found.beside[run.line.number] = beside
            del open_lines[run.line.depth :]
            open_lines.append(run.line)
    return found


def _add_above(found: Comments, run: _Run, first: int) -> None:
    """Put the comments of a run from ``first`` on above its line.

    The blank line between what is said of a file and its first scenario is kept.
    """
    line = run.line
    place = found.rest if line is None else found.above.setdefault(line.number, [])
    for comment in run.alone[first:]:
        if comment.spaced and place:
            place.append("")
        place.append(comment.text)
    if run.spaced and line is not None and line.depth == 0:
        place.append("")


def _runs(source: Source) -> Iterator[_Run]:
    alone: list[_Alone] = []
    blank = False
    for number, row in enumerate(source.rows, 1):
        content = row.strip(" ")
        if number in source.lines:
            yield _Run(alone, source.lines[number], blank)
            alone, blank = [], False
        elif content:
            indent = len(row) - len(row.lstrip(" "))
            alone.append(_Alone(content.rstrip(), indent // 2, blank))
            blank = False
        else:
            blank = True
    yield _Run(alone, None, blank)
