"""Scenarios that a test has made or drawn, explored by a call."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hocket.scenarios.from_tests import ScenarioFailed, explore_scenario
from hocket.scenarios.language.builder import Story, call, calls, say
from hocket.scenarios.language.model import Scenario
from hocket.scenarios.prepared import prepare
from hocket.scenarios.selection import adapter_for
from hocket.simulator import Verdict


@st.composite
def _questions(draw: st.DrawFn) -> Scenario:
    """A turn with a few calls, each answered by a device that may be slow."""
    story = Story("questions", "Each call is answered once.")
    story.user("ann")
    story.thread("T", of="ann")
    number = draw(st.integers(1, 3))
    story.model("T", calls(*(call("look", place=n) for n in range(number))), say("done"))
    story.delegated_tool("look", timeout="30s")
    laptop = story.client("laptop", of="ann")
    laptop.connect()
    laptop.start("T", "t")
    for n in range(number):
        laptop.on_call("look", f"c{n}")
        if pause := draw(st.sampled_from(["", "1s", "5s"])):
            laptop.wait(pause)
        laptop.reply(f"c{n}", f"seen {n}")
    laptop.on_end("t")
    return story.scenario()


@st.composite
def _approvals(draw: st.DrawFn) -> Scenario:
    """A tool that needs an approval, and devices that all give it."""
    story = Story("approvals")
    story.user("ann")
    story.thread("T", of="ann")
    story.model("T", call("deploy", env=draw(st.sampled_from(["prod", "test"]))), say("shipped"))
    story.local_tool("deploy", approval=True, takes="1s")
    for number in range(draw(st.integers(1, 3))):
        device = story.client(f"device{number}", of="ann")
        device.connect()
        if not number:
            device.start("T", "t")
        device.on_approval("deploy", f"p{number}", else_skip=number > 0)
        device.approve(f"p{number}")
    return story.scenario()


@given(_questions())
@settings(max_examples=5, deadline=None, database=None, derandomize=True)
def test_each_drawn_scenario_is_explored(scenario: Scenario) -> None:
    """The reference holds all its invariants in each, and says what was done."""
    (result,) = explore_scenario(scenario, schedules=5)
    assert result.verdict is Verdict.NOT_FOUND
    assert result.schedules == 5


def test_what_fails_is_shrunk_to_a_small_scenario_that_can_be_kept() -> None:
    """Two devices are enough for a runtime that lets two approvals through, and one is not."""

    @given(_approvals())
    @settings(max_examples=5, deadline=None, database=None, derandomize=True)
    def approved_once(scenario: Scenario) -> None:
        explore_scenario(scenario, runtime="M07", schedules=10)

    with pytest.raises(ScenarioFailed) as caught:
        approved_once()
    frozen = caught.value.frozen
    assert "device1" in frozen
    assert "device2" not in frozen
    (kept,) = prepare(frozen, file="kept.hocket", adapter=adapter_for("M07"), runtime="M07")
    with pytest.raises(ScenarioFailed):
        explore_scenario(kept.scenario, runtime="M07")
    explore_scenario(kept.scenario)
