"""Cancellation: whoever asks, whenever, the run has one fate and everybody hears the same."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from hocket.runtime.models.scripted import Reply
from hocket.runtime.protocol.frames import (
    ApprovalResponse,
    Cancel,
    ProtocolFault,
    RunStarted,
    ToolCancel,
    ToolExecute,
    TurnCancelled,
    TurnCompleted,
    TurnPaused,
    UserMessage,
    is_terminal_frame,
)
from hocket.runtime.runs import RunRecord
from hocket.runtime.runtime import Parts
from hocket.runtime.segments import Segment
from hocket.runtime.store import units
from hocket.runtime.store.records import Ending, Job
from hocket.runtime.turns import Turns

if TYPE_CHECKING:
    from tests.runtime.conftest import Client, OpenHouse

ACall = Callable[..., Reply]


async def test_a_cancelled_tool_has_no_effect_and_no_place_in_prompts(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """A turn is cancelled in its tool; the store keeps what was said as a record only."""
    script = [[a_call("note", seconds=50), Reply("never")], [Reply("next")]]
    async with open_house({"A": script}) as house:
        ann, phone = await house.connect(), await house.connect()
        run = await ann.ask(text="first")
        await wait_all_tasks_blocked()
        await ann.send(Cancel(run))
        await ann.expect(TurnCancelled)
        await phone.expect(TurnCancelled)
        assert house.clock < 50
        assert house.statuses(run) == ["accepted", "running", "cancelled"]
        assert house.seen("cancel.ack")[0]["status"] == "cancelled"
        assert house.seen("tool.effect") == []
        assert house.seen("tool.end")[0]["outcome"] == "cancelled"
        rows = house.rows("SELECT role, content, in_context FROM messages ORDER BY seq")
        assert rows == [
            ("user", "first", 0),
            ("assistant", '{"seconds": 50}', 0),
            ("tool", "cancelled", 0),
        ]
        await ann.ask(text="second", request="q2")
        await ann.expect(TurnCompleted)
        assert house.seen("llm.request")[-1]["messages"] == (("user", "second", None),)


async def test_a_model_request_is_interrupted(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """A turn that waits for its model ends at once, with one terminal frame."""
    async with open_house({"A": [[Reply("late", seconds=50)]]}) as house:
        ann = await house.connect()
        run = await ann.ask()
        await wait_all_tasks_blocked()
        await ann.send(Cancel(run))
        frames = [f for f in await ann.settle() if is_terminal_frame(f)]
        assert [type(f) for f in frames] == [TurnCancelled]
        assert house.seen("cancel.seen")[0]["run"] == run
        assert house.clock < 50


async def test_a_queued_turn_is_cancelled_before_it_starts(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """A turn that waits for its thread never starts; what its user said stands with the run."""
    async with open_house({"A": [[Reply("slow", seconds=9)]]}) as house:
        ann = await house.connect()
        await ann.ask()
        run = await ann.ask(text="queued", request="q2")
        await ann.send(Cancel(run))
        await ann.expect(TurnCancelled)
        await ann.expect(TurnCompleted)
        assert house.statuses(run) == ["accepted", "cancelled"]
        assert house.rows("SELECT text FROM runs WHERE run_id = ?", run) == [("queued",)]
        assert house.rows("SELECT * FROM messages WHERE run_id = ?", run) == []


async def test_a_cancel_after_the_end_changes_nothing(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """The answer to a cancel that comes too late is the status that the run has."""
    async with open_house() as house:
        ann = await house.connect()
        run = await ann.ask()
        await ann.expect(TurnCompleted)
        await ann.send(Cancel(run))
        assert len([f for f in await ann.settle() if is_terminal_frame(f)]) == 1
        assert house.seen("cancel.ack")[0]["status"] == "completed"
        assert house.statuses(run)[-1] == "completed"


async def test_a_foreign_run_is_as_unknown_as_none(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """Another user's cancel is refused like one for a run that does not exist."""
    async with open_house({"A": [[Reply("slow", seconds=9)]]}) as house:
        ann, ben = await house.connect(), await house.connect("ben")
        run = await ann.ask()
        await ben.send(Cancel(run))
        await ben.send(Cancel("run-99"))
        first, second = await ben.expect(ProtocolFault), await ben.expect(ProtocolFault)
        assert (first.code, first.message) == (second.code, second.message)
        assert first.code == "not_found"
        assert house.seen("cancel.ack") == []
        await ann.expect(TurnCompleted)


async def test_a_delegated_call_is_called_off(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """The client is told that nobody waits any more, and its late answer is dropped."""
    async with open_house({"A": [[a_call("find")]]}) as house:
        ann = await house.connect()
        await ann.offer("find")
        run = await ann.ask()
        call = await ann.expect(ToolExecute)
        await ann.send(Cancel(run))
        assert (await ann.expect(ToolCancel)).wire_id == call.wire_id
        await ann.answer(call)
        await ann.settle()
        assert house.seen("wire.drop")[0]["reason"] == "late"
        assert house.seen("tool.end")[0]["outcome"] == "cancelled"
        assert house.runtime.snapshot().calls == ()


class Hasty(Turns):
    """Hears of a cancellation in the step in which the turn's task is started."""

    def home(self, record: RunRecord) -> trio.Nursery:
        self.cancellation.request(record)
        return super().home(record)


async def test_a_request_is_remembered_until_there_is_a_task(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """A run that is to be cancelled before its task began never asks the model."""
    async with open_house({}, parts=Parts(turns=Hasty)) as house:
        ann = await house.connect()
        run = await ann.ask()
        await ann.expect(TurnCancelled)
        assert house.statuses(run) == ["accepted", "cancelled"]
        assert house.seen("llm.request") == []


class Overtaken(Turns):
    """Is cancelled by somebody else just before its end is stored."""

    async def commit_end(self, segment: Segment, ending: Ending) -> tuple[Job, ...] | None:
        record = segment.record
        await self.core.unit(units.end, record.id, record.user, "test")
        return await super().commit_end(segment, ending)


async def test_the_first_end_stands(open_house: "OpenHouse", autojump_clock: MockClock) -> None:
    """A turn whose end came second stores no reply and tells of none."""
    async with open_house({"A": [[Reply("too late")]]}, parts=Parts(turns=Overtaken)) as house:
        ann = await house.connect()
        run = await ann.ask()
        frames = await ann.settle()
        assert house.statuses(run) == ["accepted", "running", "cancelled"]
        assert not any(isinstance(f, TurnCompleted) for f in frames)
        rows = house.rows("SELECT content, in_context FROM messages ORDER BY seq")
        assert rows == [("hello", 0), ("too late", 0)]


async def test_cancelling_twice_ends_once(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """Two cancels have two answers and one terminal frame."""
    async with open_house({"A": [[Reply("late", seconds=50)]]}) as house:
        ann = await house.connect()
        run = await ann.ask()
        await ann.send(Cancel(run))
        await ann.send(Cancel(run))
        frames = await ann.settle()
        assert len([f for f in frames if isinstance(f, TurnCancelled)]) == 1
        assert [e["status"] for e in house.seen("cancel.ack")] == ["cancelled", "cancelled"]


@pytest.mark.parametrize("steps", range(40))
async def test_a_cancel_at_any_moment_leaves_one_fate(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall, steps: int
) -> None:
    """However far the turn is, there is one terminal status and one frame, and they agree."""
    script = [[a_call("note"), a_call("find"), a_call("pay"), Reply("done")]]
    async with open_house({"A": script}) as house:
        ann = await house.connect()
        await ann.offer("find")
        run = await ann.ask()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_serve_client, ann)
            for _ in range(steps):
                await trio.lowlevel.checkpoint()
            await ann.send(Cancel(run))
            with trio.move_on_after(1):
                await trio.sleep_forever()
            nursery.cancel_scope.cancel()
        final = house.statuses(run)[-1]
        told = [f.type for f in await ann.settle() if is_terminal_frame(f)]
        assert told[-1] == f"turn_{final}"
        assert set(told[:-1]) <= {"turn_paused"}
        assert house.seen("cancel.ack")[0]["status"] == final
        assert house.runtime.snapshot().runs == ()
        assert house.runtime.snapshot().approvals == ()


async def _serve_client(client: "Client") -> None:
    while True:
        frame = await client.expect(object)
        if isinstance(frame, ToolExecute):
            await client.answer(frame)
        if isinstance(frame, TurnPaused):
            await client.send(ApprovalResponse(frame.approval.approval_id, approved=True))


async def test_a_run_is_announced_before_its_end(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """Two devices interrupt each other's turns; each run is announced first and ended once."""
    async with open_house({}, second_turn="interrupt") as house:
        ann, phone = await house.connect(), await house.connect()
        for number in range(4):
            await ann.send(UserMessage(f"a{number}", "hello", "A"))
            await phone.send(UserMessage(f"p{number}", "hello", "A"))
        for client in (ann, phone):
            frames = await client.settle()
            started = [f.run_id for f in frames if isinstance(f, RunStarted)]
            assert len(started) == len(set(started)) == 8
            for run in started:
                kinds = [f.type for f in frames if getattr(f, "run_id", None) == run]
                assert kinds[0] == "run_started"
                assert len([k for k in kinds if k.startswith("turn_")]) == 1
