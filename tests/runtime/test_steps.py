"""What the store tells of the steps of a turn: how far each came, and what it took."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
import trio
from trio.testing import MockClock

from hocket.runtime.conversation import digest
from hocket.runtime.models.contract import ModelError, ModelReply, ModelRequest, Say, Usage
from hocket.runtime.models.scripted import Reply
from hocket.runtime.protocol.frames import (
    ApprovalResponse,
    Cancel,
    ToolExecute,
    TurnCancelled,
    TurnCompleted,
    TurnFailed,
    TurnPaused,
)
from hocket.runtime.tool_rules import ToolRules

if TYPE_CHECKING:
    from tests.runtime.conftest import House, OpenHouse

ACall = Callable[..., Reply]


def _steps(house: "House") -> list[tuple[int, str]]:
    return house.rows("SELECT step_index, progress FROM steps ORDER BY step_index")


async def test_all_steps_of_a_completed_turn_are_finished(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """The reply is a step of its own, with its text, and the prompts are named by digest."""
    async with open_house({"A": [[a_call("note"), Reply("done")]]}) as house:
        ann = await house.connect()
        await ann.ask()
        await ann.expect(TurnCompleted)
        assert _steps(house) == [(0, "finished"), (1, "finished")]
        assert house.rows("SELECT reply FROM steps ORDER BY step_index") == [("",), ("done",)]
        named = [row[0] for row in house.rows("SELECT request FROM steps ORDER BY step_index")]
        assert len({*named}) == 2
        assert all(len(name) == len(digest(())) for name in named)


async def test_a_paused_turn_stays_where_it_waits_and_goes_on_from_there(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """A step that waits was answered; its tools start with the approval."""
    async with open_house({"A": [[a_call("pay", seconds=5), Reply("paid")]]}) as house:
        ann = await house.connect()
        await ann.ask()
        approval = (await ann.expect(TurnPaused)).approval.approval_id
        assert _steps(house) == [(0, "answered")]
        await ann.send(ApprovalResponse(approval, approved=True))
        await ann.expect(TurnCompleted)
        assert _steps(house) == [(0, "finished"), (1, "finished")]


@pytest.mark.parametrize(("tool", "progress"), [("find", "tools_started"), (None, "requested")])
async def test_a_cancelled_turn_tells_where_it_was(
    open_house: "OpenHouse",
    autojump_clock: MockClock,
    a_call: ACall,
    tool: str | None,
    progress: str,
) -> None:
    """At the model, or at a tool."""
    reply = a_call(tool) if tool else Reply("late", seconds=99)
    async with open_house({"A": [[reply]]}) as house:
        ann = await house.connect()
        await ann.offer("find")
        run = await ann.ask()
        if tool:
            await ann.expect(ToolExecute)
        await trio.sleep(1)
        await ann.send(Cancel(run))
        await ann.expect(TurnCancelled)
        assert _steps(house) == [(0, progress)]


async def test_a_failed_turn_tells_where_it_was(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """The steps before were persisted; the last one had no answer."""
    failing = Reply(error="no", fault=ModelError)
    async with open_house({"A": [[a_call("note"), failing]]}) as house:
        ann = await house.connect()
        await ann.ask()
        await ann.expect(TurnFailed)
        assert _steps(house) == [(0, "persisted"), (1, "requested")]


async def test_a_text_where_a_tool_has_to_end_the_turn_is_a_step(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """It is stored with the note that follows it, and no step is missing."""
    order = ToolRules(terminal=frozenset({"note"}))
    async with open_house({"A": [[Reply("hm"), a_call("note")]]}, order=order) as house:
        ann = await house.connect()
        await ann.ask()
        await ann.expect(TurnCompleted)
        assert house.rows("SELECT reply FROM steps ORDER BY step_index") == [("hm",), ("",)]


class _Counting:
    """A model that says what it takes."""

    async def reply(self, request: ModelRequest, say: Say) -> ModelReply:
        await trio.lowlevel.checkpoint()
        return ModelReply("" if request.choice == "required" else "ok", usage=Usage(10, 2))


async def test_a_step_has_its_cost(open_house: "OpenHouse", autojump_clock: MockClock) -> None:
    """As the model counts it; the run has the sum."""
    async with open_house(model=_Counting()) as house:
        ann = await house.connect()
        await ann.ask()
        await ann.expect(TurnCompleted)
        (step,) = house.rows("SELECT tokens_in, tokens_out FROM steps")
        assert house.rows("SELECT tokens_in, tokens_out FROM runs") == [step]
        assert step[0] >= 10
