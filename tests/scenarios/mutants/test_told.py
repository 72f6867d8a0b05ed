"""Planted defects are told briefly, and by the events that they change."""

from collections.abc import Mapping

import pytest

from hocket.scenarios.catalogue import texts
from hocket.scenarios.prepared import prepare
from hocket.scenarios.selection import adapter_for
from hocket.simulator import Budget, Campaign
from hocket.simulator.strategies import make_strategy

TOLD: Mapping[str, tuple[str, str]] = {
    "M22": ("late_result_meets_reused_id", "wire.result wire.resolve"),
    "H01": ("late_result_meets_reused_id", "wire.execute wire.execute"),
    "H06": ("lost_call_is_not_waited_for", "wire.execute conn.close"),
}
"""The scenario that shows a defect, and the events whose order or content it changes."""


@pytest.mark.parametrize("name", TOLD)
def test_a_defect_is_told_by_the_events_it_changes(name: str) -> None:
    """No preemption is told where none is needed, and the clashing pair is named."""
    scenario, named = TOLD[name]
    file = f"{scenario}.hocket"
    (prepared,) = prepare(texts()[file], file=file, adapter=adapter_for(name), runtime=name)
    budget = Budget(schedules=100, explain_executions=2)
    campaign = Campaign(prepared.target(), make_strategy("random", 0), budget=budget)
    (failure,) = campaign.run().failures
    assert failure.preemptions == 0
    assert failure.explanation is not None
    events = failure.explanation.events
    assert named == " ".join(event.partition(" ")[0] for event in events)
