"""The words in which scenarios speak of events, and the events they mean.

A word picks events of one kind of :data:`hocket.runtime.protocol.events.EVENT_FIELDS`, some of
them fixed by the values of fields (``where``), and says which arguments a scenario may give and
how each is compared.  Parser, checks, expectations and the reference page all read this table.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from attrs import field, frozen

from hocket.runtime.protocol.lifecycle import RUN_TABLE, CallStatus, RunStatus, is_terminal

__all__ = ["WORDS", "Comparison", "Slot", "Word"]


class Comparison(StrEnum):
    """How the value that a scenario gives is compared with the field of an event."""

    TURN = "the name of a turn, whose run it must be"
    REQUEST = "the name of a turn, whose request it must be"
    TOOL = "the name of a tool"
    USER = "the name of a user"
    TEXT = "a text, equal but for isolation tokens at the end"
    EXACT = "a text, equal"
    MENTIONS = "a text, which one of the messages says, but for isolation tokens at the end"


@frozen
class Slot:
    """An argument of a word: the field it looks at, how, and the texts it can be, if few."""

    field: str
    comparison: Comparison
    choices: tuple[str, ...] = ()


@frozen
class Word:
    """A word of properties: events of ``kind`` whose fields have one of the values in ``where``."""

    name: str
    kind: str
    doc: str
    slots: Mapping[str, Slot] = field(factory=dict[str, Slot])
    where: Mapping[str, frozenset[object]] = field(factory=dict[str, frozenset[object]])


_TURN = {"turn": Slot("run", Comparison.TURN)}
_REQUEST = {"turn": Slot("request", Comparison.REQUEST)}
_TOOL = {"tool": Slot("tool", Comparison.TOOL)}
_USER = {"user": Slot("user", Comparison.USER)}
_VALUE = {"value": Slot("value", Comparison.TEXT)}
_ID = {"id": Slot("model_call", Comparison.EXACT)}
_STATUSES = tuple(str(status) for status in RunStatus)
_TERMINAL = frozenset[object](s for s in RunStatus if is_terminal(RUN_TABLE, s))
_REJECTIONS = ("busy", "approval_pending", "not_found", "limit", "unavailable")


def _only(name: str, *values: object) -> dict[str, frozenset[object]]:
    return {name: frozenset(values)}


def _became(name: str, status: RunStatus, doc: str) -> Word:
    return Word(name, "run.status", doc, _TURN, _only("new", status))


def _tool_ended(name: str, outcome: CallStatus, doc: str) -> Word:
    return Word(name, "tool.end", doc, {**_TOOL, **_TURN, **_ID}, _only("outcome", outcome))


_TURN_WORDS = (
    Word("turn.requested", "turn.request", "A turn was asked for.", _REQUEST),
    Word(
        "turn.rejected",
        "turn.reject",
        "A request for a turn was refused.",
        {**_REQUEST, "code": Slot("code", Comparison.EXACT, _REJECTIONS)},
    ),
    _became("turn.accepted", RunStatus.ACCEPTED, "A turn was accepted and stored."),
    Word(
        "turn.started",
        "run.status",
        "A turn began to run for the first time.",
        _TURN,
        {**_only("old", RunStatus.ACCEPTED), **_only("new", RunStatus.RUNNING)},
    ),
    _became("turn.paused", RunStatus.AWAITING_APPROVAL, "A turn paused for an approval."),
    _became("turn.resumed", RunStatus.RESUMING, "A decision let a paused turn go on."),
    _became("turn.completed", RunStatus.COMPLETED, "A turn ended with a reply."),
    _became("turn.failed", RunStatus.FAILED, "A turn ended with an error."),
    _became("turn.cancelled", RunStatus.CANCELLED, "A turn was cancelled."),
    _became("turn.expired", RunStatus.EXPIRED, "A turn's approval was not given in time."),
    Word(
        "turn.terminal",
        "run.status",
        "A turn ended, in whichever way.",
        _TURN,
        {"new": _TERMINAL},
    ),
    Word(
        "reply.sent",
        "frame.out",
        "A completed turn's reply went out, once for each connection that sees the thread.",
        {**_TURN, **_USER, "text": Slot("content", Comparison.TEXT)},
        _only("type", "turn_completed"),
    ),
    Word("cancel.requested", "cancel.request", "A client asked for a cancellation.", _TURN),
    Word(
        "cancel.acknowledged",
        "cancel.ack",
        "A cancellation was answered, with the status that the turn has.",
        {**_TURN, "status": Slot("status", Comparison.EXACT, _STATUSES)},
    ),
)

_MODEL_WORDS = (
    Word(
        "model.asked",
        "llm.request",
        "The model was asked; `says` looks for a message among all that it was shown.",
        {**_TURN, "says": Slot("messages", Comparison.MENTIONS)},
    ),
    Word("model.failed", "llm.error", "A request to the model failed.", _TURN),
    Word(
        "call.proposed",
        "call.propose",
        "The model proposed a tool call.",
        {**_TOOL, **_TURN, **_ID},
    ),
)

_TOOL_WORDS = (
    Word("tool.started", "tool.start", "A tool began to run, wherever.", {**_TOOL, **_TURN}),
    Word("tool.effect", "tool.effect", "A local tool did what it does.", {**_TOOL, **_TURN}),
    _tool_ended("tool.succeeded", CallStatus.SUCCEEDED, "A tool ended with a result."),
    _tool_ended("tool.failed", CallStatus.FAILED, "A tool ended with an error."),
    _tool_ended("tool.cancelled", CallStatus.CANCELLED, "A tool was cancelled as it ran."),
    _tool_ended("call.timed_out", CallStatus.TIMED_OUT, "A delegated call got no answer in time."),
    _tool_ended("call.lost", CallStatus.LOST, "A delegated call was lost with its connection."),
    Word(
        "call.sent",
        "wire.execute",
        "A client was asked to run a tool; again, if it resumed its connection.",
        {**_TOOL, **_TURN},
    ),
    Word(
        "result.received",
        "wire.result",
        "A client's answer to a delegated call arrived.",
        {**_TOOL, **_VALUE},
    ),
    Word(
        "result.accepted",
        "wire.resolve",
        "A client's answer became the result of a delegated call.",
        {
            **_TURN,
            **_VALUE,
            **_TOOL,
            "status": Slot("status", Comparison.EXACT, ("success", "error")),
        },
    ),
    Word(
        "result.rejected",
        "wire.drop",
        "A client's answer was dropped: too late, for no such call, or not what was asked for.",
        {"reason": Slot("reason", Comparison.EXACT, ("late", "mismatch", "unknown")), **_VALUE},
    ),
)

_APPROVAL_WORDS = (
    Word("approval.asked", "appr.new", "A person was asked to approve.", {**_TOOL, **_TURN}),
    Word(
        "approval.approved",
        "appr.decide",
        "A yes took effect.",
        {**_TOOL, **_TURN, **_USER},
        _only("verdict", "approved"),
    ),
    Word(
        "approval.denied",
        "appr.decide",
        "A no took effect.",
        {**_TOOL, **_TURN, **_USER},
        _only("verdict", "denied"),
    ),
    Word(
        "approval.voided",
        "appr.end",
        "A question was withdrawn before anybody decided: cancelled or expired.",
        {**_TOOL, **_TURN},
        _only("reason", "cancelled", "expired"),
    ),
    Word("approval.refused", "appr.refuse", "A decision came too late to count.", _USER),
)

_CONNECTION_WORDS = (
    Word("connection.opened", "conn.auth", "A connection was authenticated.", _USER),
    Word("connection.lost", "conn.close", "A connection was seen to be gone.", _USER),
)

WORDS: Mapping[str, Word] = MappingProxyType(
    {
        word.name: word
        for word in (
            *_TURN_WORDS,
            *_MODEL_WORDS,
            *_TOOL_WORDS,
            *_APPROVAL_WORDS,
            *_CONNECTION_WORDS,
        )
    }
)
"""Every word, by its name."""
