"""A process that may die after any commit: what an invariant promises holds across its death."""

import pytest

from hocket.runtime.runtime import Parts
from hocket.scenarios.adapters.crashing import CrashingAdapter, crashing
from hocket.scenarios.adapters.reference import reference
from hocket.scenarios.catalogue import texts
from hocket.scenarios.mutants.background import NoRecovery
from hocket.scenarios.prepared import Prepared, prepare
from hocket.simulator import Budget, Campaign
from hocket.simulator.strategies import make_strategy

SCENARIOS = (
    *("approve_twice", "approve_and_deny", "cancel_a_delegated_call", "duplicate_call_id"),
    *("late_result_after_reconnect", "new_turn_voids_approval", "turns_in_line"),
    "approval_asked_while_away",
    *("learning_from_turns", "overflow_after_a_tool", "turn_on_a_thread_put_away"),
)


def _prepared(name: str) -> Prepared:
    file = f"{name}.hocket"
    adapter = crashing
    made = prepare(texts()[file], file=file, adapter=adapter, runtime="reference")
    return made[0].in_sweep()


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_invariant_survives_a_crash(name: str) -> None:
    """After a crash at any commit, in any order of tasks, every run is over or can be decided."""
    budget = Budget(40, shrink_executions=20)
    result = Campaign(_prepared(name).target(), make_strategy("random", 1), budget=budget).run()
    assert [failure.origin for failure in result.failures] == []


def test_a_process_that_does_not_recover_is_found() -> None:
    """Runs that a crash left live stay so for ever: LIVE-7 says it, or TERM-8 of the same run."""

    def forgetful() -> CrashingAdapter:
        return CrashingAdapter(Parts(recovery=NoRecovery))

    made = prepare(
        texts()["turns_in_line.hocket"], file="x", adapter=forgetful, runtime="reference"
    )
    budget = Budget(40, shrink_executions=1, explain_executions=0, lockstep_schedules=0)
    target = made[0].in_sweep().target()
    campaign = Campaign(target, make_strategy("random", 1), budget=budget, keep_going=True)
    result = campaign.run()
    assert {"LIVE-7", "TERM-8"} & {failure.origin.name for failure in result.failures}


def test_crashes_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The campaigns do crash, after one commit or another, and the process does begin again."""
    died = list[int]()
    die = CrashingAdapter.end

    async def counted(self: CrashingAdapter) -> dict[str, bytes]:
        left = await die(self)
        died.append(len(died))
        return left

    monkeypatch.setattr(CrashingAdapter, "end", counted)
    budget = Budget(40, shrink_executions=20)
    target = _prepared("turns_in_line").target()
    Campaign(target, make_strategy("random", 1), budget=budget).run()
    assert len(died) > 5
    assert reference().parts == crashing().parts
