"""The runtime as a whole: real threads, replaced parts, and what is open."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from hocket.runtime.models.scripted import Reply
from hocket.runtime.protocol.frames import (
    ApprovalResponse,
    Cancel,
    ToolExecute,
    TurnCompleted,
    TurnPaused,
    is_terminal_frame,
)
from hocket.runtime.protocol.lifecycle import RunStatus
from hocket.runtime.runtime import Parts, random_id
from hocket.runtime.segments import Segment
from hocket.runtime.store.records import StopReason
from hocket.runtime.turns import Turns

if TYPE_CHECKING:
    from tests.runtime.conftest import OpenHouse

ACall = Callable[..., Reply]


async def test_it_runs_in_real_time_with_worker_threads(
    open_real_house: "OpenHouse", a_call: ACall
) -> None:
    """Nothing of the simulation is needed: two users, approvals and delegated calls."""
    script = [[a_call("find"), a_call("pay"), Reply("bye")]]
    async with open_real_house({"A": script, "C": script}) as house:
        ann, ben = await house.connect(), await house.connect("ben")
        for client, thread in ((ann, "A"), (ben, "C")):
            await client.offer("find")
            await client.ask(thread)
        for client in (ann, ben):
            await client.answer(await client.expect(ToolExecute))
            approval = (await client.expect(TurnPaused)).approval.approval_id
            await client.send(ApprovalResponse(approval, approved=True))
            assert (await client.expect(TurnCompleted)).response == "bye"


async def test_what_is_open_can_be_seen(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """The snapshot names runs, approvals, calls and connections that are not over."""
    scripts = {"A": [[a_call("pay")]], "B": [[a_call("find")]]}
    async with open_house(scripts) as house:
        ann = await house.connect()
        await ann.offer("find")
        paused = await ann.ask("A")
        await ann.expect(TurnPaused)
        running = await ann.ask("B", request="q2")
        await ann.expect(ToolExecute)
        snapshot = house.runtime.snapshot()
        assert dict(snapshot.runs) == {paused: "awaiting_approval", running: "running"}
        assert snapshot.approvals == ("approval-1",)
        assert snapshot.calls == ("exec-1",)
        assert snapshot.connections == (ann.auth.connection_id,)


class Boastful(Turns):
    """A runtime that tells its own result whatever the store says."""

    async def finish(
        self,
        segment: Segment,
        status: RunStatus,
        text: str,
        reason: StopReason = StopReason.END_TURN,
    ) -> None:
        await trio.sleep(1)
        with trio.CancelScope(shield=True):
            await self.commit_end(segment, self.ending(segment, status, text, reason))
        self.conclude(segment, status, text)


async def test_a_part_can_be_replaced(open_house: "OpenHouse", autojump_clock: MockClock) -> None:
    """A part given at construction is used: a defect planted so shows in what clients are told."""
    async with open_house({}, parts=Parts(turns=Boastful)) as house:
        ann = await house.connect()
        run = await ann.ask()
        await ann.expect(TurnCompleted)
        assert house.clock == 1
        assert house.statuses(run)[-1] == "completed"


async def test_a_closed_runtime_starts_nothing(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """Connections that are open when the runtime is left are closed with it."""
    async with open_house() as house:
        ann = await house.connect()
        await wait_all_tasks_blocked()
        left = house
    assert left.seen("conn.close")[0]["conn"] == ann.auth.connection_id
    assert [e.kind for e in left.events[-2:]] == ["conn.end", "proc.stop"]
    with pytest.raises(trio.BrokenResourceError):
        await ann.send(Cancel("run-1"))
    assert not any(is_terminal_frame(f) for f in ann.got)


def test_ids_cannot_be_guessed() -> None:
    """Without a source of ids given, they are random and say what they are of."""
    first, second = random_id("run"), random_id("run")
    assert first != second
    assert first.startswith("run-")
