"""Hazards of ``docs/hazards.md`` that no other test is about."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import trio
from trio.testing import MockClock

from hocket.runtime.models.contract import ModelCall
from hocket.runtime.models.scripted import Reply
from hocket.runtime.policies import Limits
from hocket.runtime.protocol.frames import (
    ApprovalResponse,
    Auth,
    ProtocolFault,
    TurnCompleted,
    TurnPaused,
)
from hocket.runtime.tool_rules import ToolRules

if TYPE_CHECKING:
    from tests.runtime.conftest import OpenHouse

ACall = Callable[..., Reply]


async def test_a_resumed_turn_keeps_its_own_history(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """AR-001a: a turn on another thread, while this one is paused, changes nothing for it."""
    scripts = {"A": [[Reply("one")], [a_call("pay"), Reply("paid")]], "B": [[Reply("else")]]}
    async with open_house(scripts) as house:
        ann = await house.connect()
        await ann.ask(text="first")
        await ann.expect(TurnCompleted)
        await ann.ask(text="second", request="q2")
        approval = (await ann.expect(TurnPaused)).approval.approval_id
        await ann.ask("B", text="elsewhere", request="q3")
        await ann.expect(TurnCompleted)
        await ann.send(ApprovalResponse(approval, approved=True))
        await ann.expect(TurnCompleted)
        shown = house.seen("llm.request")[-1]["messages"]
        assert [text for role, text, _ in shown if role == "user"] == ["first", "second"]


async def test_a_summary_stays_with_its_thread(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """AR-001b: two threads of a user are compacted at once, and each sees its own summary."""
    scripts = {name: [[Reply("one")], [Reply("two", seconds=3)]] for name in ("A", "B")}
    async with open_house(scripts, limits=Limits(context_tokens=100)) as house:
        ann = await house.connect()
        for thread in ("A", "B"):
            await ann.ask(thread, text=f"{thread} " * 200, request=f"{thread}1")
            await ann.expect(TurnCompleted)
        for thread in ("A", "B"):
            await ann.ask(thread, text="and now", request=f"{thread}2")
        for _ in ("A", "B"):
            await ann.expect(TurnCompleted)
        for asked in house.seen("llm.request")[2:]:
            ((name, text),) = asked["blocks"]
            assert (name, set(text.split())) == ("summary", {asked["thread"]})


async def test_a_turn_may_ask_twice(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """AR-002, U01: a resumed turn that needs another approval pauses again, and each runs once."""
    async with open_house({"A": [[a_call("pay"), a_call("pay"), Reply("paid")]]}) as house:
        ann = await house.connect()
        run = await ann.ask()
        for _ in range(2):
            approval = (await ann.expect(TurnPaused)).approval.approval_id
            await ann.send(ApprovalResponse(approval, approved=True))
        await ann.expect(TurnCompleted)
        assert house.rows("SELECT step_index FROM steps WHERE run_id = ?", run) == [
            (0,),
            (1,),
            (2,),
        ]
        assert len(house.seen("tool.effect")) == 2


async def test_a_closed_thread_is_not_swept_again(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """U26: sweeps that follow each other fast close a thread once, with one job."""
    async with open_house(limits=Limits(sweep_seconds=1), idle_thread="close") as house:
        await trio.sleep(310)
        closes = [e["thread"] for e in house.seen("job.sched", work="close")]
        assert sorted(closes) == ["A", "B", "C"]


async def test_a_revoked_login_ends_what_it_began(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """U37: its connections are closed, its turns cancelled, and it opens no other connection."""
    async with open_house({"A": [[Reply("slow", seconds=50)]]}) as house:
        ann, ben = await house.connect(), await house.connect("ben")
        run = await ann.ask()
        await house.runtime.revoke("token of ann")
        assert house.statuses(run)[-1] == "cancelled"
        again = house.dial()
        await again.send(Auth("token of ann", ann.auth.resume_token))
        assert (await again.expect(ProtocolFault)).code == "unauthenticated"
        left = house.runtime.snapshot().connections
        assert ben.auth.connection_id in left
        assert ann.auth.connection_id not in left


async def test_nothing_runs_after_the_call_that_ends_the_turn(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """U39: whatever the order in which the model proposed them."""
    rules = ToolRules(terminal=frozenset({"note"}))
    calls = (ModelCall("1", "note", {"seconds": 1}), ModelCall("2", "unknown"))
    async with open_house({"A": [[Reply(calls=calls)]]}, order=rules) as house:
        ann = await house.connect()
        run = await ann.ask()
        assert (await ann.expect(TurnCompleted)).response == "noted"
        assert [e["tool"] for e in house.seen("call.propose")] == ["unknown", "note"]
        reason = house.rows("SELECT stop_reason FROM runs WHERE run_id = ?", run)
        assert reason == [("terminal_tool",)]
