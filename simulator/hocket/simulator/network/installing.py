"""Where the network is put into an execution: Trio's factory and resolver, and plain look-ups.

Factory and resolver are variables of one run, set before the first task exists, so that a program
which sets its own has its own.  Trio asks ``socket.getaddrinfo`` for literals before any resolver,
and the answers of the machine depend on its set-up; inside an execution the names of the network
answer in its place.
"""

import functools
import socket
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import trio

from hocket.simulator import trio_kernel
from hocket.simulator.escapes import refuse
from hocket.simulator.network.handed import handed_sockets
from hocket.simulator.network.names import AddressInfo, Names
from hocket.simulator.network.ports import Network
from hocket.simulator.network.sockets import SimulatedSocket
from hocket.simulator.network.weather import Weather
from hocket.simulator.substitutes import substituted
from hocket.simulator.trio_kernel import Kernel

__all__ = ["in_weather", "prepare_network", "simulated_sockets", "unreached"]

_networks: WeakKeyDictionary[Kernel, Network] = WeakKeyDictionary()

_SOCKET_FLAGS = getattr(socket, "SOCK_NONBLOCK", 0) | getattr(socket, "SOCK_CLOEXEC", 0)


class _Factory(trio.abc.SocketFactory):
    """Makes sockets of the network of the execution that asks."""

    def socket(
        self,
        family: int = socket.AF_INET,
        type: int = socket.SOCK_STREAM,  # noqa: A002 - Trio's name
        proto: int = 0,
    ) -> SimulatedSocket:
        kind = type & ~_SOCKET_FLAGS
        tcp = kind == socket.SOCK_STREAM and proto in (0, socket.IPPROTO_TCP)
        if family not in (socket.AF_INET, socket.AF_INET6) or not tcp:
            refuse(f"a socket that is not TCP (family {family}, type {kind}, protocol {proto})")
        return SimulatedSocket(_network(), socket.AddressFamily(family), proto)


class _Resolver(trio.abc.HostnameResolver):
    """Answers from the names of the network of the execution that asks."""

    async def getaddrinfo(
        self,
        host: bytes | None,
        port: bytes | str | int | None,
        family: int = 0,
        type: int = 0,  # noqa: A002 - Trio's name
        proto: int = 0,
        flags: int = 0,
    ) -> Any:
        await trio.lowlevel.checkpoint()
        name = (host or b"").decode("ascii")
        network = _network()
        conditions = network.conditions
        weather = conditions.of(name)
        if conditions.ask(weather, f"look-up of {name}", "answer", ["lookups"]) != "answer":
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return network.names.lookup(host, port, family, type, proto, flags)

    async def getnameinfo(
        self, sockaddr: tuple[str, int] | tuple[str, int, int, int], flags: int
    ) -> tuple[str, str]:
        await trio.lowlevel.checkpoint()
        return _network().names.reverse(sockaddr[0], sockaddr[1], flags)


_variables: dict[trio.lowlevel.RunVar[Any], object] = {}
"""What the variables of a run are to be, once Trio's functions have set them for the first time."""


def prepare_network(kernel: Kernel) -> None:
    """Give the execution that is about to begin a network of its own.

    Most never ask for it, so it is made for the first that does.
    """
    if not _variables:
        trio.socket.set_custom_socket_factory(_Factory())
        trio.socket.set_custom_hostname_resolver(_Resolver())
        _variables.update(kernel.variables)
    kernel.variables.update(_variables)


def unreached(kernel: Kernel) -> tuple[str, ...]:
    """Where an execution tried to connect to in vain, since nobody was listening there."""
    network = _networks.get(kernel)
    return () if network is None else tuple(network.unreached)


def _network() -> Network:
    """That of the execution which is running, also for its worker threads."""
    kernel = trio_kernel.current()
    assert kernel is not None
    network = _networks.get(kernel)
    if network is None:
        network = _networks[kernel] = Network()
    return network


def _simulated_getaddrinfo(original: Any) -> Any:
    @functools.wraps(original)
    def getaddrinfo(*args: Any, **kwargs: Any) -> Any:
        inside = trio_kernel.current() is not None
        return (_lookup(_network().names) if inside else original)(*args, **kwargs)

    return getaddrinfo


def _lookup(names: Names) -> Callable[..., list[AddressInfo]]:
    def getaddrinfo(
        host: bytes | str | None,
        port: bytes | str | int | None,
        family: int = 0,
        type: int = 0,  # noqa: A002 - the machine's name
        proto: int = 0,
        flags: int = 0,
    ) -> list[AddressInfo]:
        return names.lookup(host, port, family, type, proto, flags)

    return getaddrinfo


@contextmanager
def simulated_sockets() -> Generator[None]:
    """Inside, the standard library obeys the network of the execution wherever one is running.

    That is ``socket.getaddrinfo``, and ``socket.socket`` for TCP.
    """

    def make(family: socket.AddressFamily, proto: int) -> SimulatedSocket:
        return SimulatedSocket(_network(), family, proto)

    with substituted(socket, {"getaddrinfo": _simulated_getaddrinfo}), handed_sockets(make):
        yield


AsyncFunction = Callable[[], Awaitable[object]]


def in_weather(*weathers: Weather) -> Callable[[AsyncFunction], AsyncFunction]:
    """Decorate a target so that its network has this weather in each execution.

    For each host the first weather that matches its name counts.  Outside of a simulation the
    target is what it was.

    >>> import trio
    >>> from hocket.simulator import explore
    >>> from hocket.simulator.network import Weather, in_weather
    >>> @in_weather(Weather(to="db.example", refused=1))
    ... async def target():
    ...     async def serve(stream):
    ...         await stream.aclose()
    ...
    ...     async with trio.open_nursery() as nursery:
    ...         await nursery.start(trio.serve_tcp, serve, 5432)
    ...         await trio.open_tcp_stream("db.example", 5432)
    ...         nursery.cancel_scope.cancel()
    >>> print(explore(target, schedules=20).failures[0].deviations[0])
    connect of db.example:49152 to db.example:5432: refused instead of connect
    """

    def decorate(target: AsyncFunction) -> AsyncFunction:
        @functools.wraps(target)
        async def under_weather() -> object:
            if trio_kernel.current() is not None:
                _network().conditions.weathers = weathers
            return await target()

        return under_weather

    return decorate
