"""What the HTML page shows, as values."""

from collections.abc import Callable

from attrs import evolve

from hocket.reports.diagram import EVENTS_MAX, Diagram, Event, Lane, Mark, Message, Pictures
from hocket.reports.page import EVENTS_ON_PAGE_MAX, GLYPHS, page_of
from hocket.reports.results import FailureReport, Row
from hocket.simulator.engine.outcome import Verdict

Rows = Callable[..., Row]


def test_rows_are_counted_by_verdict_worst_first(row: Rows) -> None:
    """The headline and the filters say how many of each there are."""
    rows = [row(), row(Verdict.VERIFIED), row(Verdict.FAILED), row()]
    page = page_of(rows, ["hocket 1.0"])
    assert [(c.verdict, c.number) for c in page.counts] == [
        ("failed", 1),
        ("not-found", 2),
        ("verified", 1),
    ]
    assert page.headline == "4 scenarios: 1 failed, 2 not-found, 1 verified"
    assert page.about == ("8,000 schedules explored", "hocket 1.0")
    assert page.warnings == ()


def test_every_verdict_has_a_shape_of_its_own() -> None:
    """Whoever sees no colours tells them apart."""
    assert set(GLYPHS) == set(Verdict)
    assert len(set(GLYPHS.values())) == len(Verdict)


def test_a_row_leads_to_its_failures(row: Rows, report: FailureReport) -> None:
    """Failures are numbered through the page, so that two rows never share a link."""
    page = page_of([row(Verdict.FAILED), row(), row(Verdict.FAILED, failures=(report, report))])
    assert [line.failures for line in page.rows] == [(1,), (), (2, 3)]
    assert [section.number for section in page.failures] == [1, 2, 3]
    section = page.failures[0]
    assert section.account.sentence == report.sentence
    assert section.clashes
    assert section.table[1].texts == ("tool starts", "")


def test_what_was_not_tested_is_said(row: Rows) -> None:
    """Beside the row that it is about, and for the whole run at the top."""
    page = page_of([row(vacuous=("ISO-4",), unmet=("a refusal",), note="no db")], interrupted=True)
    assert page.rows[0].notes == (
        "nothing to judge in any schedule: ISO-4",
        "never seen in any schedule: a refusal",
        "no db",
    )
    assert page.warnings == ("interrupted; the verdicts cover only what was done until then",)


def test_a_failure_that_was_not_looked_at_has_no_picture(row: Rows) -> None:
    """Its section is whole without one."""
    page = page_of([row(Verdict.FAILED)])
    assert page.pictures == (None,)
    assert not page.failures[0].pictured


def _diagram(events: int, clashing: int) -> Diagram:
    drawn = [Event(0, Mark.STEP, 0.0, f"event {n}") for n in range(events)]
    drawn[clashing] = evolve(drawn[clashing], clashing=True)
    return Diagram((Lane("main"),), tuple(drawn))


def test_a_long_execution_is_drawn_around_its_failure(row: Rows, report: FailureReport) -> None:
    """At most five thousand events, with the one that clashes among them."""
    pictures = Pictures(_diagram(EVENTS_MAX + 700, 100))
    page = page_of([row(Verdict.FAILED, failures=(evolve(report, pictures=pictures),))])
    (picture,) = page.pictures
    assert picture is not None
    drawn = picture["failing"]
    assert len(drawn["events"]) == EVENTS_MAX
    assert (drawn["first"], drawn["left_out"]) == (0, 700)
    assert drawn["events"][100]["clash"]
    assert "parting" not in picture


def test_a_page_has_room_for_so_many_events(row: Rows, report: FailureReport) -> None:
    """What no longer fits is said to be left out; what comes before it is drawn."""
    long = evolve(report, pictures=Pictures(_diagram(EVENTS_MAX, 1), _diagram(EVENTS_MAX, 2)))
    fits = EVENTS_ON_PAGE_MAX // (2 * EVENTS_MAX)
    page = page_of([row(Verdict.FAILED, failures=(long,) * (fits + 1))])
    assert [section.pictured for section in page.failures] == [True] * fits + [False]
    assert [picture is not None for picture in page.pictures] == [True] * fits + [False]
    assert [bool(section.remark) for section in page.failures] == [False] * fits + [True]


def test_the_passing_schedule_is_beside_it(row: Rows, report: FailureReport) -> None:
    """With the number of the event in which the two part."""
    failing, passing = _diagram(6, 4), _diagram(6, 4)
    other = evolve(passing.events[3], text="another")
    passing = evolve(passing, events=(*passing.events[:3], other))
    pictures = Pictures(failing, passing)
    page = page_of([row(Verdict.FAILED, failures=(evolve(report, pictures=pictures),))])
    (picture,) = page.pictures
    assert picture is not None
    assert picture["parting"] == 3
    assert [event["text"] for event in picture["passing"]["events"]][3] == "another"


def test_plain_values_leave_out_what_says_nothing(row: Rows, report: FailureReport) -> None:
    """Numbers stay, also zero; controls are spelled out; a message that was lost has no end."""
    events = (Event(0, Mark.SEND, 0.0, "a\x1b[31mb"), Event(None, Mark.TIME, 2.5, "2.5 s"))
    diagram = Diagram((Lane("main"),), events, (Message(0, None, "hi"),))
    page = page_of([row(Verdict.FAILED, failures=(evolve(report, pictures=Pictures(diagram)),))])
    (picture,) = page.pictures
    assert picture is not None
    assert picture["failing"]["events"] == [
        {"lane": 0, "mark": "send", "time": 0.0, "text": "a\\x1b[31mb"},
        {"mark": "time", "time": 2.5, "text": "2.5 s"},
    ]
    assert picture["failing"]["messages"] == [{"sent": 0, "text": "hi"}]
