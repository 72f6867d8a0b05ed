"""The same program on real loopback sockets and on the simulated network sees the same.

This module is long because its programs are one list: each says what the two worlds must agree on.
"""

import socket
from contextlib import suppress
from functools import partial

import pytest
import trio
from tests.simulator.network.both_worlds import (
    Story,
    Teller,
    in_memory,
    on_loopback,
    pair,
    settle,
)


async def closed_with_unread_data(teller: Teller) -> None:
    """The reset is told once, then there is only the end."""
    client, server = await pair()
    await client.send_all(b"unread")
    await settle()
    await server.aclose()
    await settle()
    for _ in range(3):
        await teller.sees("receive", partial(client.socket.recv, 10))
    await teller.sees("send", partial(client.socket.send, b"x"))
    teller.say(client.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))


async def closed_with_unread_data_and_a_sender(teller: Teller) -> None:
    """Who sends hears of the reset too, and of a broken pipe from then on."""
    client, server = await pair()
    await client.send_all(b"unread")
    await settle()
    await server.aclose()
    await settle()
    for _ in range(3):
        await teller.sees("send", partial(client.socket.send, b"x"))
    await teller.sees("receive", partial(client.socket.recv, 10))


async def data_before_a_reset(teller: Teller) -> None:
    """What had arrived can still be read."""
    client, server = await pair()
    await server.send_all(b"last words")
    await client.send_all(b"unread")
    await settle()
    await server.aclose()
    await settle()
    for _ in range(3):
        await teller.sees("receive", partial(client.socket.recv, 100))


async def error_option_takes_the_reset(teller: Teller) -> None:
    """Who asks for the pending error has been told."""
    client, server = await pair()
    await client.send_all(b"unread")
    await settle()
    await server.aclose()
    await settle()
    for _ in range(2):
        teller.say(client.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
    await teller.sees("receive", partial(client.socket.recv, 10))


async def sending_to_a_closed_end(teller: Teller) -> None:
    """The first send is accepted, the next is a broken pipe; data ends in good order."""
    client, server = await pair()
    await server.aclose()
    await settle()
    for _ in range(3):
        await teller.sees("send", partial(client.socket.send, b"x"))
        await settle()
    await teller.sees("receive", partial(client.socket.recv, 10))


async def half_close(teller: Teller) -> None:
    """One direction ends, the other goes on."""
    client, server = await pair()
    await client.send_all(b"question")
    await client.send_eof()
    await client.send_eof()
    await settle()
    teller.say(client.socket.did_shutdown_SHUT_WR, server.socket.did_shutdown_SHUT_WR)
    await teller.sees("server receives", server.receive_some)
    await teller.sees("server receives", server.receive_some)
    await teller.sees("client sends", partial(client.send_all, b"more"))
    await teller.sees("client sends", partial(client.socket.send, b"more"))
    await server.send_all(b"answer")
    await server.aclose()
    await settle()
    await teller.sees("client receives", client.receive_some)
    await teller.sees("client receives", client.receive_some)


async def shutdown_of_both_ends(teller: Teller) -> None:
    """Once both directions ended there is no connection any more."""

    async def shut(end: trio.SocketStream, how: int) -> None:
        end.socket.shutdown(how)

    async def peer(end: trio.SocketStream) -> bool:
        return bool(end.socket.getpeername())

    client, server = await pair()
    await teller.sees("peer", partial(peer, client))
    await teller.sees("client", partial(shut, client, socket.SHUT_WR))
    await teller.sees("client again", partial(shut, client, socket.SHUT_WR))
    await settle()
    await teller.sees("peer", partial(peer, client))
    await teller.sees("server", partial(shut, server, socket.SHUT_WR))
    await settle()
    await teller.sees("client last", partial(shut, client, socket.SHUT_WR))
    await teller.sees("server last", partial(shut, server, socket.SHUT_RDWR))
    await teller.sees("peer", partial(peer, client))
    await teller.sees("peer", partial(peer, server))
    await teller.sees("receive", partial(client.socket.recv, 1))


async def shutdown_of_reading(teller: Teller) -> None:
    """What is there can still be read, then there is the end; the sender knows nothing of it."""
    client, server = await pair()
    await client.send_all(b"abc")
    await settle()
    server.socket.shutdown(socket.SHUT_RD)
    await teller.sees("receive", partial(server.socket.recv, 2))
    await teller.sees("receive", partial(server.socket.recv, 2))
    await teller.sees("receive", partial(server.socket.recv, 2))
    await teller.sees("send", partial(client.socket.send, b"x"))


async def refused(teller: Teller) -> None:
    """Nobody listens: an error of the socket, and of all attempts of a stream."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    address = listener.socket.getsockname()
    await listener.aclose()
    unlucky = trio.socket.socket()
    await teller.sees("connect", partial(unlucky.connect, address))
    await teller.sees("stream", partial(trio.open_tcp_stream, *address))
    await teller.sees("a socket that failed", partial(unlucky.connect, address))
    await teller.sees("the same once more", partial(unlucky.connect, address))
    other = trio.socket.socket()
    try:
        await other.connect(address)
    except ConnectionRefusedError as error:
        teller.say(str(error).replace(str(address[1]), "PORT"))
    other.close()
    unlucky.close()


async def wrong_order(teller: Teller) -> None:
    """Operations that the state of a socket does not allow."""
    fresh = trio.socket.socket()

    async def sync(name: str) -> object:
        return getattr(fresh, name)()

    async def shut() -> None:
        fresh.shutdown(socket.SHUT_WR)

    await teller.sees("accept", fresh.accept)
    await teller.sees("recv", partial(fresh.recv, 1))
    await teller.sees("send", partial(fresh.send, b"x"))
    await teller.sees("getpeername", partial(sync, "getpeername"))
    await teller.sees("getsockname", partial(sync, "getsockname"))
    await teller.sees("shutdown", shut)
    await fresh.bind(("127.0.0.1", 0))
    await teller.sees("bind again", partial(fresh.bind, ("127.0.0.1", 0)))
    teller.say(fresh.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    fresh.listen()
    teller.say(fresh.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    await teller.sees("recv of a listener", partial(fresh.recv, 1))
    await teller.sees("connect of a listener", partial(fresh.connect, fresh.getsockname()))
    rival = trio.socket.socket()
    await teller.sees("address in use", partial(rival.bind, fresh.getsockname()))
    client = trio.socket.socket()
    await client.connect(fresh.getsockname())
    with suppress(OSError):  # Linux lets the first one pass, since it had not blocked
        await client.connect(fresh.getsockname())
    await teller.sees("connect again", partial(client.connect, fresh.getsockname()))
    for one in (fresh, rival, client):
        one.close()
        one.close()
    teller.say(fresh.fileno())
    await teller.sees("accept when closed", fresh.accept)
    await teller.sees("recv when closed", partial(client.recv, 1))
    await teller.sees("send when closed", partial(client.send, b"x"))
    await teller.sees("connect when closed", partial(client.connect, ("127.0.0.1", 1)))
    await teller.sees("getsockname when closed", partial(sync, "getsockname"))


async def streams_after_close(teller: Teller) -> None:
    """A closed stream and a closed listener say so, also to who waits on them."""
    client, server = await pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(teller.sees, "parked receive", client.receive_some)
        await settle()
        await client.aclose()
    await teller.sees("receive", client.receive_some)
    await teller.sees("send", partial(client.send_all, b"x"))
    await teller.sees("nothing to send", partial(client.send_all, b""))
    await server.aclose()
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(teller.sees, "parked accept", listener.accept)
        await settle()
        await listener.aclose()
    await teller.sees("accept", listener.accept)


async def two_readers(teller: Teller) -> None:
    """Only one task may wait for data."""
    client, server = await pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(teller.sees, "first", client.receive_some)
        await settle()
        await teller.sees("second", client.receive_some)
        await server.send_all(b"data")
    await client.aclose()
    await server.aclose()


async def a_full_connection(teller: Teller) -> None:
    """Who sends without a reader waits, can be cancelled, and hears of a reset."""
    client, server = await pair()
    with trio.move_on_after(0.1) as scope:
        while True:
            await client.send_all(bytes(100_000))
    teller.say(scope.cancelled_caught)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(teller.sees, "sender", partial(client.send_all, bytes(9_000_000)))
        await settle()
        await server.aclose()


async def a_listener_that_goes(teller: Teller) -> None:
    """Who was not accepted is reset."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    client = await trio.open_tcp_stream(*listener.socket.getsockname())
    await listener.aclose()
    await settle()
    await teller.sees("receive", partial(client.socket.recv, 1))
    await client.aclose()


async def linger_for_no_time(teller: Teller) -> None:
    """A socket that does not linger resets its connection."""
    client, server = await pair()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    await client.aclose()
    await settle()
    await teller.sees("receive", partial(server.socket.recv, 1))


async def reuse_of_an_address(teller: Teller) -> None:
    """Two sockets may share an address if both say so and none listens."""
    first, second = trio.socket.socket(), trio.socket.socket()
    for one in (first, second):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)

    async def listen(one: trio.socket.SocketType) -> None:
        one.listen()

    await first.bind(("127.0.0.1", 0))
    await teller.sees("bind", partial(second.bind, first.getsockname()))
    await teller.sees("listen", partial(listen, first))
    await teller.sees("listen", partial(listen, second))
    third = trio.socket.socket()
    third.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    await teller.sees("bind to all hosts", partial(third.bind, ("", first.getsockname()[1])))
    for one in (first, second, third):
        one.close()


async def readiness(teller: Teller) -> None:
    """What would not block, and what a socket calls itself."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    teller.say(listener.socket.is_readable())
    client = await trio.open_tcp_stream(*listener.socket.getsockname())
    await settle()
    teller.say(listener.socket.is_readable())
    server = await listener.accept()
    teller.say(client.socket.is_readable(), listener.socket.is_readable())
    await server.send_all(b"data")
    await settle()
    teller.say(client.socket.is_readable())
    await teller.sees("writable", client.wait_send_all_might_not_block)
    for stream in (client, server):
        one = stream.socket
        teller.say(one.family, one.type, one.proto, stream.getsockopt(socket.SOL_SOCKET, 3))
        teller.say(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0)
    teller.say(client.socket.getpeername() == server.socket.getsockname())
    teller.say(client.socket.getsockname() == server.socket.getpeername())
    buffer = bytearray(10)
    await teller.sees("into", partial(client.socket.recv_into, buffer))
    teller.say(bytes(buffer))
    await server.aclose()
    await settle()
    teller.say(client.socket.is_readable())
    await client.aclose()
    await listener.aclose()


STORIES: tuple[Story, ...] = (
    closed_with_unread_data,
    closed_with_unread_data_and_a_sender,
    data_before_a_reset,
    error_option_takes_the_reset,
    sending_to_a_closed_end,
    half_close,
    shutdown_of_both_ends,
    shutdown_of_reading,
    refused,
    wrong_order,
    streams_after_close,
    two_readers,
    a_full_connection,
    a_listener_that_goes,
    linger_for_no_time,
    reuse_of_an_address,
    readiness,
)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_both_networks_tell_the_same(story: Story) -> None:
    """Results and errors of the simulated network are those of the machine's."""
    told = in_memory(story)
    assert told == on_loopback(story)
    assert told
