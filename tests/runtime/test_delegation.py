"""Delegated calls: asked of one connection, answered by it once, and never left behind."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from trio.testing import MockClock

from hocket.runtime.models.contract import ModelCall
from hocket.runtime.models.scripted import Reply
from hocket.runtime.protocol.frames import (
    ProtocolFault,
    ResultStatus,
    ToolCancel,
    ToolExecute,
    TurnCompleted,
)

if TYPE_CHECKING:
    from tests.runtime.conftest import OpenHouse

ACall = Callable[..., Reply]


async def test_the_answer_is_what_the_model_sees(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """A call goes to the client with its arguments, and the answer into the next prompt."""
    async with open_house({"A": [[a_call("find", what="keys"), Reply("there")]]}) as house:
        ann = await house.connect()
        await ann.offer("find")
        run = await ann.ask()
        call = await ann.expect(ToolExecute)
        assert (call.run_id, call.wire_id, call.arguments) == (run, "w1", {"what": "keys"})
        assert call.deadline_seconds == 30
        await ann.answer(call, "in the coat")
        await ann.expect(TurnCompleted)
        assert house.seen("llm.request")[-1]["messages"][-1] == ("tool", "in the coat", "call-1")
        assert house.seen("tool.start")[0]["site"] == "client"
        told = [e.kind for e in house.events if e.kind.startswith("wire")]
        assert told == ["wire.execute", "wire.result", "wire.resolve"]


async def test_an_error_is_a_failed_call(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """The client says that its tool failed; the turn goes on with that."""
    async with open_house({"A": [[a_call("find"), Reply("ok")]]}) as house:
        ann = await house.connect()
        await ann.offer("find")
        await ann.ask()
        await ann.answer(await ann.expect(ToolExecute), "no light", status=ResultStatus.ERROR)
        await ann.expect(TurnCompleted)
        assert house.seen("tool.end")[0]["outcome"] == "failed"
        assert house.seen("llm.request")[-1]["messages"][-1][1] == "no light"


async def test_no_answer_in_time(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """After the tool's deadline the call has timed out, is called off, and can not be answered:
    the late answer does not reach the next call of the same tool.
    """
    async with open_house({"A": [[a_call("slow"), a_call("slow"), Reply("ok")]]}) as house:
        ann = await house.connect()
        await ann.offer("slow")
        await ann.ask()
        first = await ann.expect(ToolExecute)
        assert (await ann.expect(ToolCancel)).reason == "timed_out"
        assert house.clock == first.deadline_seconds == 5
        second = await ann.expect(ToolExecute)
        assert second.wire_id != first.wire_id
        await ann.answer(first, "late")
        await ann.answer(second, "in time")
        await ann.expect(TurnCompleted)
        assert [e["reason"] for e in house.seen("wire.drop")] == ["late"]
        assert [e["outcome"] for e in house.seen("tool.end")] == ["timed_out", "succeeded"]
        assert house.seen("llm.request")[-1]["messages"][-1][1] == "in time"


async def test_equal_model_ids_do_not_meet(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """Users, threads and steps whose models use one id get each their own answers."""
    twice = Reply(calls=(ModelCall("x", "find", {"n": 1}), ModelCall("x", "find", {"n": 2})))
    scripts = {"A": [[twice]], "B": [[a_call("find", n=3)]], "C": [[a_call("find", n=4)]]}
    async with open_house(scripts) as house:
        ann, ben = await house.connect(), await house.connect("ben")
        for client, threads in ((ann, "AB"), (ben, "C")):
            await client.offer("find")
            for thread in threads:
                await client.ask(thread, request=thread)
        calls = [await ann.expect(ToolExecute), await ann.expect(ToolExecute)]
        other = await ben.expect(ToolExecute)
        for client, call in ((ann, calls[1]), (ben, other), (ann, calls[0])):
            await client.answer(call, f"<{call.arguments['n']}>")
        last = await ann.expect(ToolExecute)
        await ann.answer(last, f"<{last.arguments['n']}>")
        await ann.settle()
        for thread, expected in (("A", ["<1>", "<2>"]), ("B", ["<3>"]), ("C", ["<4>"])):
            prompt = house.seen("llm.request", thread=thread)[-1]["messages"]
            assert [text for role, text, _ in prompt if role == "tool"] == expected
        assert len({call.wire_id for call in (*calls, last)}) == 3


async def test_the_call_goes_to_the_device_that_started_the_turn(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """A newer device with the same tool is not asked, and can not answer."""
    async with open_house({"A": [[a_call("find"), Reply("ok")]]}) as house:
        ann, phone = await house.connect(), await house.connect()
        await ann.offer("find")
        await phone.offer("find")
        await ann.ask()
        call = await ann.expect(ToolExecute)
        await phone.answer(call, "hijacked")
        await phone.settle()
        await ann.answer(call, "rightful")
        await ann.expect(TurnCompleted)
        assert not any(isinstance(f, ToolExecute) for f in phone.got)
        assert house.seen("wire.drop")[0]["reason"] == "unknown"
        assert house.seen("wire.resolve")[0]["value"] == "rightful"


async def test_tools_are_those_of_the_origin_at_acceptance(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """A turn is offered the server's tools and its origin's, not those registered since."""
    async with open_house({"A": [[Reply("a", seconds=3)], [a_call("find"), Reply("b")]]}) as house:
        ann, phone = await house.connect(), await house.connect()
        await phone.offer("find")
        await ann.ask()
        await ann.ask(request="q2")
        await ann.offer("find")
        await ann.expect(TurnCompleted)
        await ann.expect(TurnCompleted)
        assert {e["tools"] for e in house.seen("llm.request")} == {("note", "pay")}
        assert house.seen("wire.execute") == []


@pytest.mark.parametrize("wrong", ["other", ""])
async def test_an_answer_for_another_tool_leaves_the_call_pending(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall, wrong: str
) -> None:
    """The bad answer is refused, and the good one still counts."""
    async with open_house({"A": [[a_call("find"), Reply("ok")]]}) as house:
        ann = await house.connect()
        await ann.offer("find")
        await ann.ask()
        call = await ann.expect(ToolExecute)
        await ann.answer(call, "bad", tool_name=wrong)
        fault = await ann.expect(ProtocolFault)
        assert (fault.code, fault.reference) == ("tool_mismatch", call.wire_id)
        await ann.answer(call, "good")
        await ann.expect(TurnCompleted)
        assert [e["reason"] for e in house.seen("wire.drop")] == ["mismatch"]
        assert house.seen("wire.resolve")[0]["value"] == "good"


async def test_a_malformed_answer_leaves_the_call_pending(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """An answer without a tool name is refused and dropped; the call waits on."""
    async with open_house({"A": [[a_call("find"), Reply("ok")]]}) as house:
        ann = await house.connect()
        await ann.offer("find")
        await ann.ask()
        call = await ann.expect(ToolExecute)
        await ann.channel.send('{"type": "tool_result", "wire_id": "w1", "result": "x"}')
        assert (await ann.expect(ProtocolFault)).reference == "w1"
        await ann.answer(call)
        await ann.expect(TurnCompleted)
        assert [e["reason"] for e in house.seen("wire.drop")] == ["mismatch"]


async def test_an_answer_counts_once(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """The second answer to a call is late, one to a call that never was is unknown."""
    async with open_house({"A": [[a_call("find"), Reply("ok")]]}) as house:
        ann = await house.connect()
        await ann.offer("find")
        await ann.ask()
        call = await ann.expect(ToolExecute)
        await ann.answer(call, "one")
        await ann.answer(call, "two")
        await ann.answer(call, "three", wire_id="w77")
        await ann.expect(TurnCompleted)
        await ann.settle()
        assert [e["reason"] for e in house.seen("wire.drop")] == ["late", "unknown"]
        assert len(house.seen("wire.resolve")) == 1
