"""Traces: their levels agree with each other, and their differences are told."""

from hocket.simulator.engine.trace import LightTrace, Trace, TraceEvent, first_difference, in_light


def _trace(*texts: str) -> Trace:
    trace = Trace()
    for number, text in enumerate(texts):
        trace.add("step", f"main@{number}", 0.5, text)
    return trace


def test_equal_traces_have_no_difference() -> None:
    """And equal digests."""
    assert first_difference(_trace("f:1", "f:2"), _trace("f:1", "f:2")) is None
    assert _trace("f:1").digest() == _trace("f:1").digest() != _trace("f:2").digest()


def test_the_first_event_that_differs_is_told_with_the_last_step_in_common() -> None:
    """A person looks there."""
    difference = first_difference(_trace("f:1", "f:2"), _trace("f:1", "f:3", "f:4"))
    assert difference is not None
    assert str(difference) == (
        "event 1 was 'step main@1 at f:2 (0.5 s)' and then 'step main@1 at f:3 (0.5 s)', "
        "after step main@0 at f:1 (0.5 s)"
    )


def test_a_trace_that_ends_earlier_differs_at_its_end() -> None:
    """Its event is the end."""
    difference = first_difference(_trace("f:1"), _trace("f:1", "f:2"))
    assert difference is not None
    assert "event 1 was 'the end'" in str(difference)


def test_a_light_trace_names_its_steps_when_it_is_read() -> None:
    """Steps are counted for each task, Trio's own tasks are left out, and time moves."""
    light = LightTrace([(), (0,), (0, 1), 2.0, (1,), (0,)])
    assert [event.line for event in light] == [
        "step|main@0|0.0||",
        "step|main/1@0|0.0||",
        "time||2.0||",
        "step|main@1|2.0||",
    ]


def test_a_full_trace_seen_lightly_has_steps_and_time_alone() -> None:
    """So that the two levels can be compared."""
    trace = _trace("f:1")
    trace.add("choice", "main@1", 0.5, "x")
    trace.add("time", "", 1.0, "")
    assert list(in_light(trace)) == [
        TraceEvent("step", "main@0", 0.5, ""),
        TraceEvent("time", "", 1.0, ""),
    ]
