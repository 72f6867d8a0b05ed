"""The glossary defines what the code says, and the banned words come from it."""

import re

import pytest
from tests.architecture.glossary import banned_words, mistakes, read_glossary, rows

from hocket import simulator

_HEADING = "| term | definition | do not say |\n|---|---|---|\n"


def test_every_term_has_one_definition() -> None:
    """No term is left undefined, defined twice, or banned by another row."""
    entries = read_glossary()
    assert len(entries) > 40
    assert not list(mistakes(entries))


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("| **step** | a step | tick |", "step has no definition"),
        ("| step | what a task does | tick |", "a row without a bold term: 'what a task does'"),
        ("| **tick** | what a task does | |", "tick is defined, and banned by another row"),
        ("| **Pass** | what a task does | |", "Pass is defined twice"),
    ],
)
def test_a_mistake_in_the_glossary_is_caught(row: str, complaint: str) -> None:
    """A row without term or definition, a second one, and a contradiction are each told."""
    text = f"{_HEADING}| **pass** | one turn of the loop | `tick` |\n{row}\n"
    assert list(mistakes(tuple(rows(text)))) == [complaint]


def test_the_banned_words_are_those_set_as_code() -> None:
    """The short list that names are checked against is read from the right column, nowhere else."""
    text = f"{_HEADING}| **pass** | one turn of the loop | round, `tick`, `beat` (of a heart) |\n"
    (entry,) = rows(text)
    assert entry.banned == ("tick", "beat")


def test_the_agreed_words_are_banned() -> None:
    """Eight words of neighbours' vocabularies must not come back by an edit of the table."""
    agreed = {"sut", "tape", "universe", "nemesis", "zoo", "fiber", "tick", "golden"}
    assert agreed <= banned_words()


def test_every_public_name_of_the_simulator_speaks_of_a_term() -> None:
    """Each name that users import contains a word that the glossary defines."""
    terms = {term.lower() for entry in read_glossary() for term in entry.terms}
    words = terms | {word for term in terms for word in term.split()} | {"explore", "explored"}
    strange = [name for name in simulator.__all__ if not _words(name) & words]
    assert not strange, "names without a glossary term: " + ", ".join(strange)


def test_a_name_outside_of_the_glossary_is_caught() -> None:
    """Splitting names into words does not by itself find a term in everything."""
    assert _words("CampaignResult") == {"campaign", "result"}
    assert _words("explore_or_raise") == {"explore", "or", "raise"}


def _words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+", name)}
