"""What all lines of the grammar are made of: blocks, a cursor over tokens, names and values.

Recursive descent over lines: :mod:`~hocket.scenarios.language.nesting` nests the lines by their
depth, :func:`read_block` gives each line of a block to a function (:func:`by_first_word` chooses
it), which reads it through a :class:`Phrase`.  A mistake raises :class:`Unreadable`, which ends the
line (and whatever is nested in it) but never the block: reading goes on at the next line.

The docstring of a function that reads a verb begins with the verb's form between double backticks.
A line that cannot be read is answered with that form, and the language reference is made from it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NoReturn, TypeVar

from attrs import define, field

from hocket.scenarios.language.diagnostics import Code, Reporter
from hocket.scenarios.language.lexer import Kind, Token
from hocket.scenarios.language.model import Argument, Duration, Name, Value
from hocket.scenarios.language.nesting import Block, words_in

__all__ = ["Phrase", "Unreadable", "by_first_word", "duration_of", "form_of", "read_block"]

T = TypeVar("T")

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_REFERENCE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*\Z")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)\Z")
_DECIMALS = 9
_MAX_SECONDS = 1e9
_MAX_NUMBER = 1e15


class Unreadable(Exception):
    """A line cannot be read; why was reported already."""


def read_block(
    inner: Iterable[Block], read: Callable[["Phrase"], T], reporter: Reporter
) -> tuple[T, ...]:
    """Read each line of a block; those that cannot be read are left out, their words forgiven."""
    found: list[T] = []
    for block in inner:
        if reporter.full:
            break
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
        verb = verbs[first.text]
        phrase.form = form_of(verb)
        return verb(phrase)

    return read


def form_of(verb: Callable[..., object]) -> str:
    """The form of a verb: what its docstring begins with, between double backticks.

    Empty for one that has none, as for all of them where docstrings are stripped.
    """
    doc = verb.__doc__ or ""
    return " ".join(doc[2:].partition("``")[0].split()) if doc.startswith("``") else ""


def _read_line(phrase: "Phrase", read: Callable[["Phrase"], T]) -> T:
    if phrase.block.line.broken:
        raise Unreadable
    node = read(phrase)
    if phrase.next.kind is not Kind.END:
        hint = f"the form is: {phrase.form}" if phrase.form else "a line says one thing"
        phrase.refuse(f"'{phrase.next.text}' is too much here", code=Code.EXTRA, hint=hint)
    if phrase.block.inner and not phrase.entered:
        inner = phrase.block.inner[0].line
        message = "nothing can be nested in the line before"
        hint = f"indent it by {2 * phrase.block.line.depth} spaces, as the line before"
        phrase.reporter.report(Code.INDENTATION, inner.span(inner.tokens[0]), message, hint=hint)
        raise Unreadable
    return node


@define
class Phrase:
    """A cursor over the tokens of one line; ``form`` is that of its verb, once it is known."""

    block: Block
    reporter: Reporter
    entered: bool = field(default=False, init=False)
    form: str = field(default="", init=False)
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
        if not hint:
            hint = f"the form is: {self.form}" if self.form else f"write {what} here"
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

    def whole(self, what: str) -> int:
        """A whole number, 0 or more."""
        if self.next.kind is not Kind.NUMBER or not self.next.text.isdigit():
            self.expected(what, "a whole number, 0 or more")
        return int(self.take().text)

    def duration(self) -> Duration | Name:
        """A duration, or the name of the parameter that holds one."""
        if self.next.kind is Kind.WORD:
            return Name(self.name("a duration"))
        return self.fixed_duration()

    def fixed_duration(self) -> Duration:
        """A duration, which cannot be negative."""
        found = duration_of(self.next.text) if self.next.kind is Kind.DURATION else None
        if found is None:
            self.expected("a duration", "a duration is 5s, 500ms, 2m or 1h")
        if found.seconds > _MAX_SECONDS:
            self.refuse("a duration of more than thirty years", code=Code.NUMBER, hint=_SHORTER)
        self.take()
        return found

    def value(self) -> Value:
        """A text, a number, a duration, ``true``, ``false`` or a name."""
        token = self.next
        if token.kind is Kind.DURATION:
            return self.fixed_duration()
        if token.kind is Kind.TEXT:
            return self.take().text
        if token.kind is Kind.NUMBER:
            number = float(token.text) if "." in token.text else int(token.text)
            if abs(number) >= _MAX_NUMBER:
                hint = "numbers have at most 15 digits before the point"
                self.refuse("a number this large", code=Code.NUMBER, hint=hint)
            self.take()
            return number
        if token.kind is Kind.WORD and token.text in ("true", "false"):
            return self.take().text == "true"
        return Name(self.name("a value"))

    def reference(self) -> str:
        """Something of a Python module, as ``package.module:function``."""
        what = "package.module:function"
        module = self.word(what)
        self.expect(":")
        if not _REFERENCE.match(module):
            self.expected(what)
        return f"{module}:{self.name('the name of a function')}"

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
                message = f"argument '{name}' is given twice"
                self.reporter.report(
                    Code.DUPLICATE_NAME, span, message, hint="leave out one of them"
                )
            self.expect(":")
            found.append(Argument(name, self.value()))
        return tuple(found)


def duration_of(text: str) -> Duration | None:
    """The duration that a text such as ``500ms`` is, to the nanosecond; None for any other."""
    match = _DURATION.match(text)
    if match is None:
        return None
    return Duration(round(float(match.group(1)) * _UNITS[match.group(2)], _DECIMALS))


_SHORTER = "the clock of a scenario is virtual: a minute stands for an age as well"


def _forgive(block: Block, reporter: Reporter) -> None:
    reporter.forgiven.update(words_in(block.line))
    for inner in block.inner:
        _forgive(inner, reporter)
