"""Wrong and hostile frames, and bytes that are no frames, against a server on real sockets."""

from contextlib import suppress
from functools import partial

import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.runtime.hostile import ANYBODY, LONG, SECRET, hostile_texts
from tests.runtime.server.conftest import Caller, OpenStation, Station

from hocket.runtime.policies import Limits
from hocket.runtime.protocol.codec import encode
from hocket.runtime.protocol.frames import (
    ApprovalResponse,
    ResultStatus,
    ToolExecute,
    ToolResult,
    ToolSchema,
    ToolSchemas,
    TurnCompleted,
    TurnPaused,
    UserMessage,
)
from hocket.runtime.server.serving import ServerLimits
from hocket.runtime.tools import DelegatedTool, ToolBox

TOOLS = ToolBox(delegated=[DelegatedTool("deploy", needs_approval=True)])
LIMITS = Limits(frame_characters=LONG, cleanup_seconds=0.2)
BOUNDED = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


async def _waiting(ann: Caller) -> tuple[TurnPaused, ToolExecute]:
    """Ann gets to where one turn waits for her approval, and one for a tool of hers."""
    tools = tuple(ToolSchema(name, "", {}) for name in ("look", "deploy"))
    await ann.send(ToolSchemas(1, tools))
    await ann.send(UserMessage("q1", f"call deploy\nthen\n{SECRET}"))
    paused = await ann.expect(TurnPaused)
    await ann.send(ApprovalResponse(paused.approval.approval_id, approved=True))
    return paused, await ann.expect(ToolExecute)


async def _attacked(station: Station, texts: list[str]) -> None:
    async with station.call("ann") as ann, station.call("ben") as ben:
        paused, call = await _waiting(ann)
        real = {
            ANYBODY.run: call.run_id,
            ANYBODY.other_run: paused.run_id,
            ANYBODY.approval: paused.approval.approval_id,
            ANYBODY.tool: "deploy",
        }
        for text in texts:
            for made_up, known in real.items():
                text = text.replace(made_up, known)  # noqa: PLW2901
            await ben.socket.send_message(text)
        await ben.send(UserMessage("mine", "still heard"))
        while (await ben.expect(TurnCompleted)).response != "you said: still heard":
            pass
        assert SECRET not in "".join(map(encode, ben.got))
        await ann.send(ToolResult(call.wire_id, "deploy", ResultStatus.SUCCESS, "done"))
        assert (await ann.expect(TurnCompleted)).response == SECRET


@BOUNDED
@given(hostile_texts(ANYBODY))
def test_nothing_that_ben_sends_does_anything_to_ann(
    open_station: OpenStation, texts: list[str]
) -> None:
    """Her turn waits, goes on and ends as if he were not there; and he is still served."""

    async def story() -> None:
        async with open_station(tools=TOOLS, limits=LIMITS) as station:
            await _attacked(station, texts)

    trio.run(story)


async def _poked(station: Station, data: bytes) -> None:
    stream = await trio.open_tcp_stream("127.0.0.1", station.port)
    async with stream:
        await stream.send_all(UPGRADE)
        await stream.receive_some()
        with suppress(trio.BrokenResourceError), trio.move_on_after(0.05):
            await stream.send_all(data)
            while await stream.receive_some():
                pass


@BOUNDED
@given(st.lists(st.binary(max_size=64), min_size=1, max_size=8))
def test_bytes_that_are_no_frames_end_their_connection_alone(
    open_station: OpenStation, pieces: list[bytes]
) -> None:
    """Unmasked, cut off, reserved bits, control frames of a wrong size: others are served on."""

    async def story() -> None:
        limits = ServerLimits(drain_seconds=0.2)
        opened = open_station(limits=LIMITS, server_limits=limits)
        async with opened as station, station.call("ben") as ben:
            async with trio.open_nursery() as nursery:
                for data in pieces:
                    nursery.start_soon(partial(_poked, station, data))
            await ben.send(UserMessage("q1", "still here"))
            await ben.expect(TurnCompleted)

    trio.run(story)
