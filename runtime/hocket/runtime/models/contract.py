"""What the runtime asks of a model: one answer to one prompt, told piece by piece if it likes.

An answer is what the call returns, so there is exactly one or an error; what is said before it is
handed to a function.  No stream has to be closed, and none can end without a result unnoticed.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Protocol

from attrs import field, frozen

from hocket.runtime.conversation import Message
from hocket.runtime.protocol.frames import ToolSchema

__all__ = [
    "ContextOverflow",
    "Model",
    "ModelCall",
    "ModelError",
    "ModelMisconfigured",
    "ModelOptions",
    "ModelReply",
    "ModelRequest",
    "ModelUnavailable",
    "Purpose",
    "Say",
    "ToolChoice",
    "Usage",
]


class ModelError(Exception):
    """The model gave no answer, and asking again would not help; the turn fails with this text."""


class ModelMisconfigured(ModelError):
    """The endpoint refuses to be asked so: a wrong key, no such model."""


class ModelUnavailable(ModelError):
    """The model could not answer this time: overloaded, out of reach, or cut off.

    ``after_seconds`` is how long it wants to be left in peace, if it said so.
    """

    def __init__(self, message: str, after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.after_seconds = after_seconds


class ContextOverflow(ModelError):
    """The prompt is longer than the model can read."""


class Purpose(StrEnum):
    """What a prompt is for: to go on with a turn, or one of the background's."""

    TURN = "turn"
    SUMMARY = "summary"
    EXTRACTION = "extraction"
    EPISODE = "episode"


class ToolChoice(StrEnum):
    """Whether the model may call tools, must, or must not."""

    AUTO = "auto"
    REQUIRED = "required"
    NONE = "none"


@frozen
class ModelOptions:
    """How the model is to answer; ``tokens_max`` bounds its answer.  They hold for a whole run."""

    temperature: float = 0.0
    tokens_max: int = 1024
    tool_choice: ToolChoice = ToolChoice.AUTO


@frozen
class ModelRequest:
    """One prompt: ``system``, then ``messages``, of which none has the system's role.

    ``step`` counts the requests of ``run`` from 0, across pauses, and stays below ``steps_max``.
    ``choice`` is how tools may be used this time, and is weaker than that of ``options`` where the
    model had answered with nothing.
    """

    run: str
    thread: str
    step: int
    messages: tuple[Message, ...]
    tools: tuple[ToolSchema, ...]
    options: ModelOptions
    system: str = ""
    steps_max: int = 1
    choice: ToolChoice = ToolChoice.AUTO
    purpose: Purpose = Purpose.TURN


@frozen
class ModelCall:
    """A call that the model proposes; its ``id`` may be missing, and need not be unique.

    ``error`` says why the arguments could not be read, if they could not, and ``raw`` is what
    the model wrote in their place.
    """

    id: str | None
    name: str
    arguments: Mapping[str, Any] = field(factory=dict[str, Any])
    error: str | None = None
    raw: str | None = None


@frozen
class Usage:
    """The tokens of a prompt and of its answer, as the model counts them."""

    prompt: int = 0
    reply: int = 0


@frozen
class ModelReply:
    """A text, and calls; without calls the text is the reply that ends the turn.

    ``reasoning`` is what the model thought, which is nobody's to read but the log's;
    ``first_seconds`` is how long the first piece took, if the answer came in pieces.
    """

    text: str = ""
    calls: tuple[ModelCall, ...] = ()
    usage: Usage = Usage()
    reasoning: str = ""
    first_seconds: float | None = None


Say = Callable[[str], None]
"""Takes the next piece of the text of an answer, at once; the pieces make up the text."""


class Model(Protocol):
    """Anything that answers prompts."""

    async def reply(self, request: ModelRequest, say: Say) -> ModelReply:
        """Answer, having said the text piece by piece or not at all.

        Raises :exc:`ModelError`: one that is :exc:`ModelUnavailable` is tried again by the runtime
        unless something was said, and one that is :exc:`ContextOverflow` after the thread was
        compacted.  A stream that ends without a result is :exc:`ModelUnavailable` too.  Called by
        many turns at once, and cancelled with the turn that waits for it.
        """
        ...
