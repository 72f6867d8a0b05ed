"""A text becomes the model it says, and what cannot be read costs one line, not the file."""

from hocket.scenarios.language.checks import read
from hocket.scenarios.language.diagnostics import Code, render
from hocket.scenarios.language.model import (
    AfterNever,
    Approve,
    Argument,
    AtMostOnce,
    Before,
    Call,
    Calls,
    Cancel,
    Client,
    Close,
    CloseThread,
    Condition,
    Connect,
    DeleteThread,
    Deny,
    Drop,
    Duplicate,
    Duration,
    EventPattern,
    Eventually,
    ExactlyOnce,
    ExactlyOneOf,
    Fail,
    FinallyNoPending,
    Fork,
    Hold,
    Lane,
    Lose,
    ModelTurn,
    Name,
    Never,
    Offer,
    OnApproval,
    OnCall,
    OnEnd,
    OnPause,
    Parameter,
    Policy,
    Range,
    Reply,
    ResetThread,
    Revoke,
    Say,
    Scenario,
    Setup,
    Site,
    Sometimes,
    Start,
    Thread,
    Tool,
    User,
    Wait,
    When,
    Without,
)
from hocket.scenarios.language.parser import parse

EVERYTHING = r"""
scenario all_of_it   # a comment
  "A \"story\"."
  vary d = 500ms, 2m
  vary n = 1, 2.5, -3
  setup
    user ann, ben
    thread A of ann, B of ben
    policy lost_call: wait_for_resume
    model A: call f(x: 1, y: "#", z: true, w: d) id "1" and call g() takes d, then say "ok"
    model A: fail "no" takes 1s
    tool f: delegated, approval required, timeout d
    tool g: local, takes 0s..5s
  client laptop of ann
    connect
    connect as s2 resuming s1
    start A as a saying "hi"
    start A as b
    on call f of a id "1" as c else skip
    on approval f as p
    on pause of a
    on end of a else skip
    reply c "v" as tool g from s1
    reply c error "v"
    approve p from s1
    deny p
    cancel a
    offer f, g
    close_thread A
    reset_thread A
    delete_thread A
    revoke
    drop
    close s2
    wait d
    fork
      lane one
        wait 1h
      lane two
        wait 2s
  schedule
    hold laptop.reply up to 3 for 5s
    duplicate laptop up to 1
    lose laptop.approve up to 2
  expect
    never turn.failed
    exactly once tool.started(tool: f)
    at most once tool.started per turn
    exactly one of turn.completed, turn.failed
    turn.started before turn.completed
    after turn.cancelled never tool.started
    eventually turn.completed
    eventually turn.completed within d
    sometimes turn.completed
    when d < 10s
      never turn.expired
    finally no pending
    without ISO-1 "on purpose"
"""

D = Name("d")
CALL = Call(
    "f",
    (Argument("x", 1), Argument("y", "#"), Argument("z", True), Argument("w", D)),
    "1",
)


def pattern(word: str) -> EventPattern:
    """A pattern without arguments."""
    return EventPattern(word)


EXPECTED = Scenario(
    "all_of_it",
    'A "story".',
    (
        Parameter("d", (Duration(0.5), Duration(120))),
        Parameter("n", (1, 2.5, -3)),
    ),
    Setup(
        (User("ann"), User("ben")),
        (Thread("A", "ann"), Thread("B", "ben")),
        (Policy("lost_call", "wait_for_resume"),),
        (
            ModelTurn("A", (Calls((CALL, Call("g")), D), Say("ok"))),
            ModelTurn("A", (Fail("no", Duration(1)),)),
        ),
        (
            Tool("f", Site.DELEGATED, approval=True, timeout=D),
            Tool("g", Site.LOCAL, takes=Range(Duration(0), Duration(5))),
        ),
    ),
    (
        Client(
            "laptop",
            "ann",
            (
                Connect(),
                Connect("s2", "s1"),
                Start("A", "a", "hi"),
                Start("A", "b"),
                OnCall("f", "c", "a", "1", else_skip=True),
                OnApproval("f", "p"),
                OnPause("a"),
                OnEnd("a", else_skip=True),
                Reply("c", "v", "g", "s1"),
                Reply("c", "v", error=True),
                Approve("p", "s1"),
                Deny("p"),
                Cancel("a"),
                Offer(("f", "g")),
                CloseThread("A"),
                ResetThread("A"),
                DeleteThread("A"),
                Revoke(),
                Drop(),
                Close("s2"),
                Wait(D),
                Fork(
                    (
                        Lane("one", (Wait(Duration(3600)),)),
                        Lane("two", (Wait(Duration(2)),)),
                    )
                ),
            ),
        ),
    ),
    (
        Hold("laptop", 3, Duration(5), "reply"),
        Duplicate("laptop", 1),
        Lose("laptop", 2, "approve"),
    ),
    (
        Never(pattern("turn.failed")),
        ExactlyOnce(EventPattern("tool.started", (Argument("tool", Name("f")),))),
        AtMostOnce(pattern("tool.started"), "turn"),
        ExactlyOneOf((pattern("turn.completed"), pattern("turn.failed"))),
        Before(pattern("turn.started"), pattern("turn.completed")),
        AfterNever(pattern("turn.cancelled"), pattern("tool.started")),
        Eventually(pattern("turn.completed")),
        Eventually(pattern("turn.completed"), D),
        Sometimes(pattern("turn.completed")),
        When(Condition("d", "<", Duration(10)), (Never(pattern("turn.expired")),)),
        FinallyNoPending(),
    ),
    (Without("ISO-1", "on purpose"),),
)


def test_everything_the_language_has() -> None:
    """Each construct of the text is the node of the model that it names."""
    result = parse(EVERYTHING, name="x")
    assert result.diagnostics == ()
    assert result.scenarios == (EXPECTED,)


def test_nodes_know_their_lines() -> None:
    """A node keeps the line it stood on, which plays no part in equality."""
    (one,) = parse('scenario s\n  "x"\n  client c of u\n    wait 1s\n', name="x").scenarios
    (two,) = parse('\n\nscenario s\n  "x"\n\n  client c of u\n    wait 1s', name="x").scenarios
    assert one == two
    assert (one.line, one.clients[0].line, one.clients[0].steps[0].line) == (1, 3, 4)
    assert (two.line, two.clients[0].line, two.clients[0].steps[0].line) == (3, 6, 7)


def test_words_of_the_language_are_no_reserved_words() -> None:
    """Names stand where names stand, so a user may be called 'of'."""
    text = (
        "scenario setup\n  setup\n    user of\n    thread as of of\n  client on of of\n    connect"
    )
    result = parse(text, name="x")
    assert result.diagnostics == ()
    assert result.scenarios[0].setup.threads == (Thread("as", "of"),)


def test_a_file_may_hold_several_scenarios() -> None:
    """Scenarios follow one another."""
    text = "scenario a\n  client c of u\n    connect\nscenario b\n  client c of u\n    connect\n"
    assert [s.name for s in parse(text, name="x").scenarios] == ["a", "b"]


def test_reading_goes_on_after_a_mistake() -> None:
    """All mistakes of a text are reported at once, and what is between them is read."""
    text = "scenario s\n  client c of u\n    conect\n    connect\n    wait soon later\n    drop\n"
    result = parse(text, name="x")
    assert [(d.code, d.line, d.column) for d in result.diagnostics] == [
        (Code.UNKNOWN_VERB, 3, 5),
        (Code.EXTRA, 5, 15),
    ]
    assert result.scenarios[0].clients[0].steps == (Connect(), Drop())


def test_a_line_that_cannot_be_read_causes_no_further_complaints() -> None:
    """Nothing is said about names that a broken line may have declared or used."""
    text = """
scenario s
  setup
    user ann !
    thread T of ann
    tool f: sideways
    model T: call f() id "1", then say "ok"
  client laptop of ann
    connect
    start T as
    on call f as c
    cancel t
"""
    result = read(text, name="x")
    assert [(d.code, d.line) for d in result.diagnostics] == [
        (Code.CHARACTER, 4),
        (Code.EXPECTED, 6),
        (Code.EXPECTED, 10),
        (Code.UNKNOWN_NAME, 12),
    ]


def test_rendering() -> None:
    """A diagnostic shows its place, the line, a caret under the word, and help."""
    text = "scenario s\n  client c of u\n    conect\n"
    (found,) = parse(text, name="x").diagnostics
    assert render(found, file="dir/s.hocket", source="    conect") == (
        "dir/s.hocket:3:5: error[E007]: unknown step 'conect'; did you mean 'connect'?\n"
        "    3 |     conect\n"
        "      |     ^^^^^^\n"
        "      = help: known: approve, cancel, close, close_thread, connect, delete_thread, deny,"
        " drop, fork, offer, on, reply, ..."
    )
