"""Lines nested by their depth, before anybody asks what they say."""

from attrs import field, frozen

from hocket.scenarios.language.diagnostics import Code, Reporter
from hocket.scenarios.language.lexer import Kind, Line, Source

__all__ = ["Block", "blocks", "words_in"]


@frozen
class Block:
    """A line with the lines nested in it."""

    line: Line
    inner: list["Block"] = field(factory=list["Block"])


def blocks(source: Source, reporter: Reporter) -> list[Block]:
    """The lines of ``source`` nested by depth; one too deep for its place is reported and left."""
    top: list[Block] = []
    open_lists = [top]
    for line in source.lines.values():
        depth = min(line.depth, len(open_lists) - 1) if line.broken else line.depth
        if depth >= len(open_lists):
            message = "indented deeper than the line before allows"
            hint = f"indent by at most {2 * (len(open_lists) - 1)} spaces here"
            reporter.report(Code.INDENTATION, line.span(line.tokens[0]), message, hint=hint)
            reporter.forgiven.update(words_in(line))
            continue
        block = Block(line)
        open_lists[depth].append(block)
        del open_lists[depth + 1 :]
        open_lists.append(block.inner)
    return top


def words_in(line: Line) -> set[str]:
    """The words of a line, about which nothing more is said if it cannot be read."""
    return {token.text for token in line.tokens if token.kind is Kind.WORD}
