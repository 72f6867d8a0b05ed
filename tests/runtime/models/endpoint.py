"""A fake endpoint for models: HTTP/1.1 by h11 on Trio's streams, real or simulated, by a script."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import h11
import trio
from attrs import define, field, frozen

CHUNK = 65_536


@frozen
class Answer:
    """One scripted answer: its pieces are ``gap_seconds`` apart; ``cut`` breaks the connection."""

    status: int = 200
    pieces: tuple[bytes, ...] = ()
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/event-stream"),)
    gap_seconds: float = 0.0
    cut: bool = False


def chunk(**delta: Any) -> bytes:
    """One event of a stream, with a delta and perhaps a ``finish_reason``."""
    choice = {"index": 0, "finish_reason": delta.pop("finish_reason", None), "delta": delta}
    return event({"choices": [choice]})


def event(value: Any) -> bytes:
    """One event of a stream."""
    return f"data: {json.dumps(value)}\n\n".encode()


DONE = b"data: [DONE]\n\n"
STOP = chunk(finish_reason="stop")


def said(*words: str) -> Answer:
    """A whole answer of words."""
    usage = event({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": len(words)}})
    return Answer(pieces=(*(chunk(content=word) for word in words), STOP, usage, DONE))


def refused(status: int, error: Any = None, **headers: str) -> Answer:
    """An error as endpoints tell it."""
    told = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Answer(status, (json.dumps({"error": error}).encode(),), told)


@define(eq=False)
class FakeEndpoint:
    """Answers the n-th request with the n-th answer, and the last one from then on."""

    answers: Sequence[Answer]
    asked: list[dict[str, Any]] = field(factory=list[dict[str, Any]])
    keys: list[str] = field(factory=list[str])
    connections: int = 0
    open_now: int = 0

    async def serve(self, stream: trio.SocketStream) -> None:
        """Serve one connection until the client has enough of it."""
        self.connections += 1
        self.open_now += 1
        gone = (h11.RemoteProtocolError, trio.BrokenResourceError, trio.ClosedResourceError)
        try:
            with suppress(*gone):
                await self._converse(stream)
        finally:
            self.open_now -= 1
            await trio.aclose_forcefully(stream)

    async def _converse(self, stream: trio.SocketStream) -> None:
        connection = h11.Connection(h11.SERVER)
        while isinstance(request := await _next(connection, stream), h11.Request):
            assert request.target.endswith(b"/chat/completions")
            self.keys += [v.decode() for k, v in request.headers if k == b"authorization"]
            body = bytearray()
            while isinstance(data := await _next(connection, stream), h11.Data):
                body += data.data
            self.asked.append(json.loads(body))
            answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
            if not await _tell(connection, stream, answer):
                return
            connection.start_next_cycle()


async def _next(connection: h11.Connection, stream: trio.SocketStream) -> object:
    while (found := connection.next_event()) is h11.NEED_DATA:
        connection.receive_data(await stream.receive_some(CHUNK))
    return found


async def _tell(connection: h11.Connection, stream: trio.SocketStream, answer: Answer) -> bool:
    """Send an answer; whether the connection lives on."""
    headers = [*answer.headers, ("Transfer-Encoding", "chunked")]
    response = h11.Response(status_code=answer.status, headers=headers)
    await stream.send_all(connection.send(response) or b"")
    for piece in answer.pieces:
        await trio.sleep(answer.gap_seconds)
        await stream.send_all(connection.send(h11.Data(data=piece)) or b"")
    if answer.cut:
        return False
    await stream.send_all(connection.send(h11.EndOfMessage()) or b"")
    return True


@asynccontextmanager
async def serving(*answers: Answer) -> AsyncGenerator[tuple[FakeEndpoint, str]]:
    """A fake endpoint, and its address."""
    endpoint = FakeEndpoint(answers)
    async with trio.open_nursery() as nursery:
        serve = partial(trio.serve_tcp, endpoint.serve, 0, host="127.0.0.1")
        (listener,) = await nursery.start(serve)
        yield endpoint, f"http://127.0.0.1:{listener.socket.getsockname()[1]}/v1"
        nursery.cancel_scope.cancel()
