"""Sockets of the standard library that a program makes in an execution and hands to Trio."""

import socket
from collections.abc import Awaitable, Callable
from typing import cast

import anyio
import anyio.abc
import pytest
import trio
from anyio.streams.buffered import BufferedByteReceiveStream
from tests.simulator.network.both_worlds import simulated

from hocket.simulator import Verdict, explore


def test_listeners_and_streams_of_anyio_meet_in_the_simulated_network() -> None:
    """With the addresses that anyio asks the socket within for; nothing real is opened."""
    told: list[object] = []

    async def echo(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            async for data in stream:
                await stream.send(data.upper())

    async def target() -> None:
        listener = await anyio.create_tcp_listener(local_host="localhost", local_port=8080)
        async with anyio.create_task_group() as group:
            group.start_soon(listener.serve, echo)
            async with await anyio.connect_tcp("localhost", 8080) as stream:
                told.append(stream.extra(anyio.abc.SocketAttribute.remote_address))
                told.append(stream.extra(anyio.abc.SocketAttribute.family))
                await stream.send(b"hello")
                received = await BufferedByteReceiveStream(stream).receive_exactly(5)
            assert received == b"HELLO"
            group.cancel_scope.cancel()
        await listener.aclose()

    result = explore(target, schedules=50)
    assert result.verdict is Verdict.NOT_FOUND, result.failures
    assert told[:2] in (
        [("::1", 8080), socket.AF_INET6],
        [("127.0.0.1", 8080), socket.AF_INET],
    )


def test_a_listener_may_be_bound_before_trio_hears_of_it() -> None:
    """As servers do that make sockets for several processes."""

    async def target() -> None:
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("127.0.0.1", 0))
        made.setblocking(False)
        made.set_inheritable(True)
        made.listen(5)
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        assert not made.getblocking()
        assert made.family is socket.AF_INET
        assert "simulated" in repr(made)
        listener = trio.SocketListener(trio.socket.from_stdlib_socket(made))
        client = await trio.open_tcp_stream(*cast("tuple[str, int]", made.getsockname()))
        server = await listener.accept()
        await client.send_all(b"x")
        assert await server.receive_some() == b"x"
        made.close()
        assert made.fileno() == -1

    assert simulated(target).error is None


async def datagrams() -> None:
    """Not TCP."""
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


async def blocks() -> None:
    """A call that would stop the loop."""
    with socket.socket() as made:
        made.connect(("127.0.0.1", 80))


@pytest.mark.parametrize("target", [datagrams, blocks])
def test_what_is_beyond_it_is_an_escape_at_its_line(target: Callable[[], Awaitable[None]]) -> None:
    """Other kinds of socket, and calls that block."""
    (failure,) = explore(target, schedules=2).failures
    assert str(failure.kind) == "escape"
    assert "a real socket" in failure.message
    assert "test_handed.py" in failure.message


def test_outside_of_an_execution_a_socket_is_a_socket() -> None:
    """Also while a campaign is under way, and after it."""

    async def target() -> None:
        await trio.lowlevel.checkpoint()

    explore(target, schedules=2)
    with socket.socket() as made:
        assert type(made) is socket.socket
        assert made.fileno() >= 0
