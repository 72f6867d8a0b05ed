"""The model that the user dictates: its answers follow from the prompt alone."""

import pytest
import trio
import trio.testing
from attrs import evolve

from hocket.runtime.conversation import Message, Role
from hocket.runtime.models.contract import (
    ModelCall,
    ModelError,
    ModelOptions,
    ModelReply,
    ModelRequest,
    Purpose,
)
from hocket.runtime.models.dictated import DictatedModel

EARLIER = (Message(Role.USER, "call old"), Message(Role.ASSISTANT, "done"))


async def answers(text: str, step: int = 0, *results: str) -> tuple[ModelReply, list[str]]:
    """What the model answers to a message, and what of it was heard."""
    heard: list[str] = []
    returned = tuple(Message(Role.TOOL, result, "c", "t") for result in results)
    messages = (*EARLIER, Message(Role.USER, text), *returned)
    asked = ModelRequest("r", "A", step, messages, (), ModelOptions())
    return await DictatedModel().reply(asked, heard.append), heard


async def test_a_plain_message_is_answered_with_itself() -> None:
    """Word by word; the last message counts, and none before it."""
    reply, heard = await answers("hello  there\nyou")
    assert reply == ModelReply("you said: hello  there\nyou")
    assert "".join(heard) == reply.text
    assert len(heard) > 3


async def test_calls_are_proposed_step_by_step() -> None:
    """A word beside them is said; what is said in the last step is the reply."""
    text = 'looking\ncall look {"at": 1}\ncall see\nthen\nfound it'
    reply, _ = await answers(text)
    calls = (ModelCall("call_0", "look", {"at": 1}), ModelCall("call_1", "see", {}))
    assert reply == ModelReply("looking", calls)
    assert (await answers(text, 1))[0] == ModelReply("found it")


@pytest.mark.parametrize("spelled", ["[1]", "{", "[" * 100_000])
async def test_wrong_arguments_are_a_call_that_says_so(spelled: str) -> None:
    """So that a server can be seen to refuse them."""
    (call,) = (await answers(f"call look {spelled}"))[0].calls
    assert (call.name, call.raw, call.arguments) == ("look", spelled, {})
    assert call.error is not None


async def test_without_a_last_word_the_last_result_is_the_reply() -> None:
    """So that a message of one call shows what came of it."""
    assert (await answers("call look", 1, "first", "second"))[0] == ModelReply("second")
    assert (await answers("wait 0"))[0] == ModelReply("done")


async def test_it_takes_its_time(autojump_clock: trio.testing.MockClock) -> None:
    """The seconds of a step add up, by Trio's clock."""
    began = trio.current_time()
    await answers("wait 1.5\nwait 2")
    assert trio.current_time() - began == pytest.approx(3.5)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("fail out of order", "out of order"),
        ("wait long", "number of seconds"),
    ],
)
async def test_what_cannot_be_done_is_a_model_error(text: str, why: str) -> None:
    """The turn fails with a text that says why."""
    with pytest.raises(ModelError, match=why):
        await answers(text)


async def test_the_background_is_answered_too() -> None:
    """What a turn wants remembered, and a summary in a few words."""
    said = (Message(Role.USER, "remember my name\nhello"), Message(Role.ASSISTANT, "done"))
    base = ModelRequest("r", "A", 0, said, (), ModelOptions())
    answers = [
        (await DictatedModel().reply(evolve(base, purpose=purpose), print)).text
        for purpose in (Purpose.EXTRACTION, Purpose.SUMMARY)
    ]
    assert answers == ["remember my name", "remember my name\nhello"]
