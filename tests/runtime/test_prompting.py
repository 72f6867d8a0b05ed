"""Prompting: retries, compaction, pieces, and answers that are none."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from trio.testing import MockClock

from hocket.runtime.models.contract import (
    ContextOverflow,
    ModelCall,
    ModelOptions,
    ModelReply,
    ModelRequest,
    ModelUnavailable,
    Purpose,
    Say,
    ToolChoice,
)
from hocket.runtime.models.scripted import Reply, ScriptedModel
from hocket.runtime.policies import Limits
from hocket.runtime.protocol.frames import MessageDelta, TurnCompleted, TurnFailed, TurnPaused
from hocket.runtime.tool_rules import ToolRules

if TYPE_CHECKING:
    from tests.runtime.conftest import OpenHouse

ACall = Callable[..., Reply]


def away(text: str = "", *pieces: str) -> Reply:
    """A request that fails as one that may be repeated, after it said something or not."""
    return Reply(text, error="overloaded", fault=ModelUnavailable, pieces=pieces)


class Counting(ScriptedModel):
    """A scripted model whose every request takes the next reply, and whose summaries are short."""

    def __init__(self, *replies: Reply) -> None:
        super().__init__({})
        self.replies = list(replies)
        self.asked = list[ModelRequest]()

    async def reply(self, request: ModelRequest, say: Say) -> ModelReply:
        if request.purpose is not Purpose.TURN:
            return ModelReply("in short")
        self.asked.append(request)
        single = ScriptedModel({request.thread: [[self.replies.pop(0)] * 9]})
        return await single.reply(request, say)


async def test_a_model_that_is_away_is_asked_again(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """With growing pauses, and a bounded number of times."""
    async with open_house(model=Counting(away(), away(), Reply("back"))) as house:
        ann = await house.connect()
        await ann.ask()
        assert (await ann.expect(TurnCompleted)).response == "back"
        assert house.clock == pytest.approx(0.5 + 1.0)
    async with open_house(model=Counting(*[away()] * 4)) as house:
        ann = await house.connect()
        await ann.ask()
        assert (await ann.expect(TurnFailed)).error == "overloaded"
        assert len(house.seen("llm.error")) == 4


class Asking(ScriptedModel):
    """A model that wants to be left in peace for some seconds, and then answers."""

    def __init__(self, *seconds: float) -> None:
        super().__init__({"A": [[Reply("rested")]]})
        self.seconds = list(seconds)

    async def reply(self, request: ModelRequest, say: Say) -> ModelReply:
        if self.seconds:
            raise ModelUnavailable("busy", self.seconds.pop(0))
        return await super().reply(request, say)


@pytest.mark.parametrize(("wanted", "waited"), [(7.0, 7.0), (0.1, 0.5), (9999.0, 60.0)])
async def test_a_model_is_left_in_peace_as_long_as_it_wants(
    open_house: "OpenHouse", autojump_clock: MockClock, wanted: float, waited: float
) -> None:
    """But not less than the runtime itself would wait, and not for ever."""
    async with open_house(model=Asking(wanted)) as house:
        ann = await house.connect()
        await ann.ask()
        await ann.expect(TurnCompleted)
        assert house.clock == pytest.approx(waited)


async def test_what_was_said_is_not_said_again(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """A model that broke off after it spoke is not asked again: the turn fails."""
    async with open_house(model=Counting(away("", "hel"), Reply("hello"))) as house:
        ann = await house.connect()
        await ann.ask()
        await ann.expect(TurnFailed)
        assert [f.content for f in ann.got if isinstance(f, MessageDelta)] == ["hel"]
        assert len(house.seen("llm.request")) == 1


async def test_an_answer_arrives_piece_by_piece(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """Every device hears the pieces in order, and then the whole."""
    reply = Reply("hello", pieces=("hel", "lo"), seconds=3)
    async with open_house({"A": [[reply]]}) as house:
        ann, other = await house.connect(), await house.connect()
        await ann.ask()
        for client in (ann, other):
            assert (await client.expect(TurnCompleted)).response == "hello"
            assert [f.content for f in client.got if isinstance(f, MessageDelta)] == ["hel", "lo"]


async def test_a_thread_that_is_too_long_is_compacted(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """Its summary takes the place of its messages, for this turn and the later ones."""
    model = Counting(Reply("one"), Reply("two"), Reply("three"))
    limits = Limits(context_tokens=50)
    async with open_house(model=model, limits=limits) as house:
        ann = await house.connect()
        for number, text in enumerate(("a" * 150, "b" * 50, "c" * 5)):
            await ann.ask(text=text, request=f"q{number}")
            await ann.expect(TurnCompleted)
        last = house.seen("llm.request")
        assert [e["blocks"] for e in last][1:] == [(("summary", "in short"),)] * 2
        assert [len(e["messages"]) for e in last] == [1, 1, 3]
        assert house.runtime.snapshot().stale == ()


async def test_an_overflow_compacts_once_and_repeats_no_tool(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """The request is repeated, not the turn; where nothing can be left out the turn fails."""
    full = Reply(error="too long", fault=ContextOverflow)
    model = Counting(Reply("one"), a_call("note"), full, Reply("two"), full)
    async with open_house(model=model) as house:
        ann = await house.connect()
        await ann.ask(text="first")
        await ann.expect(TurnCompleted)
        await ann.ask(text="second", request="q2")
        assert (await ann.expect(TurnCompleted)).response == "two"
        assert len(house.seen("tool.effect")) == 1
        said = house.seen("llm.request")[-1]["messages"]
        assert [text for role, text, _ in said if role == "user"] == ["second"]
        await ann.ask("B", request="q3")
        assert (await ann.expect(TurnFailed)).error == "too long"


async def test_silence_is_met_with_less_pressure(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """Tools required, then allowed, then forbidden; a model that stays silent fails the turn."""
    model = Counting(*[Reply()] * 3)
    options = ModelOptions(tool_choice=ToolChoice.REQUIRED)
    async with open_house(model=model, options=options) as house:
        ann = await house.connect()
        run = await ann.ask()
        assert (await ann.expect(TurnFailed)).error == "empty_response"
        assert [r.choice for r in model.asked] == ["required", "auto", "none"]
        stored = house.rows("SELECT stop_reason FROM runs WHERE run_id = ?", run)
        assert stored == [("empty_response",)]


async def test_a_text_that_spells_a_call_is_one(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """Only of a tool that is offered; any other text is a reply."""
    texts = ('{"name": "note", "arguments": {"seconds": 1}}', '{"name": "nope", "arguments": {}}')
    async with open_house({"A": [[Reply(text) for text in texts]]}) as house:
        ann = await house.connect()
        await ann.ask()
        assert (await ann.expect(TurnCompleted)).response == texts[1]
        assert len(house.seen("tool.effect")) == 1


async def test_tools_have_an_order(open_house: "OpenHouse", autojump_clock: MockClock) -> None:
    """A call out of order is an error for the model; the terminal one comes last and ends it."""
    rules = ToolRules(terminal=frozenset({"pay"}), prerequisites={"pay": frozenset({"note"})})
    first = Reply(calls=(ModelCall("1", "pay"), ModelCall("2", "note")))
    async with open_house({"A": [[Reply("hm"), first]]}, order=rules) as house:
        ann = await house.connect()
        await ann.ask()
        await ann.expect(TurnPaused)
        assert [e["tool"] for e in house.seen("call.propose")] == ["note", "pay"]
        note = house.seen("llm.request")[1]["messages"][-1]
        assert note == ("note", "End your turn by calling one of these tools: pay", None)
    early = Reply(calls=(ModelCall("1", "pay"),))
    async with open_house({"A": [[early, Reply("x")]]}, order=rules) as house:
        ann = await house.connect()
        await ann.ask()
        assert (await ann.expect(TurnFailed)).error == "no_terminal_tool"
        refused = house.seen("llm.request")[1]["messages"][-1]
        assert refused[:2] == ("tool", "error: pay may run only after note")


async def test_arguments_that_cannot_be_read_are_an_error(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """The tool does not run, and the model is told why."""
    broken = Reply(calls=(ModelCall("1", "note", {}, "no JSON", "{"),))
    async with open_house({"A": [[broken, Reply("sorry")]]}) as house:
        ann = await house.connect()
        await ann.ask()
        await ann.expect(TurnCompleted)
        result = house.seen("llm.request")[-1]["messages"][-1][1]
        assert result == "error: the arguments could not be read: no JSON"
        assert house.seen("tool.start") == []
