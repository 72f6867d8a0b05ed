"""Whatever the text, reading it ends soon, with diagnostics and never with an exception."""

from collections.abc import Callable
from cProfile import Profile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hocket.scenarios.catalogue import texts
from hocket.scenarios.language.checks import read
from hocket.scenarios.language.diagnostics import MAX_DIAGNOSTICS, Code, render
from hocket.scenarios.language.formatter import format_text
from hocket.scenarios.language.json_form import dumps
from hocket.scenarios.language.json_reading import read_json
from hocket.scenarios.language.lexer import MAX_LINE, MAX_LINES, MAX_TEXT
from hocket.scenarios.language.parser import parse

TEXTS = tuple(texts().values())


def test_there_is_an_end_to_complaints() -> None:
    """After a hundred diagnostics, one says that there are more."""
    result = read("nonsense\n" * 500, name="x")
    assert len(result.diagnostics) == MAX_DIAGNOSTICS + 1
    assert result.diagnostics[-1].code is Code.LIMIT


def test_limits_are_reported() -> None:
    """A text that is too long, a line too long and a block too deep are reported."""
    assert [d.code for d in parse("#" * (MAX_TEXT + 1), name="x").diagnostics] == [Code.LIMIT]
    assert [d.code for d in parse("\n" * MAX_LINES, name="x").diagnostics] == [Code.LIMIT]
    long = parse('scenario s\n  "' + "x" * MAX_LINE + '"\n', name="x").diagnostics
    assert [(d.code, d.line, d.column) for d in long] == [(Code.LIMIT, 2, MAX_LINE + 1)]
    deep = "\n".join("  " * depth + "fork" for depth in range(400))
    assert Code.INDENTATION in {d.code for d in parse(deep, name="x").diagnostics}


@settings(max_examples=150)
@given(st.text(max_size=300))
def test_arbitrary_text_never_raises(text: str) -> None:
    """Whatever the text, there is a result, and its diagnostics can be shown."""
    _read_and_render(text)


WORDS = st.sampled_from(
    [
        *TEXTS[0].split(),
        *TEXTS[1].split(),
        "\n",
        "\n  ",
        "\n    ",
        "\n      ",
        "\t",
        "\r\n",
        "\0",
        "\ud800",
        '"',
        "9" * 99,
    ]
)


@settings(max_examples=150)
@given(st.lists(WORDS, max_size=60).map(" ".join))
def test_shuffled_words_never_raise(text: str) -> None:
    """Words of the language in any order, with characters that have no place in it."""
    _read_and_render(text)


@settings(max_examples=150)
@given(
    st.sampled_from(TEXTS),
    st.integers(min_value=0),
    st.integers(min_value=0, max_value=30),
    st.sampled_from(["", "\n", '"', " ", "(", ", ", "\t", "\r", "\udfff", "x", "  ", "1", ".."]),
)
def test_mutated_scenarios_never_raise(text: str, at: int, cut: int, put: str) -> None:
    """A scenario with a piece cut out and another put in gives diagnostics at most."""
    start = at % len(text)
    _read_and_render(text[:start] + put + text[start + cut :])


def _read_and_render(text: str) -> None:
    result = read(text, name="x")
    for found in result.diagnostics:
        assert found.line >= 1
        assert 1 <= found.column < found.end_column
        assert render(found, file="x", source=result.source.row(found.line))


HEAD = """scenario s
  setup
    user ann
    thread T of ann
    model T: call f() id "1", then say "ok"
    tool f: delegated
"""
START = "  client laptop of ann\n    connect\n    start T as t\n"
CLIENT = '  client c{0} of ann\n    connect\n    on call f as c\n    reply c "v"\n'
STRANGER = "  client d{0} of ann\n    connect\n    on call f as c\n"
PROPERTY = '    never turn.failed(turn: t)\n    sometimes reply.sent(turn: t, text: "{0}")\n'

SHAPES: dict[str, Callable[[int], str]] = {
    "clients": lambda n: HEAD + "".join(CLIENT.format(i) for i in range(n)),
    "strangers": lambda n: (
        HEAD + "".join(STRANGER.format(i) for i in range(n)) + START + '    reply c "v"\n' * n
    ),
    "properties": lambda n: HEAD + START + "  expect\n" + "".join(map(PROPERTY.format, range(n))),
    "mistakes": lambda n: HEAD + START + "".join(f"    cancel t{i}\n" for i in range(n)),
    "scenarios": lambda n: "scenario s\n  client c of u\n    connect\n" * n,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_reading_takes_work_linear_in_the_size(shape: str) -> None:
    """Ten times the text takes about ten times the calls; a squared part shows as far more."""

    small, large = (calls(read, SHAPES[shape](n)) for n in (100, 1000))
    assert large < 15 * small


@pytest.mark.parametrize("shape", ["clients", "properties"])
def test_formatting_takes_work_linear_in_the_size(shape: str) -> None:
    """Comments included."""
    small, large = (
        calls(format_text, SHAPES[shape](n).replace("\n", "  # why\n  # what\n")) for n in (50, 500)
    )
    assert large < 15 * small


@pytest.mark.parametrize("shape", ["clients", "properties", "mistakes"])
def test_the_json_form_takes_work_linear_in_the_size(shape: str) -> None:
    """The same documents, in the other form."""
    small, large = (
        calls(read_json, dumps(parse(SHAPES[shape](n), name="x").scenarios)) for n in (50, 500)
    )
    assert large < 15 * small


def calls(door: Callable[..., object], text: str) -> int:
    """How many calls it takes to read ``text``."""
    profile = Profile()
    profile.runcall(door, text, name="x")
    return sum(entry.callcount for entry in profile.getstats())


HOSTILE = {
    "one line": "scenario s" + "(" * 10_000_000,
    "many lines": "x\n" * 5_000_000,
    "deep": "\n".join("  " * (n % 4_000) + "fork" for n in range(2_600)),
    "one text": 'scenario s\n  "' + "\\" * 10_000_000,
    "nested": "[" * 10_000_000,
    "open": '{"a":' * 2_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_ten_hostile_megabytes_are_refused(name: str) -> None:
    """By their size, before anything is read, in either form; so they take no time."""
    for door in (read, read_json):
        assert len(HOSTILE[name]) > 5_000_000
        found = door(HOSTILE[name], name="x").diagnostics
        assert [d.code for d in found] == [Code.LIMIT]
        assert calls(door, HOSTILE[name]) < 1_000


def test_an_approval_that_stands_for_a_turn_is_told_what_it_is_for() -> None:
    """A name of the wrong kind gets the steps in which it is right, however many those are."""
    text = (
        "scenario s\n  setup\n    user ann\n    thread T of ann\n"
        '    model T: call pay() then say "paid"\n    tool pay: local, approval required\n'
        "  client laptop of ann\n    connect\n    start T as t\n    on approval pay as a\n"
        "    on end of a\n"
    )
    helps = [diagnostic.help for diagnostic in read(text, name="x").diagnostics]
    assert "decide an approval with: approve a or deny a" in helps
