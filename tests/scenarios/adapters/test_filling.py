"""A disk that is full for a while: what an invariant promises holds, and everything has an end."""

from collections.abc import Awaitable, Callable

import pytest

from hocket.runtime.protocol.events import Event
from hocket.runtime.protocol.lifecycle import RunStatus
from hocket.runtime.runtime import Parts
from hocket.runtime.segments import Segment
from hocket.runtime.store.errors import UNSTORED, StoreError
from hocket.runtime.turns import Turns
from hocket.scenarios.adapters import World
from hocket.scenarios.adapters.filling import FillingAdapter, filling
from hocket.scenarios.catalogue import texts
from hocket.scenarios.prepared import Prepared, prepare
from hocket.simulator import Budget, Campaign
from hocket.simulator.strategies import make_strategy

SCENARIOS = (
    *("approve_twice", "approve_races_cancel", "cancel_a_delegated_call", "duplicate_call_id"),
    *("cancel_a_waiting_turn", "disconnect_cancels", "new_turn_voids_approval", "turns_in_line"),
    *("learning_from_turns", "overflow_after_a_tool", "turn_on_a_thread_put_away"),
)


def _prepared(name: str, adapter: Callable[[], FillingAdapter] = filling) -> Prepared:
    file = f"{name}.hocket"
    made = prepare(texts()[file], file=file, adapter=adapter, runtime="reference")
    return made[0].in_sweep()


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_invariant_survives_a_full_disk(name: str) -> None:
    """Whichever unit of work finds no room, in any order of tasks, nothing is told that is not
    stored, and every run has an end.
    """
    budget = Budget(40, shrink_executions=20)
    result = Campaign(_prepared(name).target(), make_strategy("random", 1), budget=budget).run()
    assert [failure.origin for failure in result.failures] == []


class _ToldAnyway(Turns):
    """A turn that could not be stored is told to have failed, and that is not stored either."""

    async def attempt(self, segment: Segment, part: Callable[[], Awaitable[None]]) -> None:
        try:
            await part()
        except StoreError:
            self.conclude(segment, RunStatus.FAILED, UNSTORED)


def test_an_end_that_is_told_and_not_stored_is_found() -> None:
    """By TERM-3 for the frame of no end, or whatever else sees that the run is live still."""

    def hasty() -> FillingAdapter:
        return FillingAdapter(Parts(turns=_ToldAnyway))

    budget = Budget(40, shrink_executions=1, explain_executions=0, lockstep_schedules=0)
    target = _prepared("turns_in_line", hasty).target()
    (failure,) = Campaign(target, make_strategy("random", 1), budget=budget).run().failures
    assert failure.origin.name == "TERM-3"


def test_disks_do_fill(monkeypatch: pytest.MonkeyPatch) -> None:
    """The campaigns do run out of room, at one unit of work or another."""
    refused = set[str]()
    opened = FillingAdapter.open

    async def heard(self: FillingAdapter, world: World, emit: Callable[[Event], None]) -> None:
        def hear(event: Event) -> None:
            if event.kind == "store.error":
                refused.add(event["unit"])
            emit(event)

        await opened(self, world, hear)

    monkeypatch.setattr(FillingAdapter, "open", heard)
    target = _prepared("approve_races_cancel").target()
    Campaign(target, make_strategy("random", 1), budget=Budget(40)).run()
    assert len(refused) > 3
