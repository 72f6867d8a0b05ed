"""The pictures of a failing scenario: its clients, its messages, its states, and what passes."""

from functools import cache

from hocket.reports.diagram import Diagram, Mark, Pictures, Stretch, parting
from hocket.reports.results import FailureReport
from hocket.scenarios.exploration import report_of
from hocket.scenarios.selection import select
from hocket.simulator import Budget, Campaign
from hocket.simulator.strategies import make_strategy


@cache
def _report(path: str, runtime: str = "reference") -> FailureReport:
    subject = select([path], runtime)[0]
    strategy = make_strategy("random", 1)
    result = Campaign(subject.target(), strategy, budget=Budget(schedules=500)).run()
    return report_of(subject, result.failures[0])


def _pictures(path: str, runtime: str = "reference") -> Pictures:
    pictures = _report(path, runtime).pictures
    assert pictures is not None
    return pictures


def _titles(diagram: Diagram) -> list[str]:
    return [lane.title for lane in diagram.lanes if lane.told]


SCENARIO = "catalogue/duplicate_call_id.hocket", "M17"


def test_clients_and_tasks_of_the_runtime_have_lanes() -> None:
    """A client's reader is drawn with it, and worker threads with whoever waits for them."""
    diagram = _pictures(*SCENARIO).failing
    titles = _titles(diagram)
    assert {"laptop", "phone", "Turns.run"} <= set(titles)
    assert not [title for title in titles if "reader" in title or "_commit" in title]
    assert "scenario" not in titles


def test_messages_go_from_lane_to_lane() -> None:
    """By their type and what they are about, from a client to the runtime and back."""
    diagram = _pictures(*SCENARIO).failing
    lanes = [lane.title for lane in diagram.lanes]
    ways = {
        (lanes[diagram.events[m.sent].lane or 0], m.text.partition(" ")[0])
        for m in diagram.messages
        if m.received is not None
    }
    assert ("laptop", "tool_result") in ways
    assert ("ann 1 to server", "tool_execute") in ways
    assert all(m.received is None or m.received > m.sent for m in diagram.messages)


def test_the_clash_is_marked_and_has_a_past() -> None:
    """What the property named is marked; its causes lead back to the first step."""
    diagram = _pictures(*SCENARIO).failing
    clashing = [n for n, event in enumerate(diagram.events) if event.clashing]
    assert len(clashing) == 2
    past, todo = set[int](), [clashing[-1]]
    while todo:
        number = todo.pop()
        if number not in past:
            past.add(number)
            todo += diagram.events[number].parents
    assert 0 in past
    assert len(past) < len(diagram.events)
    answered = [n for n in past if diagram.events[n].text.startswith("reply")]
    assert answered, "the answer is a cause of the clash"


def test_what_is_pending_can_be_read_at_each_step() -> None:
    """Runs, calls, locks and connections of the runtime, and what tasks wait for."""
    diagram = _pictures(*SCENARIO).failing
    kinds = {change.kind for change in diagram.changes}
    assert {"run", "call", "thread lock", "connection", "tool", "task"} <= kinds
    assert ("run", "run-1", "accepted") in {(c.kind, c.name, c.state) for c in diagram.changes}


def test_the_lane_table_of_a_program_names_functions_shortly() -> None:
    """A function inside of another is told by its path, without Python's word for that."""
    moments = _report("examples/lost_update.py:main").moments
    assert [moment.text for moment in moments][:2] == ["from main:6", "from main.increment:10"]


def test_a_program_has_a_lane_for_each_task() -> None:
    """Its steps are the story; the passing schedule goes the same way as far as it can."""
    pictures = _pictures("examples/lost_update.py:main")
    assert _titles(pictures.failing) == ["main", "increment", "increment"]
    assert [e.mark for e in pictures.failing.events].count(Mark.CHOICE) == 1
    assert [s.kind for s in pictures.failing.spans] == [Stretch.WAITS]
    (guilty,) = [event for event in pictures.failing.events if event.clashing]
    assert guilty.place == "main:16"
    assert pictures.passing is not None
    assert parting(pictures.failing, pictures.passing) == 2
    assert not [event for event in pictures.passing.events if event.clashing]
