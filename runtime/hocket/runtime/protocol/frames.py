"""The frames of the wire protocol: what clients and the runtime say to each other.

One frozen class a frame, one table for each direction; :mod:`hocket.runtime.protocol.codec` turns
them into JSON text and back.  Both directions are here for both sides, so that a client speaks
with the same words as the server.  A field that defaults to ``None`` may be left out on the wire;
all others are required.

The module is long because the protocol is; there is nothing in it but what goes over the wire.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar

from attrs import frozen

__all__ = [
    "CLIENT_FRAMES",
    "SERVER_FRAMES",
    "THREAD_FRAMES",
    "ApprovalClosed",
    "ApprovalRequest",
    "ApprovalResponse",
    "Auth",
    "AuthOk",
    "Cancel",
    "ClientFrame",
    "History",
    "MessageDelta",
    "ProtocolFault",
    "RequestRejected",
    "ResultStatus",
    "RunFrame",
    "RunQueued",
    "RunStarted",
    "ServerFrame",
    "ShownMessage",
    "ThreadClose",
    "ThreadCreate",
    "ThreadDelete",
    "ThreadHistory",
    "ThreadReset",
    "ThreadState",
    "ToolCall",
    "ToolCancel",
    "ToolExecute",
    "ToolResult",
    "ToolReturn",
    "ToolSchema",
    "ToolSchemas",
    "TurnCancelled",
    "TurnCompleted",
    "TurnExpired",
    "TurnFailed",
    "TurnPaused",
    "UserMessage",
    "is_terminal_frame",
    "readable",
    "reference",
]


class ResultStatus(StrEnum):
    """How a tool that a client ran ended."""

    SUCCESS = "success"
    ERROR = "error"


@frozen
class ToolSchema:
    """A tool as its owner describes it; ``parameters`` is a JSON schema."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@frozen
class ApprovalRequest:
    """The question of a :class:`TurnPaused`; it lapses ``expires_in_seconds`` after the frame."""

    approval_id: str
    call_uid: str
    tool_name: str
    arguments: Mapping[str, Any]
    expires_in_seconds: float


# From the client.


@frozen
class Auth:
    """The first frame of a connection."""

    type: ClassVar[str] = "auth"
    token: str
    resume_token: str | None = None


@frozen
class ToolSchemas:
    """Replaces the tools of this connection; ``epoch`` grows from frame to frame."""

    type: ClassVar[str] = "tool_schemas"
    epoch: int
    tools: tuple[ToolSchema, ...]


@frozen
class UserMessage:
    """Asks for a turn, on the user's main thread unless ``thread_id`` names another."""

    type: ClassVar[str] = "user_message"
    request_id: str
    text: str
    thread_id: str | None = None


@frozen
class ToolResult:
    """Answers a :class:`ToolExecute`."""

    type: ClassVar[str] = "tool_result"
    wire_id: str
    tool_name: str
    status: ResultStatus
    result: str


@frozen
class ApprovalResponse:
    """Decides a pending approval."""

    type: ClassVar[str] = "approval_response"
    approval_id: str
    approved: bool
    reason: str | None = None


@frozen
class Cancel:
    """Asks to cancel a run."""

    type: ClassVar[str] = "cancel"
    run_id: str


@frozen
class ThreadCreate:
    """Asks for a new thread; it is the user's main one if they have none."""

    type: ClassVar[str] = "thread_create"
    request_id: str


@frozen
class _OfThread:
    """A request about a thread of the user's, the main one unless ``thread_id`` names another."""

    request_id: str
    thread_id: str | None = None


@frozen
class ThreadClose(_OfThread):
    """Asks to close a thread; turns under way on it are cancelled, and those that wait expire."""

    type: ClassVar[str] = "thread_close"


@frozen
class ThreadReset(_OfThread):
    """Asks to close a thread and to put a new one in its place."""

    type: ClassVar[str] = "thread_reset"


@frozen
class ThreadDelete(_OfThread):
    """Asks to delete a thread with all that was said on it."""

    type: ClassVar[str] = "thread_delete"


@frozen
class ThreadHistory(_OfThread):
    """Asks for what was said on a thread."""

    type: ClassVar[str] = "thread_history"


ClientFrame = (
    Auth
    | ToolSchemas
    | UserMessage
    | ToolResult
    | ApprovalResponse
    | Cancel
    | ThreadCreate
    | ThreadClose
    | ThreadReset
    | ThreadDelete
    | ThreadHistory
)


# From the server.


@frozen
class AuthOk:
    """The connection is open; ``resume_token`` lets its successor take over what it owes."""

    type: ClassVar[str] = "auth_ok"
    user_id: str
    connection_id: str
    resume_token: str


@frozen
class RunFrame:
    """What every frame about a run carries."""

    run_id: str
    thread_id: str


@frozen
class RunStarted(RunFrame):
    """The run is accepted and stored; told, too, to a connection that comes while it is live."""

    type: ClassVar[str] = "run_started"
    request_id: str


@frozen
class RunQueued(RunFrame):
    """The run waits for ``ahead`` others on its thread."""

    type: ClassVar[str] = "run_queued"
    request_id: str
    ahead: int


@frozen
class MessageDelta(RunFrame):
    """A piece of the model's text as it came, or the text that it said beside its calls."""

    type: ClassVar[str] = "message_delta"
    content: str


@frozen
class ToolCall(RunFrame):
    """The model proposed a call; ``content`` is its arguments as JSON text."""

    type: ClassVar[str] = "tool_call"
    call_uid: str
    tool_name: str
    content: str


@frozen
class ToolReturn(RunFrame):
    """A proposed call has its result."""

    type: ClassVar[str] = "tool_return"
    call_uid: str
    tool_name: str
    content: str


@frozen
class ToolExecute(RunFrame):
    """Asks the client to run one of its tools within ``deadline_seconds``."""

    type: ClassVar[str] = "tool_execute"
    wire_id: str
    call_uid: str
    tool_name: str
    arguments: Mapping[str, Any]
    deadline_seconds: float


@frozen
class ToolCancel(RunFrame):
    """Nobody waits any more for the answer under ``wire_id``."""

    type: ClassVar[str] = "tool_cancel"
    wire_id: str
    reason: str


@frozen
class TurnPaused(RunFrame):
    """The turn waits for a person; told, too, to a connection that comes while it waits."""

    type: ClassVar[str] = "turn_paused"
    approval: ApprovalRequest


@frozen
class TurnCompleted(RunFrame):
    """The turn ended with a reply."""

    type: ClassVar[str] = "turn_completed"
    response: str


@frozen
class TurnFailed(RunFrame):
    """The turn ended with an error."""

    type: ClassVar[str] = "turn_failed"
    error: str


@frozen
class TurnCancelled(RunFrame):
    """The turn was cancelled."""

    type: ClassVar[str] = "turn_cancelled"


@frozen
class TurnExpired(RunFrame):
    """Nobody decided the turn's approval in time."""

    type: ClassVar[str] = "turn_expired"


@frozen
class ApprovalClosed(RunFrame):
    """The approval needs no answer any more; ``outcome`` is the state it ended in."""

    type: ClassVar[str] = "approval_closed"
    approval_id: str
    outcome: str


@frozen
class ThreadState:
    """A thread is ``open``, ``closed``, ``archived`` or ``deleted``; ``main`` if messages that name
    none go there.  ``request_id`` is set for the one who asked.
    """

    type: ClassVar[str] = "thread_state"
    thread_id: str
    status: str
    main: bool
    request_id: str | None = None


@frozen
class ShownMessage:
    """A message as it is shown to people; ``call_uid`` and ``tool_name`` where it is of a call."""

    role: str
    content: str
    call_uid: str | None = None
    tool_name: str | None = None


@frozen
class History:
    """What was said in the completed turns of a thread, in order."""

    type: ClassVar[str] = "history"
    request_id: str
    thread_id: str
    messages: tuple[ShownMessage, ...]


@frozen
class RequestRejected:
    """Refused: ``code`` is ``busy``, ``approval_pending``, ``not_found``, ``limit``, or
    ``unavailable`` if the server cannot store anything at the moment.
    """

    type: ClassVar[str] = "request_rejected"
    request_id: str
    code: str
    message: str


@frozen
class ProtocolFault:
    """A frame was refused; ``reference`` is the id that it named, if it could be read."""

    type: ClassVar[str] = "protocol_error"
    code: str
    message: str
    reference: str | None = None


ServerFrame = (
    AuthOk
    | RunStarted
    | RunQueued
    | MessageDelta
    | ToolCall
    | ToolReturn
    | ToolExecute
    | ToolCancel
    | TurnPaused
    | TurnCompleted
    | TurnFailed
    | TurnCancelled
    | TurnExpired
    | ApprovalClosed
    | ThreadState
    | History
    | RequestRejected
    | ProtocolFault
)

THREAD_FRAMES = ThreadCreate | ThreadClose | ThreadReset | ThreadDelete | ThreadHistory
"""What is asked about threads."""

CLIENT_FRAMES: Mapping[str, type[ClientFrame]] = {
    kind.type: kind
    for kind in (
        *(Auth, ToolSchemas, UserMessage, ToolResult, ApprovalResponse, Cancel),
        *(ThreadCreate, ThreadClose, ThreadReset, ThreadDelete, ThreadHistory),
    )
}
SERVER_FRAMES: Mapping[str, type[ServerFrame]] = {
    kind.type: kind
    for kind in (
        *(AuthOk, RunStarted, RunQueued, MessageDelta, ToolCall, ToolReturn),
        *(ToolExecute, ToolCancel, TurnPaused, TurnCompleted, TurnFailed),
        *(TurnCancelled, TurnExpired, ApprovalClosed, RequestRejected, ProtocolFault),
        *(ThreadState, History),
    )
}


def is_terminal_frame(frame: ServerFrame) -> bool:
    """Whether the frame ends a segment of a turn: with a pause, or for good."""
    return isinstance(frame, TurnPaused | TurnCompleted | TurnFailed | TurnCancelled | TurnExpired)


def reference(frame: ClientFrame) -> str | None:
    """The id that a client's frame is about."""
    match frame:
        case UserMessage(request_id=ref) | ToolResult(wire_id=ref):
            return ref
        case (
            ThreadCreate(request_id=ref)
            | ThreadClose(request_id=ref)
            | ThreadReset(request_id=ref)
            | ThreadDelete(request_id=ref)
            | ThreadHistory(request_id=ref)
        ):
            return ref
        case ApprovalResponse(approval_id=ref) | Cancel(run_id=ref):
            return ref
        case Auth() | ToolSchemas():
            return None


def readable(frame: ServerFrame) -> str:
    """What a person could read in the frame: texts, results, and arguments."""
    match frame:
        case TurnCompleted(response=text) | TurnFailed(error=text) | RequestRejected(message=text):
            return text
        case MessageDelta(content=text) | ToolCall(content=text) | ToolReturn(content=text):
            return text
        case ProtocolFault(message=text) | ToolCancel(reason=text):
            return text
        case History(messages=messages):
            return "\n".join(message.content for message in messages)
        case ToolExecute(arguments=arguments):
            return json.dumps(arguments, sort_keys=True)
        case TurnPaused(approval=approval):
            return json.dumps(approval.arguments, sort_keys=True)
        case _:
            return ""
