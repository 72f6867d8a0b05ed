"""Delegated calls of clients that were lost, and of those that came back."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from hocket.runtime.models.contract import ModelCall
from hocket.runtime.models.scripted import Reply
from hocket.runtime.policies import Limits
from hocket.runtime.protocol.frames import (
    ApprovalResponse,
    Auth,
    RunStarted,
    ToolExecute,
    TurnCompleted,
    TurnPaused,
)

if TYPE_CHECKING:
    from tests.runtime.conftest import OpenHouse

ACall = Callable[..., Reply]


async def test_a_lost_connection_loses_its_calls(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """By default the call ends at once, and so does one that would be sent later."""
    async with open_house({"A": [[a_call("find"), a_call("find"), Reply("alas")]]}) as house:
        ann, phone = await house.connect(), await house.connect()
        await ann.offer("find")
        await ann.ask()
        await ann.expect(ToolExecute)
        await ann.close()
        await phone.expect(TurnCompleted)
        assert house.clock == 0
        assert [e["outcome"] for e in house.seen("tool.end")] == ["lost", "lost"]
        assert len(house.seen("wire.execute")) == 1


async def test_a_call_may_wait_for_its_client_to_come_back(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """Under ``wait_for_resume`` the successor is sent the call again, with its old wire id and
    what is left of its time, and answers it.
    """
    script = {"A": [[a_call("find"), a_call("find"), Reply("ok")]]}
    async with open_house(script, lost_call="wait_for_resume") as house:
        ann = await house.connect()
        await ann.offer("find")
        await ann.ask()
        call = await ann.expect(ToolExecute)
        await ann.close()
        await wait_all_tasks_blocked()
        assert house.runtime.snapshot().calls == ("exec-1",)
        again = await house.connect(resume=ann.auth.resume_token)
        assert house.seen("conn.auth")[-1]["resumed"] == ann.auth.connection_id
        resent = await again.expect(ToolExecute)
        assert resent.wire_id == call.wire_id
        await again.answer(resent)
        later = await again.expect(ToolExecute)
        assert later.wire_id not in (call.wire_id, "")
        await again.answer(call)
        await again.answer(later)
        await again.expect(TurnCompleted)
        assert [e["reason"] for e in house.seen("wire.drop")] == ["late"]


async def test_a_call_made_while_the_client_is_away_waits_too(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """It is sent when the client resumes."""
    slow = Reply(calls=(ModelCall("x", "find"),), seconds=3)
    async with open_house({"A": [[slow, Reply("ok")]]}, lost_call="wait_for_resume") as house:
        ann = await house.connect()
        await ann.offer("find")
        await ann.ask()
        await ann.close()
        await trio.sleep(4)
        assert house.seen("tool.start")
        assert house.seen("wire.execute") == []
        again = await house.connect(resume=ann.auth.resume_token)
        await again.answer(await again.expect(ToolExecute))
        await again.expect(TurnCompleted)


async def test_nobody_comes_back(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """A call that waits for its client still ends at its deadline."""
    script = {"A": [[a_call("slow"), Reply("alas")]]}
    async with open_house(script, lost_call="wait_for_resume") as house:
        ann, phone = await house.connect(), await house.connect()
        await ann.offer("slow")
        await ann.ask()
        await ann.expect(ToolExecute)
        await ann.close()
        await phone.expect(TurnCompleted)
        assert house.clock == 5
        assert house.seen("tool.end")[0]["outcome"] == "timed_out"


async def test_a_half_open_connection_is_taken_over(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """A client that resumes before its loss was noticed gets its calls, under either policy, and
    the old connection is closed.
    """
    async with open_house({"A": [[a_call("find"), Reply("ok")]]}) as house:
        ann = await house.connect()
        await ann.offer("find")
        await ann.ask()
        await ann.expect(ToolExecute)
        again = await house.connect(resume=ann.auth.resume_token)
        await again.answer(await again.expect(ToolExecute))
        await again.expect(TurnCompleted)
        assert house.seen("conn.close")[0]["conn"] == ann.auth.connection_id
        assert house.seen("tool.end")[0]["outcome"] == "succeeded"


async def test_a_resume_token_works_once_and_for_its_user(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """With a token that is unknown, used or another's, a connection is simply new."""
    async with open_house() as house:
        ann = await house.connect()
        token = ann.auth.resume_token
        await house.connect("ben", resume=token)
        await house.connect("ann", resume="resume-99")
        await house.connect("ann", resume=token)
        await house.connect("ann", resume=token)
        resumed = [e["resumed"] for e in house.seen("conn.auth")]
        assert resumed == [None, None, None, ann.auth.connection_id, None]


async def test_who_comes_later_is_told_what_is_under_way(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """A new connection of the user hears of each turn that is not over, and of the approval that
    one waits for, with the time that is left; another user's hears nothing.
    """
    scripts = {"A": [[a_call("pay"), Reply("paid")]], "B": [[Reply("late", seconds=900)]]}
    async with open_house(scripts, limits=Limits(approval_seconds=60)) as house:
        ann = await house.connect()
        await ann.ask("B", request="q1")
        run = await ann.ask("A", request="q2")
        asked = (await ann.expect(TurnPaused)).approval
        await ann.close()
        await trio.sleep(20)
        phone, ben = await house.connect(), await house.connect("ben")
        told = [f for f in await phone.settle() if isinstance(f, RunStarted)]
        assert [(f.request_id, f.thread_id) for f in told] == [("q1", "B"), ("q2", "A")]
        (again,) = [f.approval for f in phone.got if isinstance(f, TurnPaused)]
        assert again.approval_id == asked.approval_id
        assert (asked.expires_in_seconds, again.expires_in_seconds) == (60, 40)
        await phone.send(ApprovalResponse(again.approval_id, approved=True))
        assert (await phone.expect(TurnCompleted)).run_id == run
        later = await house.connect()
        await later.settle()
        assert [f.type for f in later.got] == ["auth_ok", "run_started"]
        assert [f.type for f in await ben.settle()] == ["auth_ok"]


async def test_much_to_catch_up_with_is_no_lag(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """A connection that is owed more frames at its beginning than it may lag behind gets them."""
    scripts = {"A": [[Reply("ok", seconds=9)], [Reply("ok")], [Reply("ok")]]}
    async with open_house(scripts, limits=Limits(outbound_frames=4)) as house:
        ann = await house.connect()
        for number in range(3):
            await ann.ask(request=f"q{number}")
        slow = house.dial(capacity=1)
        await slow.send(Auth("token of ann"))
        await wait_all_tasks_blocked()
        assert [f.type for f in await slow.settle()] == ["auth_ok", *["run_started"] * 3]
