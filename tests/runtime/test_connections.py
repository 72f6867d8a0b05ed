"""Connections: who may talk, what is refused, and how they end."""

from typing import TYPE_CHECKING

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from hocket.runtime.models.scripted import Reply
from hocket.runtime.policies import Limits
from hocket.runtime.protocol.frames import (
    Auth,
    Cancel,
    MessageDelta,
    ProtocolFault,
    RunStarted,
    ToolSchema,
    ToolSchemas,
    TurnCompleted,
    UserMessage,
)

if TYPE_CHECKING:
    from tests.runtime.conftest import OpenHouse


@pytest.mark.parametrize(
    "text",
    ['{"type": "auth", "token": "wrong"}', '{"type": "cancel", "run_id": "r"}', "nonsense"],
)
async def test_the_first_frame_must_be_a_valid_auth(
    open_house: "OpenHouse", autojump_clock: MockClock, text: str
) -> None:
    """Anything else is refused, and the connection closed after the client was told."""
    async with open_house() as house:
        stranger = house.dial()
        await stranger.channel.send(text)
        await stranger.expect(ProtocolFault)
        with pytest.raises(trio.EndOfChannel):
            await stranger.expect(RunStarted)
        assert stranger.got[-1] == ProtocolFault(
            "unauthenticated", "the first frame must be a valid auth"
        )
        await wait_all_tasks_blocked()
        assert [e.kind for e in house.events if e.kind.startswith("conn")] == [
            *("conn.open", "conn.close", "conn.end"),
        ]


async def test_authentication_has_a_deadline(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """A connection that says nothing is closed."""
    async with open_house() as house:
        stranger = house.dial()
        await stranger.expect(ProtocolFault)
        assert house.clock == 10
        await wait_all_tasks_blocked()
        assert house.runtime.snapshot().connections == ()


async def test_a_stranger_who_takes_no_frames_is_closed_all_the_same(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """The last words to a connection are bounded in time."""
    async with open_house() as house:
        house.dial(capacity=0)
        await trio.sleep(16)
        assert [e.kind for e in house.events if e.kind.startswith("conn")][-1] == "conn.end"


async def test_mistakes_after_that_are_told_and_forgiven(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """A frame that is refused leaves the connection as it was."""
    async with open_house() as house:
        ann = await house.connect()
        for text, code in (
            ("{", "malformed"),
            ('{"type": "dance"}', "unknown_type"),
            ('{"type": "cancel"}', "malformed"),
            ('{"type": "auth", "token": "token of ben"}', "unexpected"),
        ):
            await ann.channel.send(text)
            assert (await ann.expect(ProtocolFault)).code == code
        await ann.ask()
        await ann.expect(TurnCompleted)


async def test_tools_are_registered_as_a_whole(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """A list with a name of the server's, with a name twice, or of an old epoch changes nothing."""
    async with open_house() as house:
        ann = await house.connect()
        await ann.offer("find", epoch=3)
        for names, epoch, code in (
            (("look", "note"), 4, "reserved_tool"),
            (("look", "look"), 4, "duplicate_tool"),
            (("look",), 3, "stale_epoch"),
        ):
            tools = tuple(ToolSchema(name, "", {}) for name in names)
            await ann.send(ToolSchemas(epoch, tools))
            assert (await ann.expect(ProtocolFault)).code == code
        await ann.ask()
        await ann.expect(TurnCompleted)
        assert house.seen("llm.request")[0]["tools"] == ("note", "pay", "find")
        assert [e["tools"] for e in house.seen("conn.ready")] == [("find",)]


async def test_a_client_that_lags_too_far_behind_is_closed(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """A turn never waits for a slow client: the client loses its connection instead."""
    async with open_house({}, limits=Limits(outbound_frames=2)) as house:
        slow = house.dial(capacity=1)
        await slow.send(Auth("token of ann"))
        await wait_all_tasks_blocked()
        ann = await house.connect()
        for number in range(3):
            await ann.ask(request=f"q{number}")
            await ann.expect(TurnCompleted)
        assert len(house.seen("conn.close", conn="conn-1")) == 1
        assert len(house.seen("conn.end", conn="conn-1")) == 1
        assert house.clock == 0


async def test_frames_leave_in_the_order_in_which_they_were_emitted(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """What a client gets is what the events say, in the same order."""
    async with open_house({"A": [[Reply("a")]], "B": [[Reply("b")]]}) as house:
        ann = await house.connect()
        await ann.send(UserMessage("q1", "one", "A"))
        await ann.send(UserMessage("q2", "two", "B"))
        got = [(f.type, getattr(f, "run_id", None)) for f in await ann.settle()]
        assert got == [(e["type"], e["run"]) for e in house.seen("frame.out")]
        assert not any(isinstance(f, MessageDelta) for f in ann.got)


async def test_what_came_in_is_said(open_house: "OpenHouse", autojump_clock: MockClock) -> None:
    """Each frame that arrives is an event with its type and the id that it is about."""
    async with open_house() as house:
        ann = await house.connect()
        await ann.send(Cancel("run-9"))
        await ann.expect(ProtocolFault)
        came = [(e["user"], e["type"], e["ref"]) for e in house.seen("frame.in")]
        assert came == [(None, "auth", None), ("ann", "cancel", "run-9")]
