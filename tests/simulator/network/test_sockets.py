"""A socket of the simulated network by itself: what it owes to whoever holds it."""

import socket

import pytest
import trio
from tests.simulator.network.both_worlds import simulated


@pytest.mark.parametrize("seed", range(30))
def test_a_cancelled_receive_loses_nothing(seed: int) -> None:
    """Whatever the order, each byte is received once, before or after a cancellation."""

    async def target() -> None:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        client = await trio.open_tcp_stream(*listener.socket.getsockname())
        server = await listener.accept()
        got = b""
        scope = trio.CancelScope()

        async def send() -> None:
            for byte in b"abc":
                await client.send_all(bytes([byte]))
            await client.send_eof()

        async def cancel() -> None:
            await trio.lowlevel.checkpoint()
            scope.cancel()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(send)
            nursery.start_soon(cancel)
            with scope:
                while data := await server.receive_some():
                    got += data
        if scope.cancelled_caught:
            while data := await server.receive_some():
                got += data
        assert got == b"abc"

    assert simulated(target, seed=seed).error is None


def test_a_descriptor_is_no_real_one() -> None:
    """Whoever hands it to the system is told so, and every socket has its own."""
    numbers: list[int] = []

    async def target() -> None:
        with trio.socket.socket() as one, trio.socket.socket() as other:
            numbers.extend([one.fileno(), other.fileno()])
            assert not one.get_inheritable()
            one.set_inheritable(True)
            assert one.get_inheritable()
            assert "simulated" in repr(one)
        assert one.fileno() == -1
        assert "closed" in repr(one)

    assert simulated(target).error is None
    assert len(set(numbers)) == 2
    for number in numbers:
        with pytest.raises(OSError, match="Bad file descriptor"):
            socket.socket(fileno=number)
