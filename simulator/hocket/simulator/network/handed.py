"""Sockets that a program makes by ``socket.socket`` itself, and hands to Trio later.

anyio's listeners and hypercorn's are made so: bound and listening before Trio hears of them, by
``trio.socket.from_stdlib_socket``.  Inside an execution a TCP socket that is made so is one of the
simulated network, in the clothes of the standard library's; what would block, or needs the file
behind it, is an escape.  All other kinds of socket are real, and refused as such.
"""

import socket
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

import trio

from hocket.simulator.escapes import is_closed, refuse
from hocket.simulator.substitutes import substituted

if TYPE_CHECKING:
    from hocket.simulator.network.sockets import SimulatedSocket

__all__ = ["HandedSocket", "handed_sockets"]

MakeSocket = Callable[[socket.AddressFamily, int], "SimulatedSocket"]

_FLAGS: Final = getattr(socket, "SOCK_NONBLOCK", 0) | getattr(socket, "SOCK_CLOEXEC", 0)
_DELEGATED: Final = (
    "fileno",
    "getpeername",
    "getsockname",
    "getsockopt",
    "get_inheritable",
    "listen",
    "set_inheritable",
    "setsockopt",
    "shutdown",
)
_BLOCKING: Final = (
    *("accept", "connect", "connect_ex", "detach", "dup", "makefile", "recv", "recv_into"),
    *("recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into", "send", "sendall", "sendfile"),
    *("sendmsg", "sendto"),
)

_inner: WeakKeyDictionary[socket.socket, "SimulatedSocket"] = WeakKeyDictionary()
_outer: WeakKeyDictionary["SimulatedSocket", "HandedSocket"] = WeakKeyDictionary()


class HandedSocket(socket.socket):
    """A simulated socket as the standard library would have it: without a file, never blocking."""

    __slots__ = ()

    @classmethod
    def around(cls, inner: "SimulatedSocket") -> "HandedSocket":
        """The one that stands for ``inner``, always the same."""
        if (outer := _outer.get(inner)) is None:
            outer = cls.__new__(cls)
            outer.wear(inner)
        return outer

    def wear(self, inner: "SimulatedSocket") -> None:
        """Stand for ``inner`` from now on."""
        _inner[self], _outer[inner] = inner, self

    @property
    def inner(self) -> "SimulatedSocket":
        """The socket of the network that it stands for."""
        return _inner[self]

    @property
    def family(self) -> socket.AddressFamily:
        """``AF_INET`` or ``AF_INET6``."""
        return self.inner.family

    @property
    def type(self) -> socket.SocketKind:
        """Always ``SOCK_STREAM``."""
        return self.inner.type

    @property
    def proto(self) -> int:
        """The protocol number that the program gave."""
        return self.inner.proto

    def bind(self, address: Any, /) -> None:
        """Take a local address."""
        self.inner.bind_at_once(address)

    def close(self) -> None:
        """Close what it stands for."""
        self.inner.close()

    def setblocking(self, flag: Any, /) -> None:
        """Nothing of it ever blocks."""

    def settimeout(self, value: float | None, /) -> None:
        """As :meth:`setblocking`."""

    def gettimeout(self) -> float | None:
        """That of a socket which does not block."""
        return 0.0

    def getblocking(self) -> bool:
        """It never blocks."""
        return False

    def __repr__(self) -> str:
        return repr(self.inner)


def _delegating(name: str) -> Callable[..., Any]:
    def method(self: HandedSocket, *args: Any) -> Any:
        return getattr(self.inner, name)(*args)

    method.__name__ = name
    return method


def _refusing(name: str) -> Callable[..., Any]:
    def method(_self: HandedSocket, *_args: Any, **_options: Any) -> Any:
        refuse(f"a real socket ({name}, which would block)")

    method.__name__ = name
    return method


for _name in _DELEGATED:
    setattr(HandedSocket, _name, _delegating(_name))
for _name in _BLOCKING:
    setattr(HandedSocket, _name, _refusing(_name))


@contextmanager
def handed_sockets(make: MakeSocket) -> Generator[None]:
    """Inside, TCP sockets that a step makes by ``socket.socket`` are made by ``make``.

    Enter it inside of what refuses real sockets.
    """

    def made(original: Any) -> Callable[..., None]:
        @wraps(original)
        def init(
            self: socket.socket,
            family: int = -1,
            type: int = -1,  # noqa: A002 - the standard library's
            proto: int = -1,
            fileno: int | None = None,
        ) -> None:
            if fileno is None and _is_tcp(self, family, type, proto) and is_closed("socket"):
                kind = socket.AF_INET if family == -1 else socket.AddressFamily(family)
                self.__class__ = HandedSocket
                self.wear(make(kind, max(proto, 0)))  # type: ignore[attr-defined]
            else:
                original(self, family, type, proto, fileno)

        return init

    def taken(original: Any) -> Callable[..., Any]:
        @wraps(original)
        def from_stdlib_socket(sock: socket.socket) -> Any:
            return sock.inner if isinstance(sock, HandedSocket) else original(sock)

        return from_stdlib_socket

    with ExitStack() as stack:
        stack.enter_context(substituted(socket.socket, {"__init__": made}))
        stack.enter_context(substituted(trio.socket, {"from_stdlib_socket": taken}))
        yield


def _is_tcp(made: socket.socket, family: int, kind: int, proto: int) -> bool:
    return (
        type(made) is socket.socket
        and family in (-1, socket.AF_INET, socket.AF_INET6)
        and (kind == -1 or kind & ~_FLAGS == socket.SOCK_STREAM)
        and proto in (-1, 0, socket.IPPROTO_TCP)
    )
