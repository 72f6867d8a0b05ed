"""The words of properties speak of events that there are, and of fields that they have."""

import pytest

from hocket.runtime.protocol.events import EVENT_FIELDS
from hocket.scenarios.vocabulary import WORDS, Comparison


@pytest.mark.parametrize("name", WORDS)
def test_a_word_means_an_event(name: str) -> None:
    """Its kind is one of the runtime's, and it compares fields that this kind has."""
    word = WORDS[name]
    assert word.name == name
    fields = EVENT_FIELDS[word.kind]
    assert {slot.field for slot in word.slots.values()} <= set(fields)
    assert set(word.where) <= set(fields)


@pytest.mark.parametrize("name", WORDS)
def test_a_word_is_explained(name: str) -> None:
    """It has a sentence, for the reference page."""
    assert WORDS[name].doc[0].isupper()
    assert WORDS[name].doc.endswith(".")


@pytest.mark.parametrize("name", WORDS)
def test_turns_are_compared_by_run_or_request(name: str) -> None:
    """The argument ``turn`` looks at the run, or at the request where there is no run yet."""
    slot = WORDS[name].slots.get("turn")
    if slot is not None:
        by = {"run": Comparison.TURN, "request": Comparison.REQUEST}
        assert slot.comparison is by[slot.field]


def test_no_two_words_mean_the_same() -> None:
    """One way to say each thing."""
    meanings = {(word.kind, tuple(sorted(word.where.items(), key=str))) for word in WORDS.values()}
    assert len(meanings) == len(WORDS)
