"""The words of OpenAI's chat completions, which most servers of models speak: no I/O here.

Source: https://platform.openai.com/docs/api-reference/chat.  A request goes out as one JSON object,
whose options are the same with tools and without; an answer comes as a stream of chunks, of which
an :class:`Assembly` makes one reply.
"""

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, cast

from attrs import define, field

from hocket.runtime.conversation import Message, Role
from hocket.runtime.models.calls import call_of
from hocket.runtime.models.contract import (
    ModelError,
    ModelReply,
    ModelRequest,
    ModelUnavailable,
    Usage,
)

__all__ = ["Assembly", "body_of"]

_ROLES: Mapping[Role, str] = MappingProxyType(
    {
        Role.SYSTEM: "system",
        Role.USER: "user",
        Role.NOTE: "user",
        Role.SUMMARY: "user",
        Role.ASSISTANT: "assistant",
        Role.TOOL: "tool",
        Role.NOTE: "user",
        Role.SUMMARY: "user",
    }
)
_CHARACTERS_MAX = 1_000_000


def body_of(request: ModelRequest, model: str) -> dict[str, Any]:
    """What is sent to ask ``model``."""
    body: dict[str, Any] = {
        "model": model,
        "messages": list(_messages(request)),
        "temperature": request.options.temperature,
        "max_tokens": request.options.tokens_max,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": dict(tool.parameters) or {"type": "object", "properties": {}},
                },
            }
            for tool in request.tools
        ]
        body["tool_choice"] = str(request.choice)
    return body


def _messages(request: ModelRequest) -> Iterator[dict[str, Any]]:
    if request.system:
        yield {"role": "system", "content": request.system}
    for message in request.messages:
        yield _message(message)


def _message(message: Message) -> dict[str, Any]:
    role = _ROLES[message.role]
    if message.role is Role.TOOL:
        return {"role": role, "tool_call_id": message.call, "content": message.content}
    if message.call is None:
        return {"role": role, "content": message.content}
    function = {"name": message.tool, "arguments": message.content}
    call = {"id": message.call, "type": "function", "function": function}
    return {"role": role, "content": None, "tool_calls": [call]}


@define
class _Call:
    id: str | None = None
    name: str = ""
    spelled: str = ""


@define(eq=False)
class Assembly:
    """Makes one reply of the chunks of a stream.

    ``finished`` says that the model said that it is done; a stream that ends before is no answer.
    """

    finished: bool = False
    _text: list[str] = field(factory=list[str], init=False)
    _reasoning: list[str] = field(factory=list[str], init=False)
    _calls: dict[int, _Call] = field(factory=dict[int, _Call], init=False)
    _usage: Usage = field(factory=Usage, init=False)
    _characters: int = field(default=0, init=False)
    _reason: str = field(default="", init=False)

    def add(self, data: str) -> str:
        """Take one chunk; the piece of text in it.

        Raises :exc:`ModelUnavailable` if it is none, and :exc:`ModelError` if the answer has got
        longer than any answer is.
        """
        self._characters += len(data)
        if self._characters > _CHARACTERS_MAX:
            raise ModelError(f"the model's answer is longer than {_CHARACTERS_MAX:,} characters")
        if data == "[DONE]":
            self.finished = True
            return ""
        try:
            return self._take(json.loads(data))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise ModelUnavailable("the model's answer is garbled") from None

    def reply(self, first_seconds: float | None) -> ModelReply:
        """The whole answer; raises :exc:`ModelUnavailable` if the stream ended before it did."""
        if not self.finished:
            raise ModelUnavailable("the model's answer broke off")
        text = "".join(self._text)
        calls = tuple(
            call_of(call.id, call.name, call.spelled or "{}")
            for _, call in sorted(self._calls.items())
        )
        if self._reason == "content_filter" and not text and not calls:
            raise ModelError("the model's provider withheld its answer")
        return ModelReply(text, calls, self._usage, "".join(self._reasoning), first_seconds)

    def _take(self, chunk: Mapping[str, Any]) -> str:
        if chunk.get("error"):
            raise ModelUnavailable("the model broke off with an error")
        if usage := cast("Mapping[str, Any] | None", chunk.get("usage")):
            self._usage = Usage(int(usage["prompt_tokens"]), int(usage["completion_tokens"]))
        choices = cast("list[Mapping[str, Any]]", chunk.get("choices") or [])
        if not choices:
            return ""
        choice = choices[0]
        if reason := choice.get("finish_reason"):
            self.finished, self._reason = True, str(reason)
        delta = cast("Mapping[str, Any]", choice.get("delta") or {})
        self._reasoning.append(str(delta.get("reasoning_content") or ""))
        for part in cast("list[Mapping[str, Any]]", delta.get("tool_calls") or []):
            self._add_call(part)
        piece = delta.get("content") or ""
        if not isinstance(piece, str):
            raise TypeError(piece)
        self._text.append(piece)
        return piece

    def _add_call(self, part: Mapping[str, Any]) -> None:
        call = self._calls.setdefault(int(part.get("index") or 0), _Call())
        function = cast("Mapping[str, Any]", part.get("function") or {})
        call.id = part.get("id") or call.id
        call.name += function.get("name") or ""
        call.spelled += function.get("arguments") or ""
