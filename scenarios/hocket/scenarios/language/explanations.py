"""What each code means, at more length than a diagnostic has: ``hocket explain-code``.

An explanation shows a line that is wrong beside one that is right, both of the same small scenario;
a test puts each wrong line in and looks for its code.

This module is long because every code is explained in one place.
"""

from collections.abc import Mapping
from types import MappingProxyType

from attrs import frozen

from hocket.scenarios.language.diagnostics import Code

__all__ = ["EXAMPLE", "EXPLANATIONS", "Explanation"]

EXAMPLE = """\
scenario refund
  "A person allows a refund, and it is paid once."

  vary delay = 1s, 9s

  setup
    user ann, ben
    thread T of ann, U of ben
    policy lost_call: wait_for_resume
    model T: call refund(order: 7) id "r1" and call lookup(order: 7) id "l1", then say "paid"
    tool refund: local, approval required, takes 0s..5s
    tool lookup: delegated, timeout 30s

  client laptop of ann
    connect as s1
    start T as t
    on approval refund as p
    approve p
    on call lookup as c
    wait delay
    reply c "found" from s1

  client phone of ben
    connect
    start U as u
    cancel u

  schedule
    fix laptop.approve before phone.cancel
    lose laptop.reply up to 1

  expect
    exactly once tool.effect(tool: refund)
    at most once turn.completed(turn: t)
    when delay < 5s
      never call.timed_out(turn: t)
    without ORD-2 "the story is about one call"

  replay 1
    fails "invariant: APPR-6"
    at 14 take "main/2@7" rather than "main/0@5", 1 of 3, preempting
"""
"""The scenario in which each explanation shows its mistake."""


@frozen
class Explanation:
    """What a code means, and a line of :data:`EXAMPLE` beside a wrong form of it, if there is."""

    title: str
    text: str
    right: str = ""
    wrong: str = ""


EXPLANATIONS: Mapping[Code, Explanation] = MappingProxyType(
    {
        Code.CHARACTER: Explanation(
            "a character that means nothing",
            "Outside of texts and comments, the language has ASCII words, numbers and the marks "
            ': , ( ) < > = and "..".  Tabs are not read, since they show differently everywhere.',
            "    approve p",
            "    approve p!",
        ),
        Code.CARRIAGE_RETURN: Explanation(
            "line ends of another system",
            "Lines end with a line feed alone.  `hocket fmt` mends a file that has others.",
            "    approve p",
            "    approve p\r",
        ),
        Code.INDENTATION: Explanation(
            "a line at a depth where it cannot stand",
            "A level is two spaces.  Sections stand one level in, their lines two; only `fork`, "
            "`lane`, `when` and `vary together` have something nested deeper.",
            "    approve p",
            "     approve p",
        ),
        Code.STRING: Explanation(
            "a text that cannot be read",
            'A text begins and ends with " on one line.  Inside, \\" \\\\ \\n and \\t are known.',
            '    reply c "found" from s1',
            '    reply c "found from s1',
        ),
        Code.NUMBER: Explanation(
            "neither a number nor a duration",
            "A duration is 5s, 500ms, 2m or 1h, and at most thirty years; a number is 3 or 0.5, "
            "with at most 15 digits before the point and 15 after it.",
            "    wait delay",
            "    wait 5sec",
        ),
        Code.LIMIT: Explanation(
            "too much of something",
            "A file has at most 1,000,000 characters in 20,000 lines, and a line 1,000 of them, so "
            "that any text is read soon.  Of the mistakes in a file, the first hundred are shown.",
        ),
        Code.UNKNOWN_VERB: Explanation(
            "a line that begins with no known word",
            "The first word of a line says what the line is.  Which words there are depends on the "
            "section that the line stands in; they are listed in the help.",
            "    approve p",
            "    aprove p",
        ),
        Code.EXPECTED: Explanation(
            "something else was expected here",
            "The line begins well and goes on otherwise than its verb allows.  The help shows the "
            "form of the verb, with what may be left out in square brackets.",
            "    start T as t",
            "    start T t",
        ),
        Code.EXTRA: Explanation(
            "more than a line can say",
            "The line was complete before this word.  A line says one thing.",
            "    approve p",
            "    approve p twice",
        ),
        Code.EMPTY: Explanation(
            "something without contents",
            "A section, a `fork`, a `lane` and a `when` hold at least one line each, and a "
            "scenario has at least one client.",
            '    reply c "found" from s1',
            '    reply c "found" from s1\n    fork',
        ),
        Code.REPEATED_SECTION: Explanation(
            "a section that is there already",
            "A scenario has one story, one `setup`, one `schedule`, one `expect` and one `replay`.",
            "  schedule",
            "  setup\n    user cleo\n\n  schedule",
        ),
        Code.UNKNOWN_NAME: Explanation(
            "a name that nothing has",
            "Users, threads, tools and parameters are declared in the scenario, and turns, calls, "
            "approvals and connections are named by the step that makes them.  The help lists the "
            "names there are.",
            "    on call lookup as c",
            "    on call lokup as c",
        ),
        Code.DUPLICATE_NAME: Explanation(
            "a name that something else has",
            "Users, threads, tools, clients, parameters and turns have a name of their own in the "
            "scenario; calls, approvals and connections in their client.",
            "    on call lookup as c",
            "    on call lookup as p",
        ),
        Code.UNUSED_NAME: Explanation(
            "something that is declared and never used",
            "A reader would look for its part in the story, and a test that does less than its "
            "author thinks is worse than none.",
            "    user ann, ben",
            "    user ann, ben, cleo",
        ),
        Code.NOT_CONNECTED: Explanation(
            "a step without a connection",
            "A client acts over a connection.  `connect` makes one; after `drop` or `close` there "
            "is none until the next `connect`.",
            "    connect as s1",
            "    wait delay",
        ),
        Code.WRONG_KIND: Explanation(
            "a name of the wrong kind",
            "A delegated call is answered with `reply`, an approval decided with `approve` or "
            "`deny`, a turn ended with `cancel`, a connection with `drop` or `close`.",
            "    approve p",
            "    approve t",
        ),
        Code.TOO_EARLY: Explanation(
            "a name that is not there yet",
            "The steps of a lane are in order, so a step cannot speak of what a later one names.",
            "    approve p",
            '    reply c "early"',
        ),
        Code.POLICY: Explanation(
            "a policy, or a value, that there is none of",
            "Policies say what the runtime does where reasonable runtimes differ; each has a few "
            "values, and a default.",
            "    policy lost_call: wait_for_resume",
            "    policy lost_call: wait",
        ),
        Code.UNKNOWN_EVENT: Explanation(
            "an event that there is none of",
            "Properties speak of the events of a runtime by the words of the language reference.",
            "    at most once turn.completed(turn: t)",
            "    at most once turn.complete(turn: t)",
        ),
        Code.UNKNOWN_ARGUMENT: Explanation(
            "an argument that the event has not",
            "Each event has a few arguments by which a pattern picks some of them; the language "
            "reference lists them.",
            "    at most once turn.completed(turn: t)",
            "    at most once turn.completed(trun: t)",
        ),
        Code.CONTRADICTION: Explanation(
            "a wish that another line forbids",
            "`sometimes` asks for an event that a `never` of the same place excludes, so that no "
            "run could satisfy both.",
            "    at most once turn.completed(turn: t)",
            "    never turn.completed\n    sometimes turn.completed(turn: t)",
        ),
        Code.UNREACHABLE: Explanation(
            "a wait for what cannot come",
            "Clients are asked to run delegated tools that the model calls, and to approve tools "
            "that need an approval.  Any other wait would hold its lane up for ever.",
            "    on call lookup as c",
            "    on call refund as c",
        ),
        Code.UNDECLARED_CALL: Explanation(
            "a call of a tool that is not declared",
            "Each tool that the model calls is declared in `setup` with a line `tool NAME: ...`.",
            '    model T: call refund(order: 7) id "r1"',
            '    model T: call refnd(order: 7) id "r1"',
        ),
        Code.RANGE: Explanation(
            "an empty range",
            "A range such as 0s..5s is free between its bounds, the smaller one first.",
            "    tool refund: local, approval required, takes 0s..5s",
            "    tool refund: local, approval required, takes 5s..0s",
        ),
        Code.PARAMETER_TYPE: Explanation(
            "values of another kind than is needed here",
            "The values of a parameter are all durations, all numbers or all texts, and of the "
            "kind that the lines need which use it.",
            "  vary delay = 1s, 9s",
            "  vary delay = 1s, 9",
        ),
        Code.AMBIGUOUS_NAME: Explanation(
            "a name that may mean two things",
            "Two other clients have something of this name.  Give the things that one client uses "
            "of another names of their own.",
            "    cancel u",
            "    cancel u\n\n  client watch of ben\n    connect\n    on call lookup as c\n\n"
            '  client desk of ben\n    connect\n    reply c "whose?"',
        ),
        Code.ARGUMENT_VALUE: Explanation(
            "a value that the argument cannot have",
            "Turns, tools and users are named without quotes; texts stand in double quotes, and "
            "some can only be one of a few.",
            "    exactly once tool.effect(tool: refund)",
            '    exactly once tool.effect(tool: "refund")',
        ),
        Code.TOO_MANY_INSTANCES: Explanation(
            "too many combinations of parameters",
            "A scenario is run once for each combination of values, at most 64 times.  Leave out "
            "values, or let parameters vary together.",
            "  vary delay = 1s, 9s",
            "  vary delay = " + ", ".join(f"{n}s" for n in range(1, 66)),
        ),
        Code.FOREIGN_THREAD: Explanation(
            "a turn on somebody else's thread",
            "Only its user sees a thread.",
            "    start U as u",
            "    start T as u",
        ),
        Code.MISPLACED_OPTION: Explanation(
            "an option that this kind of tool has not",
            "A timeout bounds the wait for a client, so only a delegated tool has one; how long a "
            "tool takes, and code of its own, are for local ones.",
            "    tool lookup: delegated, timeout 30s",
            "    tool lookup: delegated, timeout 30s, takes 1s",
        ),
        Code.UNKNOWN_INVARIANT: Explanation(
            "an invariant that there is none of",
            "`without` switches off one of the built-in invariants, by its id.",
            '    without ORD-2 "the story is about one call"',
            '    without ORDER-2 "the story is about one call"',
        ),
        Code.UNKNOWN_STEP: Explanation(
            "a step that the client has not",
            "`fix` speaks of a step by its client and its verb, as phone.cancel.",
            "    fix laptop.approve before phone.cancel",
            "    fix laptop.approve before phone.deny",
        ),
        Code.AMBIGUOUS_STEP: Explanation(
            "a step that may be one of several",
            "A client with several steps of one verb needs the name in it, too: laptop.on c.",
            "    fix laptop.approve before phone.cancel",
            "    fix laptop.on before phone.cancel",
        ),
        Code.IMPOSSIBLE_ORDER: Explanation(
            "an order that there cannot be",
            "The lanes, or the lines before this one, have the two steps the other way round, so "
            "that no schedule could keep to it.",
            "    fix laptop.approve before phone.cancel",
            "    fix laptop.approve before laptop.start",
        ),
        Code.REPLAY: Explanation(
            "a replay that cannot be followed",
            "The section is written by `hocket freeze`, in the order of its choices, for a failure "
            "that the scenario can have.  Freeze the failure again.",
            '    fails "invariant: APPR-6"',
            '    fails "invariant: APPR-99"',
        ),
        Code.NOT_EMITTED: Explanation(
            "an event that the runtime does not tell of",
            "`hocket check --runtime` looks whether the adapter can emit what the properties ask "
            "for.  One that cannot would let every such property pass unseen.",
        ),
        Code.UNEVEN: Explanation(
            "parameters that cannot vary together",
            "Parameters that vary together have equally many values.",
            "  vary delay = 1s, 9s",
            "  vary together\n    delay = 1s, 9s\n    order = 1, 2, 3",
        ),
        Code.JSON: Explanation(
            "no JSON",
            "A file whose name ends in .json has the JSON form of scenarios; this one is not JSON.",
        ),
        Code.SHAPE: Explanation(
            "JSON of another shape",
            "`hocket schema` prints the JSON Schema of the JSON form, which editors complete from.",
        ),
    }
)
"""Every code with its explanation."""
