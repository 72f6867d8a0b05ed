"""What is sent to a model, and how its answer is put together."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hocket.runtime.conversation import Call, Message, Role
from hocket.runtime.models.chat_format import Assembly, body_of
from hocket.runtime.models.contract import (
    ModelCall,
    ModelError,
    ModelOptions,
    ModelReply,
    ModelRequest,
    ModelUnavailable,
    ToolChoice,
    Usage,
)
from hocket.runtime.protocol.frames import ToolSchema

LOOK = ToolSchema("look", "looks", {"type": "object", "properties": {"at": {"type": "integer"}}})
OPTIONS = st.builds(ModelOptions, st.floats(0, 2), st.integers(1, 9999))


def chunk(**delta: Any) -> str:
    """A chunk of a stream."""
    choice = {"finish_reason": delta.pop("finish_reason", None), "delta": delta}
    return json.dumps({"choices": [choice]})


def part(index: int, **function: Any) -> dict[str, Any]:
    """A piece of a call."""
    return {"index": index, "id": function.pop("id", None), "function": function}


@given(OPTIONS, st.sampled_from(ToolChoice))
def test_tools_are_bound_without_losing_options(options: ModelOptions, choice: ToolChoice) -> None:
    """All that is sent without tools is sent with them too, and alike."""
    messages = (Message(Role.USER, "hello"),)
    bare = ModelRequest("r", "A", 0, messages, (), options, choice=choice)
    bound = ModelRequest("r", "A", 0, messages, (LOOK,), options, choice=choice)
    without, with_tools = body_of(bare, "m"), body_of(bound, "m")
    assert without["temperature"] == options.temperature
    assert without["max_tokens"] == options.tokens_max
    assert {k: v for k, v in with_tools.items() if k not in ("tools", "tool_choice")} == without
    assert with_tools["tool_choice"] == choice
    (tool,) = with_tools["tools"]
    assert tool["function"]["parameters"] == LOOK.parameters


def test_a_conversation_as_it_is_sent() -> None:
    """The system prompt first; a call and its result name each other by the runtime's own id."""
    call = Call("call-1", "same", "look", {"at": 1})
    messages = (Message(Role.USER, "find it"), call.proposed(), call.returned("found"))
    request = ModelRequest("r", "A", 1, messages, (), ModelOptions(), system="be brief")
    function = {"name": "look", "arguments": '{"at": 1}'}
    assert body_of(request, "m")["messages"] == [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "find it"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "call-1", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "call-1", "content": "found"},
    ]


@pytest.mark.parametrize("role", Role)
def test_every_role_can_be_sent(role: Role) -> None:
    """A new one must be given its word."""
    request = ModelRequest("r", "A", 0, (Message(role, "x"),), (), ModelOptions())
    assert body_of(request, "m")["messages"][0]["role"] in ("system", "user", "assistant", "tool")


def test_a_reply_is_put_together() -> None:
    """Text, calls in pieces that are mixed up, thoughts, and the tokens that it took."""
    assembly = Assembly()
    pieces = [
        chunk(role="assistant", content=""),
        chunk(reasoning_content="hm"),
        chunk(content="let me "),
        chunk(content="look"),
        chunk(tool_calls=[part(1, id="b", name="see", arguments="")]),
        chunk(tool_calls=[part(0, id="a", name="look", arguments='{"at"')]),
        chunk(tool_calls=[part(0, arguments=": 1}")]),
        chunk(finish_reason="tool_calls"),
        json.dumps({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 4}}),
        "[DONE]",
    ]
    assert [text for text in map(assembly.add, pieces) if text] == ["let me ", "look"]
    calls = (ModelCall("a", "look", {"at": 1}), ModelCall("b", "see"))
    assert assembly.reply(0.5) == ModelReply("let me look", calls, Usage(9, 4), "hm", 0.5)


@given(st.lists(st.text(max_size=5), max_size=8))
def test_what_is_said_makes_up_the_text(words: list[str]) -> None:
    """Whatever the pieces are."""
    assembly = Assembly()
    said = [assembly.add(chunk(content=word)) for word in words]
    assembly.add("[DONE]")
    assert "".join(said) == assembly.reply(None).text == "".join(words)


def test_arguments_that_are_cut_off_are_a_call_that_says_so() -> None:
    """The turn can go on with it."""
    assembly = Assembly()
    assembly.add(chunk(tool_calls=[part(0, id="a", name="look", arguments='{"at": ')]))
    assembly.add(chunk(finish_reason="length"))
    (call,) = assembly.reply(None).calls
    assert (call.arguments, call.raw) == ({}, '{"at": ')
    assert call.error is not None


def test_a_stream_that_ends_early_is_no_answer() -> None:
    """However much of it came."""
    assembly = Assembly()
    assembly.add(chunk(content="half"))
    with pytest.raises(ModelUnavailable, match="broke off"):
        assembly.reply(None)


@pytest.mark.parametrize(
    "garbled",
    [
        "{",
        "3",
        "[" * 100_000,
        '{"choices": 1}',
        '{"choices": [3]}',
        '{"choices": [{"delta": {"content": 3}}]}',
        '{"choices": [{"delta": {"tool_calls": [{"index": "x"}]}}]}',
        '{"choices": [{"delta": {"tool_calls": [{"function": {"name": 1}}]}}]}',
        '{"usage": {"prompt_tokens": 1}}',
        '{"error": {"message": "overloaded"}}',
    ],
)
def test_garbled_chunks_are_told(garbled: str) -> None:
    """As an answer that may come out better the next time."""
    with pytest.raises(ModelUnavailable):
        Assembly().add(garbled)


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_text_is_a_chunk_or_a_model_error(text: str) -> None:
    """Nothing that an endpoint sends is an exception of another kind."""
    assembly = Assembly()
    try:
        assembly.add(text)
        assembly.reply(None)
    except ModelError:
        pass


def test_an_endless_answer_has_an_end() -> None:
    """Also one that nobody would see."""
    assembly = Assembly()
    for _ in range(9):
        assembly.add(chunk(reasoning_content="x" * 100_000))
    with pytest.raises(ModelError, match="longer than"):
        assembly.add(chunk(reasoning_content="x" * 100_000))


def test_an_answer_that_was_withheld_is_told() -> None:
    """It is none."""
    assembly = Assembly()
    assembly.add(chunk(finish_reason="content_filter"))
    with pytest.raises(ModelError, match="withheld"):
        assembly.reply(None)
