"""What becomes of runs when their connection, or the runtime itself, goes away."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from trio.testing import MockClock, wait_all_tasks_blocked

from hocket.runtime.models.scripted import Reply
from hocket.runtime.protocol.frames import (
    TurnCancelled,
    TurnCompleted,
    TurnPaused,
)

if TYPE_CHECKING:
    from tests.runtime.conftest import OpenHouse

ACall = Callable[..., Reply]


async def test_a_lost_origin_cancels_its_runs_under_that_policy(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """Running, queued and paused runs of the connection end before the connection does."""
    script = {"A": [[Reply("slow", seconds=50)]], "B": [[a_call("pay")]]}
    async with open_house(script, disconnect="cancel") as house:
        ann, phone = await house.connect(), await house.connect()
        paused = await ann.ask("B")
        await ann.expect(TurnPaused)
        running = await ann.ask("A", request="q2")
        queued = await ann.ask("A", request="q3")
        await ann.close()
        cancelled = {(await phone.expect(TurnCancelled)).run_id for _ in range(3)}
        assert cancelled == {paused, running, queued}
        kinds = [e.kind for e in house.events]
        ends = [i for i, e in enumerate(house.events) if e.get("new") == "cancelled"]
        await wait_all_tasks_blocked()
        assert kinds.index("conn.close") < min(ends)
        assert max(ends) < [e.kind for e in house.events].index("conn.end")
        assert {e["by"] for e in house.seen("run.status", new="cancelled")} == {"disconnect"}


async def test_a_lost_origin_leaves_its_runs_alone_by_default(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """The turn goes on, and the user's other device hears of its end."""
    async with open_house({"A": [[Reply("slow", seconds=9)]]}) as house:
        ann, phone = await house.connect(), await house.connect()
        await ann.ask()
        await ann.close()
        assert (await phone.expect(TurnCompleted)).response == "slow"
        assert house.seen("conn.end")[0]["conn"] == ann.auth.connection_id


async def test_closing_the_runtime_cancels_what_runs(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """Turns under way end as cancelled; one that waits for an approval stays in the store."""
    script = {"A": [[Reply("slow", seconds=50)]], "B": [[a_call("pay")]]}
    async with open_house(script) as house:
        ann = await house.connect()
        paused = await ann.ask("B")
        await ann.expect(TurnPaused)
        run = await ann.ask("A", request="q2")
        await wait_all_tasks_blocked()
        opened = house
    assert opened.statuses(run)[-1] == "cancelled"
    assert opened.statuses(paused)[-1] == "awaiting_approval"
    assert opened.events[-1].kind != "frame.out"
