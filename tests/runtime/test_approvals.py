"""Approvals: pausing, deciding once, going on, and running out of time."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from hocket.runtime.models.contract import ModelCall
from hocket.runtime.models.scripted import Reply
from hocket.runtime.policies import Limits
from hocket.runtime.protocol.frames import (
    ApprovalClosed,
    ApprovalResponse,
    Cancel,
    ProtocolFault,
    ToolExecute,
    TurnCancelled,
    TurnCompleted,
    TurnExpired,
    TurnPaused,
)

if TYPE_CHECKING:
    from tests.runtime.conftest import OpenHouse

ACall = Callable[..., Reply]


async def test_an_approved_call_runs_once_and_the_turn_goes_on(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """The approval is consumed before the tool starts, and steps count on after the pause."""
    async with open_house({"A": [[a_call("note"), a_call("pay", sum=3), Reply("paid")]]}) as house:
        ann = await house.connect()
        run = await ann.ask()
        paused = (await ann.expect(TurnPaused)).approval
        assert (paused.tool_name, paused.arguments) == ("pay", {"sum": 3})
        await ann.send(ApprovalResponse(paused.approval_id, approved=True))
        assert (await ann.expect(ApprovalClosed)).outcome == "approved"
        assert (await ann.expect(TurnCompleted)).response == "paid"
        assert house.statuses(run) == [
            *("accepted", "running", "awaiting_approval"),
            *("resuming", "running", "completed"),
        ]
        assert [e["step"] for e in house.seen("llm.request")] == [0, 1, 2]
        told = [e.kind for e in house.events if e.kind.startswith(("appr", "tool"))]
        assert told == [
            *("tool.start", "tool.effect", "tool.end"),
            *("appr.new", "appr.decide", "appr.consume"),
            *("tool.start", "tool.effect", "tool.end"),
        ]
        last = house.seen("llm.request")[-1]["messages"]
        assert [(role, call) for role, _, call in last] == [
            ("user", None),
            *(("assistant", "call-1"), ("tool", "call-1")),
            *(("assistant", "call-2"), ("tool", "call-2")),
        ]
        hashes = {
            e["args_hash"]
            for e in house.events
            if e.get("approval") == "approval-1" and e.get("args_hash")
        }
        assert len(hashes) == 1


async def test_a_denied_call_never_starts_and_the_model_is_told(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """A denial, with its reason, is the call's result, and the turn goes on with the model."""
    async with open_house({"A": [[a_call("pay"), Reply("well then")]]}) as house:
        ann = await house.connect()
        await ann.ask()
        approval = (await ann.expect(TurnPaused)).approval.approval_id
        await ann.send(ApprovalResponse(approval, approved=False, reason="too dear"))
        await ann.expect(TurnCompleted)
        assert house.seen("tool.start") == []
        assert house.seen("llm.request")[-1]["messages"][-1] == (
            *("tool", "denied by the user: too dear", "call-1"),
        )


async def test_any_device_of_the_user_may_decide_and_no_other_user(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """To a stranger the approval does not exist; the user's other device decides it."""
    async with open_house({"A": [[a_call("pay")]]}) as house:
        ann, phone, ben = await house.connect(), await house.connect(), await house.connect("ben")
        await ann.ask()
        approval = (await ann.expect(TurnPaused)).approval.approval_id
        for unknown in (approval, "approval-99"):
            await ben.send(ApprovalResponse(unknown, approved=True))
        faults = [await ben.expect(ProtocolFault), await ben.expect(ProtocolFault)]
        assert [f.code for f in faults] == ["not_found", "not_found"]
        assert faults[0].message == faults[1].message
        await ann.close()
        await phone.expect(TurnPaused)
        await phone.send(ApprovalResponse(approval, approved=True))
        await phone.expect(TurnCompleted)


async def test_of_two_decisions_one_takes_effect(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """The second of two decisions that arrive together is refused and changes nothing."""
    async with open_house({"A": [[a_call("pay", seconds=2)]]}) as house:
        ann = await house.connect()
        await ann.ask()
        approval = (await ann.expect(TurnPaused)).approval.approval_id
        await ann.send(ApprovalResponse(approval, approved=True))
        await ann.send(ApprovalResponse(approval, approved=False))
        await ann.expect(TurnCompleted)
        faults = [f for f in await ann.settle() if isinstance(f, ProtocolFault)]
        assert [f.code for f in faults] == ["approval_closed"]
        assert len(house.seen("appr.decide")) == len(house.seen("tool.start")) == 1
        assert [e["reason"] for e in house.seen("appr.refuse")] == ["approval_closed"]
        await ann.send(ApprovalResponse(approval, approved=True))
        assert (await ann.expect(ProtocolFault)).code == "approval_closed"


async def test_calls_behind_the_approval_wait_for_it(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """Earlier calls of the step run before the pause, later ones after it, and a second approval
    in the resumed part pauses the turn again.
    """
    calls = tuple(ModelCall(None, name) for name in ("note", "pay", "note", "pay", "note"))
    async with open_house({"A": [[Reply(calls=calls), Reply("all")]]}) as house:
        ann = await house.connect()
        await ann.ask()
        for _ in range(2):
            approval = (await ann.expect(TurnPaused)).approval.approval_id
            await ann.send(ApprovalResponse(approval, approved=True))
        await ann.expect(TurnCompleted)
        started = [e["call"] for e in house.seen("tool.start")]
        assert started == [f"call-{n}" for n in range(1, 6)]
        last = [m[2] for m in house.seen("llm.request")[-1]["messages"][1:]]
        assert last == [f"call-{n}" for n in (1, 1, 2, 2, 3, 3, 4, 4, 5, 5)]
        assert house.rows("SELECT step_index FROM steps") == [(0,), (1,)]


async def test_nobody_decides(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """When its time is over the turn expires, and leaves nothing in later prompts."""
    async with open_house(
        {"A": [[a_call("pay")], []]}, limits=Limits(approval_seconds=60)
    ) as house:
        ann = await house.connect()
        run = await ann.ask(text="first")
        approval = (await ann.expect(TurnPaused)).approval
        assert approval.expires_in_seconds == 60
        await ann.expect(TurnExpired)
        assert house.clock == 60
        assert (await ann.expect(ApprovalClosed)).outcome == "expired"
        assert house.statuses(run)[-1] == "expired"
        await ann.send(ApprovalResponse(approval.approval_id, approved=True))
        assert (await ann.expect(ProtocolFault)).code == "approval_closed"
        await ann.ask(text="second", request="q2")
        await ann.expect(TurnCompleted)
        assert house.seen("llm.request")[-1]["messages"] == (("user", "second", None),)


async def test_a_decision_stops_the_timer(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """Once the approval is decided nothing waits for its expiry."""
    async with open_house({"A": [[a_call("pay")]]}) as house:
        ann = await house.connect()
        await ann.ask()
        approval = (await ann.expect(TurnPaused)).approval.approval_id
        await ann.send(ApprovalResponse(approval, approved=True))
        await ann.expect(TurnCompleted)
        await wait_all_tasks_blocked()
        assert trio.lowlevel.current_statistics().seconds_to_next_deadline == float("inf")


async def test_a_paused_turn_can_be_cancelled(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """Run and approval end together, and both are told."""
    async with open_house({"A": [[a_call("pay")]]}) as house:
        ann = await house.connect()
        run = await ann.ask()
        approval = (await ann.expect(TurnPaused)).approval.approval_id
        await ann.send(Cancel(run))
        await ann.expect(TurnCancelled)
        closed = await ann.expect(ApprovalClosed)
        assert (closed.approval_id, closed.outcome) == (approval, "cancelled")
        assert house.seen("cancel.ack")[0]["status"] == "cancelled"
        assert house.seen("appr.end")[0]["reason"] == "cancelled"
        assert house.runtime.snapshot().approvals == ()


async def test_the_approval_rule_holds_for_tools_of_clients(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """A client is asked to run a tool under the rule only after a person approved."""
    async with open_house({"A": [[a_call("bash"), Reply("ok")]]}) as house:
        ann = await house.connect()
        await ann.offer("bash")
        await ann.ask()
        approval = (await ann.expect(TurnPaused)).approval.approval_id
        assert house.seen("wire.execute") == []
        await ann.send(ApprovalResponse(approval, approved=True))
        await ann.answer(await ann.expect(ToolExecute))
        await ann.expect(TurnCompleted)
