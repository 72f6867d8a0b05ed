"""Frames as text: whole round trips, and nothing but frames gets through."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.runtime.hostile import mutated_frames

from hocket.runtime.protocol.codec import ProtocolError, decode, decode_server, encode
from hocket.runtime.protocol.frames import (
    CLIENT_FRAMES,
    SERVER_FRAMES,
    ApprovalRequest,
    ApprovalResponse,
    Auth,
    Cancel,
    ClientFrame,
    ResultStatus,
    ServerFrame,
    ToolExecute,
    ToolResult,
    ToolSchema,
    ToolSchemas,
    TurnCompleted,
    TurnPaused,
    UserMessage,
    is_terminal_frame,
    readable,
    reference,
)

TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
OBJECTS = st.dictionaries(
    TEXTS, st.recursive(st.none() | st.booleans() | st.integers() | TEXTS, st.lists), max_size=3
)
SCHEMAS = st.builds(ToolSchema, TEXTS, TEXTS, OBJECTS)
SECONDS = st.floats(0, 1e9)
APPROVALS = st.builds(ApprovalRequest, TEXTS, TEXTS, TEXTS, OBJECTS, SECONDS)


def frames(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Any frame of a class."""
    if kind is ToolSchemas:
        return st.builds(kind, st.integers(), st.lists(SCHEMAS, max_size=3).map(tuple))
    if kind is TurnPaused:
        return st.builds(kind, TEXTS, TEXTS, APPROVALS)
    if kind is ToolExecute:
        return st.builds(kind, *[TEXTS] * 5, OBJECTS, SECONDS)
    return st.builds(kind, **{name: TEXTS for name in kind.__annotations__ if name in _TEXTUAL})


_TEXTUAL = {"resume_token", "thread_id", "reason"}


@given(st.one_of([frames(kind) for kind in CLIENT_FRAMES.values()]))
def test_what_clients_say_survives_the_wire(frame: ClientFrame) -> None:
    """Decoding is the inverse of encoding, for every frame of a client."""
    assert decode(encode(frame)) == frame


@given(st.one_of([frames(kind) for kind in SERVER_FRAMES.values()]))
def test_what_servers_say_survives_the_wire(frame: ServerFrame) -> None:
    """Decoding is the inverse of encoding, for every frame of a server."""
    assert decode_server(encode(frame)) == frame
    assert isinstance(readable(frame), str)


@given(mutated_frames())
def test_a_frame_with_a_mistake_is_a_frame_or_a_protocol_error(text: str) -> None:
    """Frames of which a part was changed, cut or doubled; what is let through is whole."""
    try:
        frame = decode(text)
    except ProtocolError:
        return
    assert decode(encode(frame)) == frame


@given(st.text() | OBJECTS.map(json.dumps) | st.just("[" * 100_000))
def test_anything_else_is_a_protocol_error(text: str) -> None:
    """Arbitrary text is refused in one way only."""
    with pytest.raises(ProtocolError):
        decode(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"type": "cancel"}', "'run_id' is missing"),
        ('{"type": "cancel", "run_id": 3}', "'run_id' has a wrong value"),
        ('{"type": "cancel", "run_id": null}', "'run_id' has a wrong value"),
        ('{"type": "cancel", "run_id": "r", "now": 1}', "no field 'now'"),
        ('{"type": "auth", "token": "t", "resume_token": null}', "'resume_token' has a wrong"),
        ('{"type": "approval_response", "approval_id": "a", "approved": 1}', "'approved' has"),
        ('{"type": "tool_schemas", "epoch": true, "tools": []}', "'epoch' has a wrong value"),
        ('{"type": "tool_schemas", "epoch": 1, "tools": [3]}', "'tools' has a wrong value"),
        ('{"type": "tool_schemas", "epoch": 1, "tools": [{"name": "n"}]}', "is missing"),
        ('{"type": "run_started"}', "no frame has the type 'run_started'"),
        ('{"type": ["cancel"]}', "no frame has the type"),
        ('{"type": "cancel", "run_id": "a", "run_id": "b"}', "not JSON text"),
        ('{"type": "cancel", "type": "auth", "token": "t"}', "not JSON text"),
        ("[]", "not a JSON object"),
        ('{"type": "tool_schemas", "epoch": NaN, "tools": []}', "not JSON text"),
        ('{"type": "tool_schemas", "epoch": 1e999, "tools": []}', "not JSON text"),
        ('{"type": "cancel", "run_id": "\\ud800"}', "not JSON text"),
    ],
)
def test_each_mistake_has_its_reason(text: str, why: str) -> None:
    """The error says what is wrong with the frame."""
    with pytest.raises(ProtocolError, match=why):
        decode(text)


def test_an_error_says_which_frame_it_is_about() -> None:
    """The id in a malformed frame comes back, and its type."""
    with pytest.raises(ProtocolError) as caught:
        decode('{"type": "tool_result", "wire_id": "w1", "status": "maybe"}')
    assert (caught.value.reference, caught.value.type) == ("w1", "tool_result")


def test_numbers_may_be_written_as_integers() -> None:
    """A time in seconds need not have a fraction; one beyond all floats is refused."""
    whole = encode(ToolExecute("r", "t", "w", "c", "n", {}, 30.0)).replace("30.0", "30")
    frame = decode_server(whole)
    assert isinstance(frame, ToolExecute)
    assert isinstance(frame.deadline_seconds, float)
    with pytest.raises(ProtocolError, match="out of range"):
        decode_server(whole.replace("30", "9" * 400))


def test_what_a_frame_is_about() -> None:
    """Frames name the id that they refer to."""
    assert reference(UserMessage("q1", "hello")) == "q1"
    assert reference(ToolResult("w1", "n", ResultStatus.ERROR, "")) == "w1"
    assert reference(ApprovalResponse("a1", approved=True)) == "a1"
    assert reference(Cancel("r1")) == "r1"
    assert reference(Auth("secret")) is None


def test_terminal_frames_and_readable_texts() -> None:
    """Frames that end a segment are known, and arguments are readable as JSON text."""
    approval = ApprovalRequest("a", "c", "pay", {"to": "<ann.A.1>"}, 1.0)
    paused = TurnPaused("r", "t", approval)
    assert is_terminal_frame(paused)
    assert is_terminal_frame(TurnCompleted("r", "t", "bye"))
    assert not is_terminal_frame(ToolExecute("r", "t", "w", "c", "n", {}, 1.0))
    assert readable(paused) == '{"to": "<ann.A.1>"}'
    assert readable(TurnCompleted("r", "t", "bye")) == "bye"
