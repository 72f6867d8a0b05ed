"""A process that may be stopped in good order: what an invariant promises holds across its end."""

import pytest

from hocket.scenarios.adapters.stopping import StoppingAdapter, stopping
from hocket.scenarios.catalogue import texts
from hocket.scenarios.prepared import Prepared, prepare
from hocket.simulator import Budget, Campaign
from hocket.simulator.strategies import make_strategy


def _prepared(name: str) -> Prepared:
    file = f"{name}.hocket"
    made = prepare(texts()[file], file=file, adapter=stopping, runtime="reference")
    return made[0]


@pytest.mark.parametrize("name", ["approve_twice", "learning_from_turns", "cancel_at_once"])
def test_every_invariant_survives_a_stop(name: str) -> None:
    """After a stop at any commit, in any order of tasks, nothing is lost and nothing goes on."""
    budget = Budget(20, shrink_executions=20)
    result = Campaign(_prepared(name).target(), make_strategy("random", 1), budget=budget).run()
    assert [failure.origin for failure in result.failures] == []


def test_of_a_disturbed_runtime_only_safety_is_asked() -> None:
    """What a scenario says must happen is not asked for where its process may stop."""
    assert _prepared("cancel_at_once").sweep
    assert not _prepared("cancel_at_once").hoped()


def test_stops_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The campaigns do stop the process, and it does begin again."""
    ended = list[bool]()
    end = StoppingAdapter.end

    async def counted(self: StoppingAdapter) -> dict[str, bytes]:
        left = await end(self)
        ended.append("shared" in left)
        return left

    monkeypatch.setattr(StoppingAdapter, "end", counted)
    target = _prepared("turns_in_line").target()
    Campaign(target, make_strategy("random", 1), budget=Budget(20, shrink_executions=20)).run()
    assert len(ended) > 1
    assert all(ended)
