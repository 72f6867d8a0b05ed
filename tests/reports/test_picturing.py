"""From a trace and what was seen to a diagram: lanes, arrows, stretches, states, and the guilty."""

from collections.abc import Mapping
from typing import Any

from attrs import evolve

from hocket.reports.diagram import Change, Diagram, Lane, Mark, Message, Span, Stretch
from hocket.reports.picturing import diagram_of
from hocket.reports.results import FailureReport
from hocket.reports.telling import Fact, LaneOf, Telling, Told
from hocket.simulator.engine.causality import Cause
from hocket.simulator.engine.outcome import Failure, FailureKind, Origin, Wait
from hocket.simulator.engine.sightings import Sight, Sighting
from hocket.simulator.engine.trace import Trace

NAMES = {"main": "app.main", "main/0": "app.work", "main/10": "app.work", "main/2": "app.rest"}


def _step(trace: Trace, anchor: str, place: str, *parents: str) -> None:
    trace.add_step(anchor, 0.0, place, Cause(parents, {}))


def _drawn(
    trace: Trace, *seen: Sighting, failure: Failure | None = None, telling: Telling | None = None
) -> Diagram:
    return diagram_of(trace, seen, NAMES, failure, telling)


def test_lanes_are_in_the_order_of_the_tree_of_tasks() -> None:
    """By number and not by letter; a title is the function, and the path tells equals apart."""
    trace = Trace()
    for path in ("main", "main/10", "main/2", "main/0"):
        _step(trace, f"{path}@0", "f:1")
    lanes = _drawn(trace).lanes
    assert lanes == (
        Lane("main"),
        Lane("work", "main/0"),
        Lane("rest", "main/2"),
        Lane("work", "main/10"),
    )


def test_an_event_knows_what_came_directly_before_it() -> None:
    """The one above it in its lane, and the last that its waker did by then."""
    trace = Trace()
    _step(trace, "main@0", "main:1")
    _step(trace, "main/0@0", "work:1", "main@0")
    trace.add("observation", "main/0", 0.0, "done", {})
    woken = Sighting(len(trace), Sight.WOKEN, "main")
    waits = Sighting(1, Sight.WAITS, "main", "an event")
    _step(trace, "main@1", "main:2", "main@0", "main/0@0")
    diagram = _drawn(trace, waits, woken)
    assert [event.parents for event in diagram.events] == [(), (0,), (1,), (0, 2)]
    assert diagram.spans == (Span(0, Stretch.WAITS, 0, 2, "waits for an event"),)


def test_messages_arrive_or_are_lost() -> None:
    """Sent in one row and received in another; one that nobody received has no end."""
    trace = Trace()
    _step(trace, "main@0", "main:1")
    _step(trace, "main/0@0", "work:1")
    diagram = _drawn(
        trace,
        Sighting(1, Sight.SENDS, "main", "hello", "0#1"),
        Sighting(1, Sight.SENDS, "main", "again", "0#2"),
        Sighting(2, Sight.RECEIVES, "main/0", "hello", "0#1"),
    )
    marks = [event.mark for event in diagram.events]
    assert marks == [Mark.STEP, Mark.SEND, Mark.SEND, Mark.STEP, Mark.RECEIVE]
    assert diagram.messages == (Message(1, 4, "hello"), Message(2, None, "again"))
    assert 1 in diagram.events[4].parents


def test_a_lock_is_held_from_where_it_was_taken() -> None:
    """Until it is given back, also by another task; one that is kept is held to the end."""
    trace = Trace()
    _step(trace, "main@0", "main:1")
    _step(trace, "main/0@0", "work:1")
    diagram = _drawn(
        trace,
        Sighting(1, Sight.TAKES, "main", "a lock", "0#0"),
        Sighting(1, Sight.TAKES, "main", "a lock", "1#0"),
        Sighting(2, Sight.GIVES, "main/0", "a lock", "0#0"),
    )
    assert diagram.spans == (
        Span(0, Stretch.HOLDS, 0, 1, "holds a lock"),
        Span(0, Stretch.HOLDS, 0, None, "holds a lock"),
    )
    assert Change(1, "lock", "a lock #0", "free", over=True) in diagram.changes


def _telling() -> Telling:
    def lane(path: str, _name: str) -> LaneOf:
        return LaneOf("both", "both") if path in ("main", "main/0") else LaneOf(path, path)

    def fact(fact: Fact) -> Told:
        changes = (("run", "r", str(fact.fields.get("to")), False),)
        return Told("told", changes) if fact.kind == "loud" else Told("")

    return Telling(lane, fact, lambda text: text.removeprefix("noise"), steps_told=False)


def test_a_telling_says_what_is_seen() -> None:
    """Which tasks share a lane, which facts and messages count, which states change."""
    trace = Trace()
    for path in ("main", "main/0", "main/2"):
        _step(trace, f"{path}@0", "f:1")
    fields: Mapping[str, Any] = {"to": "open"}
    trace.add("observation", "main/0", 1.5, "loud", fields)
    trace.add("observation", "main/0", 1.5, "soft", fields)
    noise = Sighting(5, Sight.SENDS, "main", "noise", "0#1")
    heard = Sighting(5, Sight.RECEIVES, "main", "noise", "0#1")
    diagram = _drawn(trace, noise, heard, telling=_telling())
    assert [(lane.title, lane.told) for lane in diagram.lanes] == [
        ("both", True),
        ("main/2", False),
    ]
    assert [(e.text, e.quiet) for e in diagram.events[3:]] == [("told", False), ("soft", True)]
    assert diagram.events[3].detail == "loud: to open"
    assert diagram.changes == (Change(3, "run", "r", "open"),)
    assert diagram.messages == ()


def test_time_passes_in_all_lanes() -> None:
    """Its event is in none of them."""
    trace = Trace()
    _step(trace, "main@0", "main:1")
    trace.add("time", "", 2.5, "")
    assert [(e.lane, e.text) for e in _drawn(trace).events] == [(0, "main:1"), (None, "2.5 s")]


def test_what_the_property_named_is_marked(report: FailureReport) -> None:
    """The observations with these numbers, even if they are quiet otherwise."""
    trace = Trace()
    _step(trace, "main@0", "main:1")
    for kind in ("loud", "soft", "soft"):
        trace.add("observation", "main", 0.0, kind, {})
    diagram = _drawn(trace, failure=report.failure, telling=_telling())
    assert [(e.clashing, e.quiet) for e in diagram.events[1:]] == [
        (False, False),
        (True, False),
        (True, False),
    ]


def test_where_it_was_raised_is_marked(report: FailureReport) -> None:
    """The last step of the function that raised; of any, if that function took none."""
    trace = Trace()
    _step(trace, "main@0", "main:1")
    _step(trace, "main/0@0", "work:4")
    _step(trace, "main@1", "main:9")

    def raised_in(place: str) -> list[int]:
        origin = Origin(FailureKind.EXCEPTION, "ValueError", place)
        kind = FailureKind.EXCEPTION
        failure = evolve(report.failure, kind=kind, origin=origin, clashing=(), waits=())
        events = _drawn(trace, failure=failure).events
        return [number for number, event in enumerate(events) if event.clashing]

    assert raised_in("work:5") == [1]
    assert raised_in("elsewhere:5") == [2]


def test_who_waits_in_a_circle_is_marked(report: FailureReport) -> None:
    """The last event of each; of a deadlock without a circle, that of all who wait."""
    trace = Trace()
    for path in ("main", "main/0", "main/2"):
        _step(trace, f"{path}@0", "f:1")
    waits = (
        Wait("main", "main", "its nursery", ("main/0",), "a.py:1"),
        Wait("main/0", "work", "a lock", ("main/2",), "a.py:2"),
        Wait("main/2", "rest", "a lock", ("main/0",), "a.py:3"),
    )
    origin = Origin(FailureKind.DEADLOCK, "deadlock", "")
    kind = FailureKind.DEADLOCK
    failure = evolve(report.failure, kind=kind, origin=origin, clashing=(), waits=waits)
    assert [e.clashing for e in _drawn(trace, failure=failure).events] == [False, True, True]
    alone = evolve(failure, waits=waits[:1])
    assert [e.clashing for e in _drawn(trace, failure=alone).events] == [True, False, False]


def test_what_did_not_happen_is_told_where_nothing_more_could(report: FailureReport) -> None:
    """At the end, or at the last observation; what is tidied up after the end is quiet."""
    trace = Trace()
    _step(trace, "main@0", "main:1")
    trace.add("observation", "main", 0.0, "loud", {})
    trace.add("observation", "main", 9.0, "end", {})
    _step(trace, "main/0@0", "work:1")
    trace.add("observation", "main/0", 9.0, "loud", {})
    failure = evolve(report.failure, clashing=(), waits=())
    telling = evolve(_telling(), ends_with="end")
    events = _drawn(trace, failure=failure, telling=telling).events
    assert [(e.text, e.quiet) for e in events if e.mark is Mark.FACT] == [
        ("told", False),
        ("end", True),
        ("told", True),
    ]
    assert [n for n, event in enumerate(events) if event.clashing] == [2]
    events = _drawn(trace, failure=failure, telling=_telling()).events
    assert [n for n, event in enumerate(events) if event.clashing] == [4]
