"""A model that does what its user's message says, for servers without a model, and for load.

It needs no network and has no state: what it answers follows from the prompt alone.  Each line of
the last user message is an instruction; ``then`` ends a step.

================== =============================================================
``call NAME JSON`` proposes a call of the tool; arguments may be left out, or be wrong
``wait SECONDS``   takes its time before it answers
``fail TEXT``      gives no answer
anything else      is said
================== =============================================================

A last step without calls is the reply; where nothing is said in it, the reply is the result of the
last call.  A message without any instruction is answered with itself.  What is to be remembered of
a turn are the lines that begin with ``remember``; a summary is what users said, cut short.
"""

import re
from collections.abc import Iterator

import trio
from attrs import frozen

from hocket.runtime.conversation import Role
from hocket.runtime.models.calls import call_of
from hocket.runtime.models.contract import (
    ModelCall,
    ModelError,
    ModelReply,
    ModelRequest,
    Purpose,
    Say,
)

__all__ = ["DictatedModel"]

_INSTRUCTION = re.compile(r"(call|wait|fail|then)\b\s*(.*)")
_SHORT = 1000
_WORD = re.compile(r"\s*\S+\s*")


@frozen
class _Step:
    said: tuple[str, ...] = ()
    calls: tuple[ModelCall, ...] = ()
    seconds: float = 0.0
    error: str | None = None


@frozen
class DictatedModel:
    """Does what the last user message says; streams its text word by word."""

    async def reply(self, request: ModelRequest, say: Say) -> ModelReply:
        """Do the step of the message that ``request.step`` counts to."""
        if request.purpose is not Purpose.TURN:
            return ModelReply(_in_short(request))
        own = max(i for i, m in enumerate(request.messages) if m.role is Role.USER)
        steps = tuple(_steps(request.messages[own].content))
        step = steps[request.step] if request.step < len(steps) else _Step()
        await trio.sleep(step.seconds)
        if step.error is not None:
            raise ModelError(step.error)
        text = "\n".join(step.said)
        if not text and not step.calls:
            results = [m.content for m in request.messages[own:] if m.role is Role.TOOL]
            text = results[-1] if results else "done"
        for word in _WORD.findall(text):
            await trio.lowlevel.checkpoint()
            say(word)
        return ModelReply(text, step.calls)


def _in_short(request: ModelRequest) -> str:
    said = [m.content for m in request.messages if m.role is Role.USER]
    if request.purpose is Purpose.EXTRACTION:
        lines = "\n".join(said).splitlines()
        return "\n".join(line for line in lines if line.startswith("remember "))
    return " / ".join(said)[:_SHORT]


def _steps(message: str) -> Iterator[_Step]:
    lines = message.splitlines()
    if not any(_INSTRUCTION.fullmatch(line.strip()) for line in lines):
        yield _Step((f"you said: {message}",))
        return
    said: list[str] = []
    calls: list[ModelCall] = []
    seconds, error = 0.0, None
    for line in [*lines, "then"]:
        found = _INSTRUCTION.fullmatch(line.strip())
        match found[1] if found else "", found[2] if found else line:
            case "call", what:
                calls.append(_call(what, len(calls)))
            case "wait", number:
                seconds += _seconds(number)
            case "fail", text:
                error = text or "the message says so"
            case "then", _:
                yield _Step(tuple(said), tuple(calls), seconds, error)
                said, calls, seconds, error = [], [], 0.0, None
            case _, text:
                said.append(text)


def _call(what: str, number: int) -> ModelCall:
    name, _, spelled = what.partition(" ")
    return call_of(f"call_{number}", name, spelled or "{}")


def _seconds(number: str) -> float:
    try:
        return min(max(0.0, float(number)), 3600.0)
    except ValueError:
        raise ModelError(f"wait takes a number of seconds, not {number!r}") from None
