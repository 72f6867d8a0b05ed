"""A step summary fits into GitHub, and foreign text stays text."""

import re
from collections.abc import Callable

from attrs import evolve

from hocket.reports.bundle import Bundle
from hocket.reports.compare import Change, ChangeKind
from hocket.reports.diagram import Diagram, Event, Lane, Mark, Message, Pictures
from hocket.reports.formats.mermaid import ROWS_MAX, sequence_diagram
from hocket.reports.formats.summary import BYTES_MAX, FAILURES_MAX, step_summary
from hocket.reports.results import FailureReport, Row
from hocket.simulator.engine.outcome import Verdict

MakeRow = Callable[..., Row]


def test_foreign_text_stays_text(every: Bundle) -> None:
    """No tag, no row of a table, no fence and no line break comes out of a tool's output."""
    text = step_summary(every)
    assert "<img" not in text
    assert "</script" not in text
    assert all(line.count("|") == 5 for line in text.splitlines() if line.startswith("|"))
    assert text.count("```") == 4 * FAILURES_MAX
    assert "{{7" not in "".join(re.findall(r"```mermaid\n(.*?)```", text, re.DOTALL))
    text.encode("utf-8")


def test_the_worst_come_first_and_three_are_drawn(every: Bundle) -> None:
    """Verdicts in numbers, three failures, and a row for each scenario."""
    text = step_summary(every)
    assert text.startswith("## hocket: 3 failed, 1 error, 2 nondeterministic,")
    assert text.count("```mermaid") == FAILURES_MAX
    assert "And 1 more failure." in text
    assert len([line for line in text.splitlines() if line.startswith("| ")]) == 2 + len(every.rows)


def test_changes_are_told_before_the_failures(row: MakeRow) -> None:
    """With the kind that a policy names."""
    change = Change(ChangeKind.WEAKENED, "f", "race", "it was verified")
    text = step_summary(Bundle((), (row(),)), [change])
    assert "\n- **weakened** race: it was verified\n" in text


def test_a_huge_campaign_is_cut_at_a_row(row: MakeRow) -> None:
    """GitHub drops a summary of a mebibyte whole; most of this one is kept."""
    one = row()
    rows = tuple(evolve(one, name=f"{n:05} {'x' * 110}") for n in range(8_000))
    text = step_summary(Bundle((), rows))
    assert BYTES_MAX * 0.9 < len(text.encode()) <= BYTES_MAX + 200
    assert text.endswith("The rest is left out; `hocket report` shows it.\n")


def picture(count: int) -> Diagram:
    """Two lanes, and a message each time, of which the last is a fact that clashes."""
    events: list[Event] = []
    messages: list[Message] = []
    for n in range(count):
        events += [Event(0, Mark.SEND, n), Event(1, Mark.RECEIVE, n), Event(0, Mark.FACT, n, "")]
        messages.append(Message(3 * n, 3 * n + 1, f"frame; {n}"))
    events.append(Event(1, Mark.FACT, count, "acts\ntwice", clashing=True))
    events.append(Event(1, Mark.CANCEL, count, "is cancelled"))
    return Diagram((Lane("phone", "client"), Lane("runtime")), tuple(events), tuple(messages))


def test_messages_are_arrows(report: FailureReport) -> None:
    """Between the lanes that sent and received; what cleans up after the failure is left out."""
    drawn = sequence_diagram(evolve(report, pictures=Pictures(picture(2))))
    assert drawn.splitlines() == [
        "sequenceDiagram",
        "  participant L0 as phone",
        "  participant L1 as runtime",
        "  L0->>L1: frame#59; 0",
        "  L0->>L1: frame#59; 1",
        "  Note over L1: ► acts twice",
    ]


def test_a_long_story_keeps_its_end(report: FailureReport) -> None:
    """Thirty rows, and how many went before."""
    drawn = sequence_diagram(evolve(report, pictures=Pictures(picture(50)))).splitlines()
    assert len(drawn) == 1 + 2 + 1 + ROWS_MAX
    assert drawn[3] == "  Note over L0: 21 before this are not shown"


def test_a_failure_without_a_picture_is_told_by_its_moments(report: FailureReport) -> None:
    """And one without either has no diagram at all."""
    assert "  Note over L1: ► tool starts" in sequence_diagram(report).splitlines()
    assert sequence_diagram(evolve(report, lanes=(), moments=())) == ""


def test_a_failure_without_a_story_has_no_diagram(row: MakeRow, report: FailureReport) -> None:
    """Its command is there."""
    bare = row(Verdict.FAILED, failures=(evolve(report, lanes=(), moments=()),))
    text = step_summary(Bundle((), (bare,)))
    assert "mermaid" not in text
    assert "hocket replay hkt1.abc" in text
