"""What the runtime asks of a model: one answer to one prompt."""

from collections.abc import Mapping
from typing import Any, Protocol

from attrs import field, frozen

from hocket.runtime.conversation import Message
from hocket.runtime.protocol.frames import ToolSchema

__all__ = ["Model", "ModelCall", "ModelError", "ModelOptions", "ModelReply", "ModelRequest"]


class ModelError(Exception):
    """The model gave no answer; the turn fails with this text."""


@frozen
class ModelOptions:
    """How the model is to answer; ``tokens_max`` bounds its answer."""

    temperature: float = 0.0
    tokens_max: int = 1024


@frozen
class ModelRequest:
    """One prompt.  ``step`` counts the requests of ``run`` from 0, across pauses."""

    run: str
    thread: str
    step: int
    messages: tuple[Message, ...]
    tools: tuple[ToolSchema, ...]
    options: ModelOptions


@frozen
class ModelCall:
    """A call that the model proposes; its ``id`` may be missing, and need not be unique."""

    id: str | None
    name: str
    arguments: Mapping[str, Any] = field(factory=dict[str, Any])


@frozen
class ModelReply:
    """A text, and calls; without calls the text is the reply that ends the turn."""

    text: str = ""
    calls: tuple[ModelCall, ...] = ()


class Model(Protocol):
    """Anything that answers prompts."""

    async def reply(self, request: ModelRequest) -> ModelReply:
        """Answer, or raise :exc:`ModelError`.  Called by many turns at once, and cancelled with
        the turn that waits for it.
        """
        ...
