"""The state machine drives any adapter: the reference passes, a defect is told as a scenario."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from hocket.scenarios.adapters.reference import reference
from hocket.scenarios.generation.stateful import RuntimeMachine, machine_for
from hocket.scenarios.language.checks import read
from hocket.scenarios.language.model import Call, Calls, Say
from hocket.scenarios.selection import adapter_for

EXAMPLES = settings(
    max_examples=12,
    stateful_step_count=12,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
ASKS = (Calls((Call("pay", (), "c1"),)), Say("ok"))
DELEGATES = (Calls((Call("look", (), "c1"),)), Say("ok"))


def use(machine: type[RuntimeMachine]) -> None:
    """Run the machine's test, as a test runner does."""
    case: Any = machine.TestCase  # pyright: ignore[reportUnknownMemberType]
    case.settings = EXAMPLES
    case("runTest").debug()


def opened(runtime: str) -> RuntimeMachine:
    """A machine whose devices have connected."""
    machine = machine_for(adapter_for(runtime), schedules=3)()
    machine.open(())
    return machine


def test_the_reference_passes() -> None:
    """Whatever people do, no invariant is broken and no lane is stuck."""
    use(machine_for(reference, schedules=2))


def test_a_defect_is_found() -> None:
    """The model is asked with the wrong options where tools are offered, which some rule shows."""
    with pytest.raises(AssertionError, match="LLM-1"):
        use(machine_for(adapter_for("M25")))


def test_a_failure_is_told_as_a_scenario() -> None:
    """A decision that the runtime ignores, over the other device, is a text that can be run."""
    machine = opened("M44")
    machine.start(0, 0, ASKS)
    with pytest.raises(AssertionError, match="LIVE-2") as raised:
        machine.decide(0, 1, approves=True)
    text = str(raised.value).partition("hocket run:\n\n")[2]
    (scenario,) = read(text, name="x").scenarios
    assert [client.name for client in scenario.clients] == ["laptop", "phone", "desk"]


def test_people_act_on_what_there_is() -> None:
    """Open calls and approvals are seen as they come, and gone once somebody answered."""
    machine = opened("reference")
    machine.start(0, 0, DELEGATES)
    machine.start(1, 1, ASKS)
    seen = machine.sight
    assert ([o.turn for o in seen.calls], [o.turn for o in seen.approvals]) == (["t1"], ["t2"])
    machine.answer(0, 0.0, error=False)
    machine.decide(0, 0, approves=True)
    assert machine.sight.turns == ()
