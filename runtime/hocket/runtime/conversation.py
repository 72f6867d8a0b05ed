"""What a thread consists of: messages, and the calls that a model proposed in them.

All of it is immutable.  A history that nobody can change under a turn that reads it needs no lock
and no copy.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from attrs import evolve, field, frozen

__all__ = ["Call", "Message", "Role", "canonical", "digest", "spoken"]


class Role(StrEnum):
    """Who speaks in a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"
    NOTE = "note"
    """The runtime itself, to the model, in the place of the user."""
    SUMMARY = "summary"
    """What stands for messages that were too many; the head of a history, if it has one."""


@frozen
class Message:
    """One message; ``call`` and ``tool`` are set where it proposes a call or gives its result.

    A step that proposes several calls is several messages, each call directly followed by its
    result, so that no prompt can show one without the other.
    """

    role: Role
    content: str
    call: str | None = None
    tool: str | None = None


def spoken(messages: Iterable[Message]) -> tuple[Message, ...]:
    """Messages as a model knows them: what the runtime says itself, it says in the user's place.

    >>> [m.role.value for m in spoken([Message(Role.NOTE, "go on"), Message(Role.TOOL, "done")])]
    ['user', 'tool']
    """
    ours = (Role.NOTE, Role.SUMMARY)
    return tuple(evolve(m, role=Role.USER) if m.role in ours else m for m in messages)


def canonical(value: Any) -> str:
    """``value`` as JSON text, the same for equal values.

    >>> canonical({"b": 1, "a": "x"})
    '{"a": "x", "b": 1}'
    """
    return json.dumps(value, sort_keys=True)


def _fingerprint(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


@frozen
class Call:
    """A call that the model proposed.

    ``id`` is the runtime's own and unique; ``model_id`` is what the model called it, which may be
    missing or repeated and is never a key; ``error`` says why its arguments could not be read.
    """

    id: str
    model_id: str | None
    tool: str
    arguments: Mapping[str, Any] = field(factory=dict[str, Any])
    error: str | None = None

    @property
    def spelled(self) -> str:
        """The arguments as canonical JSON text."""
        return canonical(self.arguments)

    @property
    def args_hash(self) -> str:
        """A short name of the arguments: an approval is for these and no others."""
        return _fingerprint(self.spelled)

    def proposed(self) -> Message:
        """The message that proposes the call."""
        return Message(Role.ASSISTANT, self.spelled, self.id, self.tool)

    def returned(self, content: str) -> Message:
        """The message that gives its result."""
        return Message(Role.TOOL, content, self.id, self.tool)


def digest(messages: Iterable[Message]) -> str:
    """A short name of a sequence of messages: equal sequences have equal names.

    >>> hello = Message(Role.USER, "hello")
    >>> digest((hello,)) == digest([hello]) != digest(())
    True
    """
    return _fingerprint(
        json.dumps([(m.role, m.content, m.call, m.tool) for m in messages]),
    )
