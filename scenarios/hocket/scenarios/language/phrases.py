"""What all lines of the grammar are made of: blocks, a cursor over tokens, names and values.

Recursive descent over lines: :func:`blocks` nests the lines by their depth, :func:`read_block`
gives each line of a block to a function (:func:`by_first_word` chooses it), which reads it through
a :class:`Phrase`.  A mistake raises :class:`Unreadable`, which ends the line (and whatever
is nested in it) but never the block: reading goes on at the next line.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NoReturn, TypeVar

from attrs import define, field, frozen

from hocket.scenarios.language.diagnostics import Code, Reporter
from hocket.scenarios.language.lexer import Kind, Line, Source, Token
from hocket.scenarios.language.model import Argument, Duration, Name, Value

__all__ = ["Block", "Phrase", "Unreadable", "blocks", "by_first_word", "read_block"]

T = TypeVar("T")

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(-?[0-9.]+)([a-z]+)\Z")


class Unreadable(Exception):
    """A line cannot be read; why was reported already."""


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
            reporter.forgiven.update(_words(line))
            continue
        block = Block(line)
        open_lists[depth].append(block)
        del open_lists[depth + 1 :]
        open_lists.append(block.inner)
    return top


def read_block(
    inner: Iterable[Block], read: Callable[["Phrase"], T], reporter: Reporter
) -> tuple[T, ...]:
    """Read each line of a block; those that cannot be read are left out, their words forgiven."""
    found: list[T] = []
    for block in inner:
        try:
            found.append(_read_line(Phrase(block, reporter), read))
        except Unreadable:
            _forgive(block, reporter)
    return tuple(found)


def by_first_word(
    verbs: Mapping[str, Callable[["Phrase"], T]], what: str
) -> Callable[["Phrase"], T]:
    """A function that reads a line by the function of its first word.

    ``what`` says what a first word is here, as "step".
    """

    def read(phrase: Phrase) -> T:
        first = phrase.take()
        if first.kind is not Kind.WORD or first.text not in verbs:
            span = phrase.block.line.span(first)
            phrase.reporter.report_unknown(Code.UNKNOWN_VERB, span, what, first.text, verbs)
            raise Unreadable
        return verbs[first.text](phrase)

    return read


def _read_line(phrase: "Phrase", read: Callable[["Phrase"], T]) -> T:
    if phrase.block.line.broken:
        raise Unreadable
    node = read(phrase)
    if phrase.next.kind is not Kind.END:
        hint = "a line says one thing; a comment begins with #"
        phrase.refuse(f"'{phrase.next.text}' is too much here", code=Code.EXTRA, hint=hint)
    if phrase.block.inner and not phrase.entered:
        inner = phrase.block.inner[0].line
        message = "nothing can be nested in the line before"
        phrase.reporter.report(Code.INDENTATION, inner.span(inner.tokens[0]), message)
        raise Unreadable
    return node


@define
class Phrase:
    """A cursor over the tokens of one line."""

    block: Block
    reporter: Reporter
    entered: bool = field(default=False, init=False)
    _at: int = field(default=0, init=False)

    @property
    def number(self) -> int:
        """The number of the line."""
        return self.block.line.number

    @property
    def next(self) -> Token:
        """The token that comes next; at the end of the line, the one that marks it."""
        return self.block.line.tokens[self._at]

    def take(self) -> Token:
        """The next token, which is passed."""
        token = self.next
        if token.kind is not Kind.END:
            self._at += 1
        return token

    def enter(self, what: str) -> list[Block]:
        """The lines nested in this one, of which there must be some ``what``."""
        self.entered = True
        if not self.block.inner:
            message = f"no {what} follows '{self.block.line.tokens[0].text}'"
            hint = f"indent each {what} by two spaces more than this line"
            self.refuse_line(message, code=Code.EMPTY, hint=hint)
        return self.block.inner

    def refuse(self, message: str, *, code: Code = Code.EXPECTED, hint: str = "") -> NoReturn:
        """Report that the next token cannot stand here, and give the line up."""
        self.reporter.report(code, self.block.line.span(self.next), message, hint=hint)
        raise Unreadable

    def refuse_line(self, message: str, *, code: Code, hint: str) -> NoReturn:
        """Report that the line cannot stand here, at its first word, and give it up."""
        line = self.block.line
        self.reporter.report(code, line.span(line.tokens[0]), message, hint=hint)
        raise Unreadable

    def expected(self, what: str, hint: str = "") -> NoReturn:
        """Report that ``what`` was expected instead of the next token, and give the line up."""
        seen = "the end of the line" if self.next.kind is Kind.END else f"'{self.next.text}'"
        self.refuse(f"expected {what}, found {seen}", hint=hint)

    def accept(self, text: str) -> bool:
        """Pass the next token if it is the word or mark ``text``."""
        found = self.next.kind in (Kind.WORD, Kind.MARK) and self.next.text == text
        if found:
            self._at += 1
        return found

    def expect(self, text: str) -> None:
        """Pass the word or mark ``text``, which must come next."""
        if not self.accept(text):
            self.expected(f"'{text}'")

    def word(self, what: str) -> str:
        """A word, which may have dots and hyphens in it."""
        if self.next.kind is not Kind.WORD:
            self.expected(what)
        return self.take().text

    def name(self, what: str) -> str:
        """A name: letters, digits and underscores."""
        if self.next.kind is not Kind.WORD or not _NAME.match(self.next.text):
            self.expected(what, "a name has letters, digits and underscores")
        return self.take().text

    def names(self, what: str) -> tuple[str, ...]:
        """One name or several, with commas."""
        found = [self.name(what)]
        while self.accept(","):
            found.append(self.name(what))
        return tuple(found)

    def text(self, what: str) -> str:
        """A text in double quotes."""
        if self.next.kind is not Kind.TEXT:
            self.expected(what, 'texts stand in "double quotes"')
        return self.take().text

    def count(self, what: str) -> int:
        """A whole number, at least 1."""
        text = self.next.text
        if self.next.kind is not Kind.NUMBER or not text.isdigit() or int(text) < 1:
            self.expected(what, "a whole number, at least 1")
        return int(self.take().text)

    def duration(self) -> Duration | Name:
        """A duration, or the name of the parameter that holds one."""
        if self.next.kind is Kind.WORD:
            return Name(self.name("a duration"))
        return self.fixed_duration()

    def fixed_duration(self) -> Duration:
        """A duration, which cannot be negative."""
        token = self.next
        match = _DURATION.match(token.text) if token.kind is Kind.DURATION else None
        if match is None or token.text.startswith("-"):
            self.expected("a duration", "a duration is 5s, 500ms, 2m or 1h")
        self.take()
        return Duration(float(match.group(1)) * _UNITS[match.group(2)])

    def value(self) -> Value:
        """A text, a number, a duration, ``true``, ``false`` or a name."""
        token = self.next
        if token.kind is Kind.DURATION:
            return self.fixed_duration()
        if token.kind is Kind.TEXT:
            return self.take().text
        if token.kind is Kind.NUMBER:
            self.take()
            return float(token.text) if "." in token.text else int(token.text)
        if token.kind is Kind.WORD and token.text in ("true", "false"):
            return self.take().text == "true"
        return Name(self.name("a value"))

    def arguments(self) -> tuple[Argument, ...]:
        """Named values in parentheses, of which there may be none."""
        self.expect("(")
        found: list[Argument] = []
        while not self.accept(")"):
            if found:
                self.expect(",")
            token = self.next
            name = self.name("the name of an argument")
            if any(known.name == name for known in found):
                span = self.block.line.span(token)
                self.reporter.report(Code.DUPLICATE_NAME, span, f"argument '{name}' is given twice")
            self.expect(":")
            found.append(Argument(name, self.value()))
        return tuple(found)


def _words(line: Line) -> set[str]:
    return {token.text for token in line.tokens if token.kind is Kind.WORD}


def _forgive(block: Block, reporter: Reporter) -> None:
    reporter.forgiven.update(_words(block.line))
    for inner in block.inner:
        _forgive(inner, reporter)
