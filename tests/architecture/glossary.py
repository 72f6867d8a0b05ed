"""Reads the glossary of ``simulator/README.md``, which is where its words are decided."""

import re
from collections.abc import Iterator

from attrs import frozen
from tests.architecture.sources import REPOSITORY

_ROW = re.compile(r"\|(?P<term>[^|]*)\|(?P<definition>[^|]*)\|(?P<avoided>[^|]*)\|\s*")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_CODE = re.compile(r"`(.+?)`")


@frozen
class Entry:
    """One row: the bold terms, their definition, and the words not to say for them.

    ``banned`` are those of the latter that are set as code: the tidy test looks for them.
    """

    terms: tuple[str, ...]
    definition: str
    avoided: str
    banned: tuple[str, ...]


def read_glossary() -> tuple[Entry, ...]:
    """The rows of the committed glossary, in their order."""
    return tuple(rows((REPOSITORY / "simulator" / "README.md").read_text("utf-8")))


def banned_words() -> frozenset[str]:
    """The words that no public name of the simulator may contain, in lower case."""
    return frozenset(word.lower() for entry in read_glossary() for word in entry.banned)


def rows(text: str) -> Iterator[Entry]:
    """The rows of all tables in ``text`` that have three columns, without their headings."""
    lines = text.splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        row = _ROW.fullmatch(line)
        if row is None or _is_rule(line) or _is_rule(following):
            continue
        terms = tuple(t.strip() for bold in _BOLD.findall(row["term"]) for t in bold.split(","))
        avoided = row["avoided"].strip()
        yield Entry(terms, row["definition"].strip(), avoided, tuple(_CODE.findall(avoided)))


def _is_rule(line: str) -> bool:
    """Whether a line is the one between a table's heading, which stands above it, and its rows."""
    return bool(line) and set(line) <= set("|-: ")


def mistakes(entries: tuple[Entry, ...]) -> Iterator[str]:
    """What is wrong with a glossary: terms without definition, twice, or banned by another."""
    seen: set[str] = set()
    banned = {word.lower() for entry in entries for word in entry.banned}
    for entry in entries:
        if not entry.terms:
            yield f"a row without a bold term: {entry.definition[:40]!r}"
        if len(entry.definition.split()) < 3:
            yield f"{', '.join(entry.terms)} has no definition"
        for term in entry.terms:
            if term.lower() in seen:
                yield f"{term} is defined twice"
            if term.lower() in banned:
                yield f"{term} is defined, and banned by another row"
            seen.add(term.lower())
