"""Ports, listeners and connections on the simulated network."""

import socket
from typing import Any, cast

import pytest
import trio
from tests.simulator.network.both_worlds import simulated

from hocket.simulator.network.weather import CONNECT_SECONDS


async def _listener(host: str | None = "127.0.0.1", backlog: int = 10) -> trio.SocketListener:
    listeners = await trio.open_tcp_listeners(0, host=host, backlog=backlog)
    return listeners[0]


def test_ports_are_the_same_in_every_execution() -> None:
    """Port 0 gives the free ports in order, for servers and clients alike."""
    seen: list[tuple[int, ...]] = []

    async def target() -> None:
        listener = await _listener()
        client = await trio.open_tcp_stream(*listener.socket.getsockname())
        seen.append((listener.socket.getsockname()[1], client.socket.getsockname()[1]))

    assert simulated(target).error is None
    assert simulated(target, seed=4).error is None
    assert seen == [(49152, 49153)] * 2


def test_a_port_is_free_again_after_close() -> None:
    """And taken before."""

    async def target() -> None:
        (first,) = await trio.open_tcp_listeners(80, host="127.0.0.1")
        with pytest.raises(OSError, match="in use"):
            await trio.open_tcp_listeners(80, host="127.0.0.1")
        await trio.open_tcp_listeners(80, host="127.0.0.2")
        await first.aclose()
        await trio.open_tcp_listeners(80, host="127.0.0.1")

    assert simulated(target).error is None


def test_the_free_ports_come_to_an_end() -> None:
    """There are sixteen thousand, as on any machine, and an error after that."""

    async def target() -> None:
        for _ in range(65_536 - 49_152):
            await trio.socket.socket().bind(("127.0.0.1", 0))
        with pytest.raises(OSError, match="in use"):
            await trio.socket.socket().bind(("127.0.0.1", 0))

    assert simulated(target).error is None


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "some.example", "10.1.2.3", "::1"])
def test_a_server_of_all_hosts_is_reached_by_each_name(host: str) -> None:
    """Every address is on this machine, as far as a wildcard is concerned."""

    async def serve(stream: trio.SocketStream) -> None:
        await stream.send_all(str(stream.socket.getsockname()[0]).encode())
        await stream.aclose()

    async def target() -> None:
        async with trio.open_nursery() as nursery:
            await nursery.start(trio.serve_tcp, serve, 80)
            async with await trio.open_tcp_stream(host, 80) as stream:
                there = (await stream.receive_some()).decode()
            assert there == ("10.0.0.1" if host == "some.example" else host)
            nursery.cancel_scope.cancel()

    assert simulated(target).error is None


def test_a_server_of_one_host_is_reached_there_only() -> None:
    """Another name is another host, where nobody listens."""

    async def target() -> None:
        await trio.open_tcp_listeners(80, host="a.example")
        await (await trio.open_tcp_stream("a.example", 80)).aclose()
        with pytest.raises(OSError, match=r"all attempts to connect to b\.example:80 failed"):
            await trio.open_tcp_stream("b.example", 80)

    assert simulated(target).error is None


def test_an_ipv6_server_that_takes_ipv4_shows_mapped_addresses() -> None:
    """Without IPV6_V6ONLY one socket serves both families."""

    async def target() -> None:
        server = trio.socket.socket(socket.AF_INET6)
        await server.bind(("::", 80))
        server.listen()
        client = await trio.open_tcp_stream("127.0.0.1", 80, local_address="127.0.0.5")
        accepted, address = await server.accept()
        assert address[0] == "::ffff:127.0.0.5"
        assert accepted.getpeername() == address
        assert accepted.family == socket.AF_INET6
        assert client.socket.getpeername() == ("127.0.0.1", 80)
        mapped = trio.socket.socket(socket.AF_INET6)
        await mapped.connect(("::ffff:127.0.0.1", 80))
        assert mapped.getsockname()[0] == "::ffff:127.0.0.1"

    assert simulated(target).error is None


def test_any_address_means_this_machine() -> None:
    """A client of 0.0.0.0 reaches the loopback address, as on Linux."""

    async def target() -> None:
        listener = await _listener()
        client = trio.socket.socket()
        await client.connect(("0.0.0.0", listener.socket.getsockname()[1]))
        assert client.getpeername() == listener.socket.getsockname()

    assert simulated(target).error is None


def test_happy_eyeballs_try_the_other_family() -> None:
    """A host of two addresses is reached at the one where somebody listens."""

    class Resolver:
        async def getaddrinfo(self, _host: object, port: int, *_: object) -> object:
            await trio.lowlevel.checkpoint()
            tcp = (socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
            return [
                (socket.AF_INET6, *tcp, ("fd00::1", port, 0, 0)),
                (socket.AF_INET, *tcp, ("10.0.0.9", port)),
            ]

    async def target() -> None:
        trio.socket.set_custom_hostname_resolver(cast("Any", Resolver()))
        await trio.open_tcp_listeners(80, host="0.0.0.0")
        stream = await trio.open_tcp_stream("two.example", 80)
        assert stream.socket.getpeername() == ("10.0.0.9", 80)

    assert simulated(target).error is None


def test_the_programs_own_factory_wins() -> None:
    """A program that brings its own network has its own."""

    mine = object()

    class Factory:
        def socket(self, *_: object) -> object:
            return mine

    made: list[object] = []

    async def target() -> None:
        before = trio.socket.set_custom_socket_factory(cast("Any", Factory()))
        made.extend([before is None, trio.socket.socket() is mine])

    assert simulated(target).error is None
    assert made == [False, True]


def test_who_finds_the_queue_full_waits_for_room() -> None:
    """One more than the backlog may wait to be accepted; the next connects when one is."""
    order: list[str] = []

    async def target() -> None:
        listener = await _listener(backlog=0)
        address = listener.socket.getsockname()
        await trio.open_tcp_stream(*address)

        async def connect() -> None:
            await trio.socket.socket().connect(address)
            order.append("connected")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(connect)
            await trio.sleep(1)
            order.append("accepts")
            await listener.accept()

    assert simulated(target).error is None
    assert order == ["accepts", "connected"]


@pytest.mark.parametrize("close", [False, True])
def test_who_waits_for_room_in_vain_is_told(close: bool) -> None:
    """Refused when the listener goes, and a time-out when nothing happens."""

    async def target() -> None:
        listener = await _listener(backlog=0)
        address = listener.socket.getsockname()
        await trio.open_tcp_stream(*address)
        async with trio.open_nursery() as nursery:

            @nursery.start_soon
            async def connect() -> None:
                expected = ConnectionRefusedError if close else TimeoutError
                with pytest.raises(expected):
                    await trio.socket.socket().connect(address)

            await trio.sleep(1)
            if close:
                await listener.aclose()

    end = simulated(target)
    assert end.error is None
    assert end.seconds == (1 if close else CONNECT_SECONDS)


def test_a_cancelled_connect_closes_the_socket() -> None:
    """Nobody knows in which state it would be, so Trio closes it; the port is free again."""

    async def target() -> None:
        listener = await _listener(backlog=0)
        address = listener.socket.getsockname()
        await trio.open_tcp_stream(*address)
        client = trio.socket.socket()
        await client.bind(("127.0.0.1", 1234))
        with trio.move_on_after(1) as scope:
            await client.connect(address)
        assert scope.cancelled_caught
        assert client.fileno() == -1
        await trio.socket.socket().bind(("127.0.0.1", 1234))

    assert simulated(target).error is None


def test_a_socket_closed_while_it_connects_says_so() -> None:
    """Whoever waited for the connection is told that there is no socket any more."""

    async def target() -> None:
        listener = await _listener(backlog=0)
        address = listener.socket.getsockname()
        await trio.open_tcp_stream(*address)
        client = trio.socket.socket()
        async with trio.open_nursery() as nursery:

            @nursery.start_soon
            async def connect() -> None:
                with pytest.raises(trio.ClosedResourceError):
                    await client.connect(address)

            await trio.sleep(1)
            client.close()
            await listener.accept()

    assert simulated(target).error is None
