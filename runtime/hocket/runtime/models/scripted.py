"""A model that follows a script, for tests and simulations.

What it says depends on nothing but the script and the order in which runs of a thread first ask.
"""

from collections.abc import Mapping, Sequence

import trio
from attrs import define, field, frozen

from hocket.runtime.conversation import Role
from hocket.runtime.models.contract import (
    ModelCall,
    ModelError,
    ModelReply,
    ModelRequest,
    Purpose,
    Say,
)

__all__ = ["Reply", "ScriptedModel"]


@frozen
class Reply:
    """One scripted answer, given after ``seconds``; with ``error`` the request fails instead.

    The text is said in ``pieces`` beforehand, if there are any, evenly over the time; ``fault`` is
    the kind of the failure, which comes after the pieces.
    """

    text: str = ""
    calls: tuple[ModelCall, ...] = ()
    seconds: float = 0.0
    error: str | None = None
    pieces: tuple[str, ...] = ()
    fault: type[ModelError] = ModelError


@define(eq=False)
class ScriptedModel:
    """For each thread, the k-th run that asks follows the k-th script; its n-th request gets the
    n-th reply, and ``done`` once the script is used up.

    What is asked in the background, and for a summary, takes ``background_seconds`` and is answered
    with what the users said in the prompt, a line each: enough to see whose words went where.
    """

    _scripts: Mapping[str, Sequence[Sequence[Reply]]]
    _background_seconds: float = 1.0
    _runs: dict[str, list[str]] = field(factory=dict[str, list[str]], init=False)
    _asked: dict[str, int] = field(factory=dict[str, int], init=False)

    async def reply(self, request: ModelRequest, say: Say) -> ModelReply:
        """Give the scripted answer; raises :exc:`ModelError` where the script says so."""
        if request.purpose is not Purpose.TURN:
            await trio.sleep(self._background_seconds)
            said = (m.content for m in request.messages if m.role is Role.USER)
            return ModelReply("\n".join(said))
        scripted = self._look_up(request)
        wait = scripted.seconds / (len(scripted.pieces) + 1)
        for piece in scripted.pieces:
            await trio.sleep(wait)
            say(piece)
        await trio.sleep(wait)
        if scripted.error is not None:
            raise scripted.fault(scripted.error)
        return ModelReply(scripted.text, scripted.calls)

    def _look_up(self, request: ModelRequest) -> Reply:
        runs = self._runs.setdefault(request.thread, [])
        if request.run not in runs:
            runs.append(request.run)
        scripts = self._scripts.get(request.thread, ())
        number = runs.index(request.run)
        script = scripts[number] if number < len(scripts) else ()
        asked = self._asked[request.run] = self._asked.get(request.run, 0) + 1
        return script[asked - 1] if asked <= len(script) else Reply("done")
