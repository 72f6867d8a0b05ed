"""Clients and servers that know nothing of the simulator, on the simulated network.

An unmodified trio-websocket client and server, and an httpx client against a server that is h11 on
Trio's streams: they work under every schedule, equally each time, and meet the weather.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import h11
import httpx
import pytest
import trio
import trio_websocket
from tests.simulator.kernel_runs import Random

from hocket.simulator.endings import Ending, Model
from hocket.simulator.engine.choices import ChoiceKind, ChoicePoint
from hocket.simulator.engine.trace import Trace
from hocket.simulator.network import Weather, in_weather
from hocket.simulator.trio_kernel import Kernel
from hocket.simulator.world import prepare, simulated_world

SEEDS = range(6)
CHUNK = 65_536

Target = Callable[[], Awaitable[object]]


# -- the programs ------------------------------------------------------------------------------


async def echo(request: trio_websocket.WebSocketRequest) -> None:
    """Send back whatever comes, until the other side closes."""
    connection = await request.accept()
    try:
        while True:
            await connection.send_message(await connection.get_message())
    except trio_websocket.ConnectionClosed:
        pass


async def websockets() -> None:
    """Three clients talk to an echo at the same time; each hears its own words, in order."""

    async def client(port: int, name: str) -> None:
        url = f"ws://localhost:{port}/{name}"
        async with trio_websocket.open_websocket_url(url) as connection:
            words = [f"{name} {number}" for number in range(3)] + [name * 20_000]
            for word in words:
                await connection.send_message(word)
            assert [await connection.get_message() for _ in words] == words
            await connection.ping()
        assert connection.closed is not None
        assert connection.closed.code == 1000

    async with trio.open_nursery() as nursery:
        server = await nursery.start(trio_websocket.serve_websocket, echo, "127.0.0.1", 0, None)
        async with trio.open_nursery() as clients:
            for name in ("a", "b", "c"):
                clients.start_soon(client, server.port, name)
        nursery.cancel_scope.cancel()


async def answer(stream: trio.SocketStream) -> None:
    """HTTP/1.1 on one connection: each request is answered with its own path and body."""
    connection = h11.Connection(h11.SERVER)

    async def next_event() -> object:
        while (event := connection.next_event()) is h11.NEED_DATA:
            connection.receive_data(await stream.receive_some(CHUNK))
        return event

    with suppress(h11.RemoteProtocolError, trio.BrokenResourceError):
        while isinstance(request := await next_event(), h11.Request):
            body = bytearray(request.target + b" ")
            while isinstance(event := await next_event(), h11.Data):
                body += event.data
            headers = [("content-length", str(len(body)))]
            response = h11.Response(status_code=200, headers=headers)
            for part in (response, h11.Data(data=bytes(body)), h11.EndOfMessage()):
                await stream.send_all(connection.send(part) or b"")
            connection.start_next_cycle()
    await trio.aclose_forcefully(stream)


async def http() -> None:
    """Three requests at the same time over a pool of two connections."""

    async def post(client: httpx.AsyncClient, number: int) -> None:
        response = await client.post(f"/{number}", content=b"x" * 100_000)
        assert response.status_code == 200
        assert response.text == f"/{number} " + "x" * 100_000

    async with trio.open_nursery() as nursery:
        serve = partial(trio.serve_tcp, answer, 0, host="127.0.0.1")
        (listener,) = await nursery.start(serve)
        url = f"http://localhost:{listener.socket.getsockname()[1]}"
        limits = httpx.Limits(max_connections=2)
        async with (
            httpx.AsyncClient(base_url=url, limits=limits, trust_env=False) as client,
            trio.open_nursery() as requests,
        ):
            for number in range(3):
                requests.start_soon(post, client, number)
        nursery.cancel_scope.cancel()


# -- under the kernel --------------------------------------------------------------------------


def traced(target: Target, seed: int, model: Model = Model.FREE) -> str:
    """One execution that ends well; the digest of its trace."""
    trace = Trace()
    with simulated_world(target):
        kernel = Kernel(Random(seed), model=model, max_steps=100_000, trace=trace)
        end = kernel.run(target, prepare)
    assert (end.ending, end.error, end.cause) == (Ending.FINISHED, None, None)
    return trace.digest()


@pytest.mark.parametrize("model", Model)
@pytest.mark.parametrize("target", [websockets, http], ids=["trio-websocket", "httpx"])
def test_they_work_under_every_schedule_and_the_same_each_time(
    target: Target, model: Model
) -> None:
    """Equal choices give equal traces; other choices give others."""
    digests = [traced(target, seed, model) for seed in SEEDS]
    assert [traced(target, seed, model) for seed in SEEDS] == digests
    assert len(set(digests)) > 1


# -- in bad weather ----------------------------------------------------------------------------


class Struck:
    """The default schedule, in which each fault comes as soon as it is offered."""

    def choose(self, point: ChoicePoint) -> int:
        """The last option of a fault, which is never the tame one."""
        return len(point.options) - 1 if point.kind is ChoiceKind.FAULT else 0


def in_the_weather(weather: Weather, target: Target) -> None:
    """One execution that ends well although all the weather comes."""
    target = in_weather(weather)(target)
    with simulated_world(target):
        end = Kernel(Struck(), model=Model.FREE, max_steps=100_000).run(target, prepare)
    assert (end.ending, end.error, end.cause) == (Ending.FINISHED, None, None)


async def fetch(timeout_seconds: float) -> float | httpx.HTTPError:
    """One request to a server on another host: the virtual seconds it took, or why it failed."""
    async with trio.open_nursery() as nursery:
        await nursery.start(trio.serve_tcp, answer, 8000)
        came: float | httpx.HTTPError
        try:
            async with httpx.AsyncClient(timeout=timeout_seconds, trust_env=False) as client:
                response = await client.post("http://api.example:8000/x", content=b"y")
            assert response.text == "/x y"
            came = trio.current_time()
        except httpx.HTTPError as error:
            came = error
        nursery.cancel_scope.cancel()
    return came


# httpx leaves a generator of its own behind when a request fails.
@pytest.mark.filterwarnings("ignore:Async generator 'httpx:ResourceWarning")
@pytest.mark.parametrize(
    ("weather", "timeout_seconds", "expected"),
    [
        (Weather(refused=1), 60, httpx.ConnectError),
        (Weather(lookups=1), 60, httpx.ConnectError),
        (Weather(reset=1), 60, httpx.RemoteProtocolError),
        (Weather(partitions=1), 10, httpx.ConnectTimeout),
        (Weather(latency=6), 10, httpx.ConnectTimeout),
        (Weather(to="else.example", refused=1), 60, float),
        (Weather(pieces=50), 60, float),
    ],
    ids=str,
)
def test_httpx_tells_what_the_weather_did(
    weather: Weather, timeout_seconds: float, expected: type[object]
) -> None:
    """Each fault is the error that httpx has for it, and none of another host's is met."""

    async def target() -> None:
        assert isinstance(await fetch(timeout_seconds), expected)

    in_the_weather(weather, target)


@pytest.mark.parametrize(
    ("weather", "seconds"),
    [
        (Weather(), 0),
        (Weather(latency=0.25), 1),
        (Weather(partitions=1, partition_seconds=20), 20),
    ],
    ids=str,
)
def test_the_weather_takes_its_time(weather: Weather, seconds: float) -> None:
    """A connection and an answer are two ways there and back; a partition is waited for."""

    async def target() -> None:
        assert await fetch(60) == pytest.approx(seconds)

    in_the_weather(weather, target)


def test_a_websocket_that_is_reset_is_closed() -> None:
    """Client and server hear of it by the error that trio-websocket has for it."""
    told: list[str] = []

    async def serve(request: trio_websocket.WebSocketRequest) -> None:
        try:
            await echo(request)
        finally:
            told.append("server")

    async def greet(url: str) -> None:
        async with trio_websocket.open_websocket_url(url) as connection:
            await connection.send_message("hello")
            await connection.get_message()

    async def target() -> None:
        async with trio.open_nursery() as nursery:
            server = await nursery.start(
                trio_websocket.serve_websocket, serve, "127.0.0.1", 0, None
            )
            url = f"ws://localhost:{server.port}"
            with pytest.raises((trio_websocket.ConnectionClosed, trio_websocket.HandshakeError)):
                await greet(url)
            told.append("client")
            nursery.cancel_scope.cancel()

    in_the_weather(Weather(reset=1), target)
    assert "client" in told
