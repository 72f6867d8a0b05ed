"""The server on real sockets: it serves, refuses, notices who is gone, and ends cleanly."""

import sqlite3
import ssl
from contextlib import closing
from pathlib import Path

import pytest
import trio
import trustme
from tests.runtime.server.conftest import OpenStation, Station

from hocket.runtime.chat.dialing import Unreachable
from hocket.runtime.policies import Limits
from hocket.runtime.protocol.frames import (
    ApprovalResponse,
    Auth,
    MessageDelta,
    ProtocolFault,
    RequestRejected,
    RunStarted,
    ThreadCreate,
    TurnCancelled,
    TurnCompleted,
    UserMessage,
)
from hocket.runtime.server.serving import ServerLimits
from hocket.runtime.store import database


async def _greet(station: Station) -> None:
    async with station.dial():
        pass


async def test_a_turn_over_a_websocket(open_station: OpenStation) -> None:
    """The reply is streamed, and the last frame has all of it."""
    async with open_station() as station, station.call() as ann:
        await ann.send(UserMessage("q1", "good morning"))
        completed = await ann.expect(TurnCompleted)
        assert completed.response == "you said: good morning"
        heard = "".join(f.content for f in ann.got if isinstance(f, MessageDelta))
        assert heard == completed.response


async def test_what_people_say_is_not_logged(open_station: OpenStation) -> None:
    """Nor are tokens; the log has ids, users and statuses."""
    async with open_station() as station:
        async with station.call() as ann:
            await ann.send(UserMessage("q1", "a secret plan"))
            await ann.expect(TurnCompleted)
        statuses = [line["new"] for line in station.logged("run.status")]
        assert statuses == ["accepted", "running", "completed"]
        assert {line["user"] for line in station.logged("conn.auth")} == {"ann"}
        assert "secret" not in station.log.getvalue()
        assert "token" not in station.log.getvalue()


async def test_a_wrong_token_is_told_and_closed(open_station: OpenStation) -> None:
    """It learns nothing but that."""
    async with open_station() as station, station.dial() as stranger:
        await stranger.send(Auth("the token of eve"))
        fault = await stranger.expect(ProtocolFault)
        assert fault.code == "unauthenticated"
        assert await stranger.closed() == 1000
        assert stranger.got == [fault]


async def test_frames_of_bytes_and_long_ones_are_refused(open_station: OpenStation) -> None:
    """Each by a frame; the connection stays, and what was asked for is not done."""
    limits = Limits(frame_characters=500, cleanup_seconds=0.5)
    async with open_station(limits=limits) as station, station.call() as ann:
        await ann.socket.send_message(b'{"type": "user_message", "request_id": "q", "text": "x"}')
        assert (await ann.expect(ProtocolFault)).code == "malformed"
        await ann.send(UserMessage("q1", "x" * 500))
        assert (await ann.expect(ProtocolFault)).code == "too_large"
        await ann.send(UserMessage("q2", "short"))
        assert (await ann.expect(RunStarted)).request_id == "q2"


async def test_a_frame_beyond_all_measure_ends_the_connection(open_station: OpenStation) -> None:
    """It is not read to its end; others are served on."""
    limits = Limits(frame_characters=500, cleanup_seconds=0.5)
    async with open_station(limits=limits) as station, station.call("ben") as ben:
        async with station.call() as ann:
            await ann.socket.send_message("x" * 10_000)
            assert await ann.closed() == 1009
        await ben.send(UserMessage("q1", "still here"))
        await ben.expect(TurnCompleted)


async def test_too_many_frames_end_the_connection(open_station: OpenStation) -> None:
    """The last thing it hears is why."""
    limits = Limits(frames_burst=5, frames_per_second=0.1, cleanup_seconds=0.5)
    async with open_station(limits=limits) as station, station.call() as ann:
        for number in range(6):
            await ann.send(UserMessage(f"q{number}", "hello", "no such thread"))
        assert (await ann.expect(ProtocolFault)).code == "rate_limit"
        assert sum(isinstance(frame, RequestRejected) for frame in ann.got) == 5
        await ann.closed()


async def test_one_client_too_many_is_sent_away(open_station: OpenStation) -> None:
    """By the status of HTTP that says so; a place that gets free is given again."""
    async with open_station(server_limits=ServerLimits(connections=1)) as station:
        async with station.call():
            with pytest.RaisesGroup(pytest.RaisesExc(Unreachable, match="503")):
                await _greet(station)
        with trio.fail_after(10):
            while not station.logged("conn.close"):
                await trio.sleep(0.01)
        async with station.call("ben"):
            pass


async def _heard_out(station: Station, greeting: bytes) -> None:
    """Say something that is no WebSocket, and wait until the server has had enough."""
    async with await trio.open_tcp_stream("127.0.0.1", station.port) as stream:
        if greeting:
            await stream.send_all(greeting)
        with trio.fail_after(10):
            while await stream.receive_some():
                pass


async def test_a_client_that_never_becomes_one_is_let_go(open_station: OpenStation) -> None:
    """One that says nothing, one that hangs up, and one that speaks another language."""
    limits = ServerLimits(handshake_seconds=0.2, drain_seconds=0.5)
    async with open_station(server_limits=limits) as station:
        for greeting in (b"", b"GET / HTTP/1.1\r\nHost: x\r\n", b"\x00\x01\x02\r\n\r\n"):
            await _heard_out(station, greeting)
        hasty = await trio.open_tcp_stream("127.0.0.1", station.port)
        await hasty.aclose()
        async with station.call():
            pass


async def test_a_client_that_does_not_answer_pings_is_gone(open_station: OpenStation) -> None:
    """Its connection is closed although nobody said that it is lost."""
    limits = ServerLimits(ping_seconds=0.1, drain_seconds=0.5)
    async with open_station(server_limits=limits) as station:
        stream = await trio.open_tcp_stream("127.0.0.1", station.port)
        await stream.send_all(
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        with trio.fail_after(10):
            while not station.logged("peer.silent"):
                await trio.sleep(0.01)
        await stream.aclose()


async def test_the_server_waits_for_turns_under_way(open_station: OpenStation) -> None:
    """While it drains it lets nobody in and takes no new turn, and then it says good-bye."""
    limits = ServerLimits(drain_seconds=10)
    async with open_station(server_limits=limits) as station, station.call() as ann:
        await ann.send(UserMessage("q1", "wait 0.3\nlate but here"))
        await ann.expect(RunStarted)
        station.server.stop()
        with trio.fail_after(10):
            while not station.logged("server.draining"):
                await trio.sleep(0.01)
        await ann.send(UserMessage("q2", "one more"))
        rejected = await ann.expect(RequestRejected)
        assert (rejected.request_id, rejected.code) == ("q2", "busy")
        with pytest.raises(OSError, match=r"failed"):
            await trio.open_tcp_stream("127.0.0.1", station.port)
        assert (await ann.expect(TurnCompleted)).response == "late but here"
        assert await ann.closed() == 1001


async def test_a_turn_that_lasts_too_long_is_cancelled(open_station: OpenStation) -> None:
    """Draining has an end; the client hears of the turn's, if it is still there."""
    async with open_station(server_limits=ServerLimits(drain_seconds=0.1)) as station:
        async with station.call() as ann:
            await ann.send(UserMessage("q1", "wait 100"))
            started = await ann.expect(RunStarted)
            station.server.stop()
            assert await ann.closed() == 1001
        with trio.fail_after(10):
            while not station.logged("server.stopped"):
                await trio.sleep(0.01)
        ends = [(line["run"], line["new"]) for line in station.logged("run.status")]
        assert ends[-1] == (started.run_id, "cancelled")
        assert not any(isinstance(frame, TurnCancelled) for frame in ann.got[:1])


async def test_tls(open_station: OpenStation, tmp_path: Path) -> None:
    """With a certificate the same server speaks wss, and nothing in clear text."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    issued = authority.issue_cert("localhost")
    issued.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.load_cert_chain(tmp_path / "server.pem")
    theirs = ssl.create_default_context(cafile=tmp_path / "authority.pem")
    async with open_station(tls=ours) as station:
        station.scheme, station.trust = "wss", theirs
        async with station.call() as ann:
            await ann.send(UserMessage("q1", "in private"))
            await ann.expect(TurnCompleted)
        async with await trio.open_tcp_stream("127.0.0.1", station.port) as clear:
            await clear.send_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            with trio.fail_after(10):
                assert b"HTTP" not in await clear.receive_some()


async def test_a_held_database_turns_requests_down(
    open_station: OpenStation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks while another program holds the file is refused, and is served afterwards."""
    monkeypatch.setattr(database, "BUSY_SECONDS_MAX", 0.1)
    async with open_station() as station, station.call() as ann:
        with closing(sqlite3.connect(tmp_path / "shared.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await ann.send(UserMessage("q1", "hello"))
            assert (await ann.expect(RequestRejected)).code == "unavailable"
            await ann.send(ThreadCreate("t1"))
            assert (await ann.expect(RequestRejected)).request_id == "t1"
            await ann.send(ApprovalResponse("a1", approved=True))
            assert (await ann.expect(ProtocolFault)).code == "unavailable"
        await ann.send(UserMessage("q2", "hello"))
        await ann.expect(TurnCompleted)
        lines = station.logged("store.error")
        assert {line["unit"] for line in lines} == {"accept", "insert_thread", "knows_approval"}
        assert "is held by another program" in lines[0]["error"]
