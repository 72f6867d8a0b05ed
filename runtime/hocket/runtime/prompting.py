"""Prompting: what a turn shows its model, and what becomes of the answer.

One answer may take several requests: a model that is not available is asked again, unless it has
spoken already; one that cannot read so much is asked again once its thread is compacted; and one
that says nothing at all is asked with less pressure to use tools.  Each of these has a bound.
"""

import json
from functools import partial
from typing import Any, cast

import trio
from attrs import define, evolve

from hocket.runtime.conversation import Message, Role, digest, spoken
from hocket.runtime.core import Core
from hocket.runtime.history import HistoryCache
from hocket.runtime.models.contract import (
    ContextOverflow,
    ModelCall,
    ModelError,
    ModelOptions,
    ModelReply,
    ModelRequest,
    ModelUnavailable,
    Purpose,
    ToolChoice,
)
from hocket.runtime.prompts import schemas, templates
from hocket.runtime.protocol.frames import MessageDelta, ToolSchema
from hocket.runtime.runs import RunRecord
from hocket.runtime.segments import Segment
from hocket.runtime.store import units

__all__ = ["Prompting"]

_WEAKER = {ToolChoice.REQUIRED: ToolChoice.AUTO, ToolChoice.AUTO: ToolChoice.NONE}
_PEACE_SECONDS_MAX = 60.0
_COMPACT_AT = 0.8
_CHARACTERS_A_TOKEN = 4


@define(eq=False)
class Prompting:
    """Asks the model on behalf of turns."""

    core: Core
    history: HistoryCache

    async def ask(self, segment: Segment) -> ModelReply:
        """The model's answer to what was said so far; raises :exc:`ModelError`.

        An answer without a text or a call is one that the model gave to the last attempt.
        """
        compacted = self._is_long(segment) and await self.compact(segment)
        choice = self.options(segment.record).tool_choice
        failures = 0
        while True:  # ends: retries are bounded, choices get weaker, and a thread compacts once
            try:
                reply = await self._request(segment, choice)
            except ModelUnavailable as error:
                if segment.streamed or failures == self.core.limits.model_retries:
                    raise
                wanted = min(error.after_seconds or 0.0, _PEACE_SECONDS_MAX)
                await trio.sleep(max(wanted, self.core.limits.backoff_seconds * 2**failures))
                failures += 1
            except ContextOverflow:
                if compacted or not await self.compact(segment):
                    raise
                compacted = True
            else:
                segment.answered(reply.text, reply.usage)
                if reply.text or reply.calls or choice not in _WEAKER:
                    return _as_call(reply, segment.record.offered)
                choice = _WEAKER[choice]

    def offer(self, record: RunRecord) -> None:
        """Fix what tools the run may use: the server's, and those of its origin now."""
        offered = (*self.core.tools.schemas, *record.tools.values())
        record.offered = tuple(map(schemas.strict, offered))

    def options(self, record: RunRecord) -> ModelOptions:
        """How the model is to answer the run, the same from its acceptance on."""
        return record.options

    def prompt(self, segment: Segment) -> tuple[Message, ...]:
        """The conversation as the model is shown it: the thread, and what the turn said itself."""
        return segment.conversation

    def blocks(self, segment: Segment) -> tuple[tuple[str, str], ...]:
        """What the system prompt says of the thread and of its user."""
        return templates.blocks(segment.history, segment.memory)

    def system(self, segment: Segment, blocks: tuple[tuple[str, str], ...]) -> str:
        """The system prompt."""
        return templates.system(blocks, delegates=bool(segment.record.tools))

    async def compact(self, segment: Segment) -> bool:
        """Let a summary of the thread take the place of its messages; whether there were any."""
        record, past = segment.record, segment.history
        if not any(message.role is not Role.SUMMARY for message in past):
            return False
        request = ModelRequest(
            *(record.id, record.thread, segment.step, spoken(past), (), self.options(record)),
            system=templates.SUMMARY,
            choice=ToolChoice.NONE,
            purpose=Purpose.SUMMARY,
        )
        summary = (await self.core.model.reply(request, _unheard)).text
        if await self.core.unit(units.compact, record.id, summary):
            self.adopt(segment, (Message(Role.SUMMARY, summary),))
        return True

    def adopt(self, segment: Segment, past: tuple[Message, ...]) -> None:
        """Give the segment its thread's history, and remember it for later turns."""
        record = segment.record
        self.history.put(record.user, record.thread, past)
        segment.history = past
        fields = {"run": record.id, "thread": record.thread}
        self.core.say("hist.load", **fields, digest=digest(past))

    def _is_long(self, segment: Segment) -> bool:
        length = sum(len(message.content) for message in segment.prompt)
        limit = _COMPACT_AT * self.core.limits.context_tokens
        return length / _CHARACTERS_A_TOKEN > limit

    async def _request(self, segment: Segment, choice: ToolChoice) -> ModelReply:
        record, step = segment.record, segment.step
        tools, options = record.offered, self.options(record)
        blocks, messages = self.blocks(segment), self.prompt(segment)
        system = self.system(segment, blocks)
        request = ModelRequest(
            *(record.id, record.thread, step, spoken(messages), tools, options),
            system=system,
            steps_max=self.core.limits.steps,
            choice=choice,
        )
        await trio.lowlevel.checkpoint_if_cancelled()
        self.core.say(
            "llm.request",
            run=record.id,
            thread=record.thread,
            user=record.user,
            step=step,
            messages=tuple((m.role, m.content, m.call) for m in messages),
            history=digest(segment.history),
            tools=tuple(tool.name for tool in tools),
            options=(options.temperature, options.tokens_max),
            blocks=blocks,
            mentions=templates.mentioned(system),
            arguments=schemas.arguments_of(tools),
        )
        segment.streamed = False
        segment.asked(digest(messages))
        try:
            reply = await self.core.model.reply(request, partial(self._said, segment))
        except ModelError as error:
            self.core.say("llm.error", run=record.id, step=step, error=str(error))
            raise
        names = tuple(call.name for call in reply.calls)
        self.core.say("llm.result", run=record.id, step=step, calls=names)
        return reply

    def _said(self, segment: Segment, piece: str) -> None:
        record = segment.record
        segment.streamed = True
        self.core.say("llm.delta", run=record.id, step=segment.step, text=piece)
        if not record.over:
            frame = MessageDelta(record.id, record.thread, piece)
            self.core.connections.tell(record.user, frame)


def _unheard(_piece: str) -> None:
    """Nobody is told how a summary comes about."""


def _as_call(reply: ModelReply, tools: tuple[ToolSchema, ...]) -> ModelReply:
    """A text that spells a call of a known tool is that call: small models write so."""
    if reply.calls or not reply.text.lstrip().startswith("{"):
        return reply
    try:
        spelled = cast("object", json.loads(reply.text))
    except ValueError:
        return reply
    if not isinstance(spelled, dict):
        return reply
    fields = cast("dict[str, Any]", spelled)
    name, given = fields.get("name"), fields.get("arguments")
    if not isinstance(given, dict) or all(tool.name != name for tool in tools):
        return reply
    call = ModelCall(None, str(name), cast("dict[str, Any]", given))
    return evolve(reply, text="", calls=(call,))
