"""Planted defects of prompts: what a model is told, with which options, and after an overflow."""

import json

from attrs import define, evolve, field

from hocket.runtime.conversation import Call, Message, Role
from hocket.runtime.models.contract import ModelOptions, ModelReply
from hocket.runtime.prompting import Prompting
from hocket.runtime.protocol.lifecycle import RunStatus
from hocket.runtime.runs import RunRecord
from hocket.runtime.segments import Segment
from hocket.runtime.store.records import StopReason
from hocket.runtime.turns import Turns

__all__ = [
    "ArgumentDemanded",
    "ArgumentReplayed",
    "BlocksOfUser",
    "CallsPutOff",
    "NoCompaction",
    "OptionsLost",
    "RestartedByOverflow",
    "ToolsOfNow",
    "TransportOfItsOwn",
]

Blocks = tuple[tuple[str, str], ...]


@define(eq=False)
class BlocksOfUser(Prompting):
    """The blocks of the system prompt are kept by user, and made anew when the thread changes."""

    _current: dict[str, str] = field(factory=dict[str, str], init=False)
    _kept: dict[str, Blocks] = field(factory=dict[str, Blocks], init=False)

    def adopt(self, segment: Segment, past: tuple[Message, ...]) -> None:
        super().adopt(segment, past)
        record = segment.record
        if self._current.get(record.user) != record.thread or past[:1]:
            self._current[record.user] = record.thread
            self._kept.pop(record.user, None)

    def blocks(self, segment: Segment) -> Blocks:
        return self._kept.setdefault(segment.record.user, super().blocks(segment))


class OptionsLost(Prompting):
    """Where tools are offered, the model is asked with the default temperature."""

    def options(self, record: RunRecord) -> ModelOptions:
        options = super().options(record)
        return evolve(options, temperature=1.0) if record.offered else options


@define(eq=False)
class TransportOfItsOwn(Prompting):
    """Each prompt with tools opens a transport of its own, which nobody closes."""

    _opened: int = field(default=0, init=False)

    def blocks(self, segment: Segment) -> Blocks:
        if segment.record.offered:
            self._opened += 1
            self.core.say("res.open", resource=f"transport {self._opened}")
        return super().blocks(segment)


class ArgumentDemanded(Prompting):
    """The system prompt demands an argument that no schema has."""

    def system(self, segment: Segment, blocks: Blocks) -> str:
        return super().system(segment, blocks) + "Give your `thinking` in every call.\n"


class ArgumentReplayed(Prompting):
    """Calls are shown again with an argument that their schemas lack."""

    def prompt(self, segment: Segment) -> tuple[Message, ...]:
        return tuple(map(_with_thinking, super().prompt(segment)))


def _with_thinking(message: Message) -> Message:
    if message.role is not Role.ASSISTANT or message.call is None:
        return message
    arguments = {**json.loads(message.content), "thinking": "as before"}
    return evolve(message, content=json.dumps(arguments))


class NoCompaction(Prompting):
    """Nothing is ever compacted, so that an overflow is an error; no defect by itself."""

    async def compact(self, segment: Segment) -> bool:
        return False


class RestartedByOverflow(Turns):
    """An overflow starts the turn again, with the thread as it is stored by then."""

    async def finish(
        self,
        segment: Segment,
        status: RunStatus,
        text: str,
        reason: StopReason = StopReason.END_TURN,
    ) -> None:
        if text != "context overflow":
            await super().finish(segment, status, text, reason)
            return
        segment.own, segment.unsaved = (segment.own[0], segment.own[0]), ()
        await self._steps(segment)


class ToolsOfNow(Prompting):
    """A model is offered the tools that its client offers then, not those at acceptance."""

    async def ask(self, segment: Segment) -> ModelReply:
        record = segment.record
        record.tools = record.origin.newest().tools
        self.offer(record)
        return await super().ask(segment)


@define(eq=False)
class CallsPutOff(Turns):
    """Calls behind the first one of a step are put off until the turn has its end."""

    _later: dict[str, tuple[Call, ...]] = field(factory=dict[str, tuple[Call, ...]], init=False)

    async def _carry_out(self, segment: Segment, calls: tuple[Call, ...]) -> bool:
        self._later[segment.record.id] = calls[1:]
        return await super()._carry_out(segment, calls[:1])

    async def finish(
        self,
        segment: Segment,
        status: RunStatus,
        text: str,
        reason: StopReason = StopReason.END_TURN,
    ) -> None:
        await super().finish(segment, status, text, reason)
        for call in self._later.pop(segment.record.id, ()):
            await self._perform(segment, call, self.core.new_id("exec"), None)
