"""Every code is seen once, with the place it points at."""

import pytest

from hocket.scenarios.language.checks import check, read
from hocket.scenarios.language.diagnostics import Code, suggestion
from hocket.scenarios.language.explanations import EXAMPLE, EXPLANATIONS
from hocket.scenarios.language.model import Client, Drop, Scenario

SOUND = """scenario s
  "A story."
  setup
    user ann
    thread T of ann
    model T: call f(x: 1) id "1", then say "ok"
    tool f: delegated, approval required, timeout 5s
  client laptop of ann
    connect
    start T as t
    on approval f as p
    approve p
    on call f as c
    reply c "v"
  expect
    eventually turn.completed(turn: t) within 60s
"""

MISTAKES = [
    # what to replace, by what, the code, the place, a part of the message or the help
    ("    approve p", "\tapprove p", Code.CHARACTER, (12, 1), "a tab"),
    ("    approve p", "    approve p\r", Code.CARRIAGE_RETURN, (12, 14), "Unix line ends"),
    ('reply c "v"', 'reply c "\0"', Code.CHARACTER, (14, 14), "U+0000"),
    ('reply c "v"', 'reply c "\ud800"', Code.CHARACTER, (14, 14), "U+D800"),
    ("    approve p", "     approve p", Code.INDENTATION, (12, 1), "a level is two spaces"),
    ("    approve p", "      approve p", Code.INDENTATION, (12, 7), "nested"),
    ("    thread T", "        thread T", Code.INDENTATION, (5, 9), "at most 6 spaces"),
    ('"v"', '"v', Code.STRING, (14, 13), "without an end"),
    ('"v"', r'"\v"', Code.STRING, (14, 14), r"unknown escape '\v'"),
    ("timeout 5s", "timeout 5seconds", Code.NUMBER, (7, 51), "a duration is 5s"),
    ("timeout 5s", "timeout " + "9" * 20 + "s", Code.NUMBER, (7, 51), "15 digits"),
    ("timeout 5s", "timeout 9999999999s", Code.NUMBER, (7, 51), "thirty years"),
    ("    approve p", "    aprove p", Code.UNKNOWN_VERB, (12, 5), "did you mean 'approve'?"),
    ("  expect", "  expects", Code.UNKNOWN_VERB, (15, 3), "did you mean 'expect'?"),
    ("start T as t", "start T", Code.EXPECTED, (10, 12), "expected 'as', found the end"),
    ("timeout 5s", "timeout -5s", Code.EXPECTED, (7, 51), "a duration is"),
    ("approve p", "approve p twice", Code.EXTRA, (12, 15), "'twice' is too much here"),
    ("    connect\n", "    connect\n    fork\n", Code.EMPTY, (10, 5), "no lane follows 'fork'"),
    ("  expect", "  setup\n    user ben\n  expect", Code.REPEATED_SECTION, (15, 3), "second setup"),
    ('"A story."', '"A story."\n  "Another."', Code.REPEATED_SECTION, (3, 3), "second story"),
    ("on call f", "on call g", Code.UNKNOWN_NAME, (13, 13), "unknown tool 'g'"),
    ("thread T of ann", "thread T of anne", Code.UNKNOWN_NAME, (5, 17), "did you mean 'ann'?"),
    ("laptop of ann", "laptop of bob", Code.UNKNOWN_NAME, (8, 20), "unknown user 'bob'"),
    ("start T as t", "start U as t", Code.UNKNOWN_NAME, (10, 11), "unknown thread 'U'"),
    ("approve p", "cancel tt", Code.UNKNOWN_NAME, (12, 12), "unknown turn 'tt'"),
    ('"v"', '"v" from s1', Code.UNKNOWN_NAME, (14, 22), "unknown connection 's1'"),
    ('"v"', '"v" as tool g', Code.UNKNOWN_NAME, (14, 25), "unknown tool 'g'"),
    ("connect", "connect resuming s0", Code.UNKNOWN_NAME, (9, 22), "unknown connection 's0'"),
    ("on call f", "on call f of u", Code.UNKNOWN_NAME, (13, 18), "unknown turn 'u'"),
    ("timeout 5s", "timeout short", Code.UNKNOWN_NAME, (7, 51), "unknown parameter 'short'"),
    ("x: 1", "x: y", Code.UNKNOWN_NAME, (6, 24), "unknown parameter 'y'"),
    ("turn: t", "turn: u", Code.UNKNOWN_NAME, (16, 37), "unknown turn 'u'"),
    (
        "  expect",
        "  schedule\n    lose phone up to 1\n  expect",
        Code.UNKNOWN_NAME,
        (16, 10),
        "unknown client 'phone'",
    ),
    ("user ann", "user ann, ann", Code.DUPLICATE_NAME, (4, 15), "declared twice"),
    ("on call f as c", "on call f as p", Code.DUPLICATE_NAME, (13, 18), "line 11"),
    ("x: 1", "x: 1, x: 2", Code.DUPLICATE_NAME, (6, 27), "given twice"),
    ("  setup", "  vary f = 1, 2\n  setup", Code.DUPLICATE_NAME, (3, 8), "something else"),
    ("user ann", "user ann, ben", Code.UNUSED_NAME, (4, 15), "user 'ben' is never used"),
    ("thread T of ann", "thread T of ann, U of ann", Code.UNUSED_NAME, (5, 22), "on thread 'U'"),
    ("  setup", "  vary v = 1, 2\n  setup", Code.UNUSED_NAME, (3, 8), "'v' is never used"),
    ("    connect\n", "", Code.NOT_CONNECTED, (9, 5), "write 'connect' before it"),
    ("approve p", "drop", Code.NOT_CONNECTED, (13, 5), "connect again"),
    ("approve p", "approve t", Code.WRONG_KIND, (12, 13), "'t' is a turn, not an approval"),
    ('reply c "v"', "deny c", Code.WRONG_KIND, (14, 10), 'reply c "..."'),
    ("approve p", 'reply c "v"', Code.TOO_EARLY, (12, 11), "line 13"),
    ("tool f", "policy lost_cal: fail\n    tool f", Code.POLICY, (7, 12), "'lost_call'"),
    ("tool f", "policy lost_call: fial\n    tool f", Code.POLICY, (7, 23), "'fail'"),
    ("turn.completed", "turn.complete", Code.UNKNOWN_EVENT, (16, 16), "'turn.completed'"),
    ("turn: t", "trun: t", Code.UNKNOWN_ARGUMENT, (16, 31), "did you mean 'turn'?"),
    (
        "eventually turn.completed(turn: t) within 60s",
        "at most once turn.completed per value",
        Code.UNKNOWN_ARGUMENT,
        (16, 37),
        "known: turn",
    ),
    (
        "60s",
        "60s\n    never turn.expired\n    sometimes turn.expired(turn: t)",
        Code.CONTRADICTION,
        (18, 5),
        "line 17",
    ),
    ("60s", '60s\n    without ISO_1 "x"', Code.UNKNOWN_INVARIANT, (17, 13), "'ISO-1'"),
    (", approval required", "", Code.UNREACHABLE, (11, 17), "needs no approval"),
    ("delegated", "local", Code.UNREACHABLE, (13, 13), "is local"),
    ("on call f", 'on call f id "2"', Code.UNREACHABLE, (13, 13), 'the id "2"'),
    ("call f(x: 1)", "call g(x: 1)", Code.UNDECLARED_CALL, (6, 19), "unknown tool 'g'"),
    (
        "tool f",
        "tool g: local, takes 5s..1s\n    tool f",
        Code.RANGE,
        (7, 20),
        "an empty range",
    ),
    (
        "  setup",
        '  vary w = "a"\n  setup',
        Code.UNUSED_NAME,
        (3, 8),
        "never used",
    ),
    ("delegated, approval required", "local", Code.MISPLACED_OPTION, (7, 20), "has a timeout"),
    ("timeout 5s", "takes 5s", Code.MISPLACED_OPTION, (7, 43), "says how long it takes"),
    ("turn: t", 'turn: "t"', Code.ARGUMENT_VALUE, (16, 31), "wants the name of a turn"),
    (
        "turn.completed(turn: t)",
        'result.rejected(reason: "lat")',
        Code.ARGUMENT_VALUE,
        (16, 40),
        "did you mean 'late'?",
    ),
    (
        "turn.completed(turn: t)",
        "result.rejected(reason: 1)",
        Code.ARGUMENT_VALUE,
        (16, 32),
        "wants a text",
    ),
]


def test_the_sound_text_is_sound() -> None:
    """What the mistakes are planted in has none."""
    assert read(SOUND, name="x").diagnostics == ()


@pytest.mark.parametrize(("old", "new", "code", "place", "part"), MISTAKES)
def test_a_mistake_is_reported_at_its_place(
    old: str, new: str, code: Code, place: tuple[int, int], part: str
) -> None:
    """Each planted mistake is found, at its line and column, with words that help."""
    assert old in SOUND
    found = read(SOUND.replace(old, new, 1), name="x").diagnostics
    matching = [d for d in found if (d.code, (d.line, d.column)) == (code, place)]
    assert matching, found
    assert any(part in d.message + " " + d.help for d in matching), found


PARAMETERS = """scenario s
  vary d = {d}
  vary e = {e}
  setup
    user ann
    thread T of ann
  client laptop of ann
    connect
    wait d
    start T as t saying "x"
  expect
    when e {when}
      never turn.failed
"""


@pytest.mark.parametrize(
    ("d", "e", "when", "code", "line"),
    [
        ('"a", "b"', "1, 2", "< 2", Code.PARAMETER_TYPE, 9),
        ("1s, 2", "1, 2", "< 2", Code.PARAMETER_TYPE, 2),
        ("1s, 2s", "1, 2", "< 2s", Code.PARAMETER_TYPE, 12),
        ("1s, 2s", "1, 2", "< f", Code.PARAMETER_TYPE, 12),
        (", ".join(["1s"] * 33), "1, 2", "< 2", Code.TOO_MANY_INSTANCES, 3),
    ],
)
def test_parameters_have_types_and_a_limit(
    d: str, e: str, when: str, code: Code, line: int
) -> None:
    """Values are of one kind, which suits their use; and their product is bounded."""
    sound = PARAMETERS.format(d="1s, 2s", e="1, 2", when="< 2")
    assert read(sound, name="x").diagnostics == ()
    found = read(PARAMETERS.format(d=d, e=e, when=when), name="x").diagnostics
    assert (code, line) in [(f.code, f.line) for f in found]


TWO_CLIENTS = """scenario s
  setup
    user ann, ben
    thread T of ann
    thread U of ben
    model T: call f() id "1", then say "ok"
    tool f: delegated
  client laptop of ann
    connect
    start T as t
    on call f as c
  client phone of ann
    connect
    on call f as c
  client watch of ben
    connect
    start U as u
    {step}
"""


@pytest.mark.parametrize(
    ("step", "code", "column"),
    [
        ("cancel t", None, 0),
        ('reply c "v"', Code.AMBIGUOUS_NAME, 11),
        ("start T as v", Code.FOREIGN_THREAD, 11),
        ("start U as t", Code.DUPLICATE_NAME, 16),
        ("on call f as t", Code.DUPLICATE_NAME, 18),
    ],
)
def test_names_of_other_clients(step: str, code: Code | None, column: int) -> None:
    """A turn is known to all clients, a call to others only if its name is."""
    found = read(TWO_CLIENTS.format(step=step), name="x").diagnostics
    expected = [] if code is None else [(code, 18, column)]
    assert [(d.code, d.line, d.column) for d in found] == expected


def test_a_scenario_needs_a_client() -> None:
    """A scenario in which nobody does anything is reported."""
    (found,) = read("scenario s\n  expect\n    never turn.failed\n", name="x").diagnostics
    assert (found.code, found.line, found.column) == (Code.EMPTY, 1, 10)


def test_scenarios_of_one_file_have_different_names() -> None:
    """The second of two scenarios of one name is reported."""
    (found,) = read(SOUND + SOUND, name="x").diagnostics
    assert (found.code, found.line, found.column) == (Code.DUPLICATE_NAME, 17, 10)


def test_never_in_another_condition_is_no_contradiction() -> None:
    """A ``sometimes`` is contradicted only by a ``never`` that holds wherever it is asked for."""
    asked = "60s\n    sometimes turn.expired\n    when d > 1s\n      never turn.expired"
    text = SOUND.replace("60s", asked).replace("  setup", "  vary d = 1s, 2s\n  setup", 1)
    assert read(text, name="x").diagnostics == ()


ELSEWHERE = {Code.LIMIT, Code.NOT_EMITTED, Code.JSON, Code.SHAPE}
"""Codes that no line of a text in the text form can have by itself."""


def test_the_example_of_the_explanations_is_sound() -> None:
    """What their mistakes are planted in has none."""
    assert read(EXAMPLE, name="x").diagnostics == ()


@pytest.mark.parametrize("code", Code)
def test_every_code_is_explained_by_a_mistake(code: Code) -> None:
    """The wrong line of an explanation has its code there, or beside it, and help with it."""
    explanation = EXPLANATIONS[code]
    assert explanation.title
    assert explanation.text
    if code in ELSEWHERE:
        assert not explanation.wrong
        return
    wrong = EXAMPLE.replace(explanation.right, explanation.wrong, 1)
    found = [d for d in read(wrong, name="x").diagnostics if d.code is code]
    assert found
    assert all(diagnostic.help for diagnostic in read(wrong, name="x").diagnostics)
    first = EXAMPLE[: EXAMPLE.index(explanation.right)].count("\n") + 1
    assert first - 1 <= found[0].line <= first + 1 + explanation.wrong.count("\n")


def test_a_scenario_without_a_text_is_checked_too() -> None:
    """A model that another front door made is checked alike, without places."""
    (connected, user) = check(Scenario("s", clients=(Client("laptop", "ann", (Drop(),)),)))
    assert (user.code, connected.code) == (Code.NOT_CONNECTED, Code.UNKNOWN_NAME)
    assert user.line == 0


def test_suggestions_are_near() -> None:
    """A suggestion is made only where a word is like the one given."""
    assert suggestion("deplyo", ("read_file", "deploy")) == "deploy"
    assert suggestion("x", ("read_file", "deploy")) is None
