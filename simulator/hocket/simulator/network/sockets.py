"""A Trio socket whose operating system is the network of one execution.

Each operation has the shape of Trio's own: a check for cancellation, one attempt, a checkpoint if
it came to something; else a wait that can be cancelled, and an attempt again.  What is no part of
TCP as programs use it is an escape that names the call, never a guess.

The module is long because it is one class: all that Trio says a socket has.
"""

import errno
import socket
from contextlib import suppress
from ipaddress import ip_address
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self, cast

import trio

from hocket.simulator.escapes import refuse
from hocket.simulator.network.handed import HandedSocket
from hocket.simulator.network.names import Address, failure
from hocket.simulator.network.options import Options, TcpOnly
from hocket.simulator.network.ports import Binding, Network
from hocket.simulator.network.tcp import Endpoint, Listening

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["SimulatedSocket"]

_BACKLOG_MAX = 4096  # SOMAXCONN of Linux
_ANY_HOST = {socket.AF_INET: ip_address("0.0.0.0"), socket.AF_INET6: ip_address("::")}
_FLAGS = {
    socket.SHUT_RD: (True, False),
    socket.SHUT_WR: (False, True),
    socket.SHUT_RDWR: (True, True),
}


def _plain(flags: int, operation: str) -> None:
    if flags:
        refuse(f"{operation}() of a socket with flags {flags}, which are not simulated")


class SimulatedSocket(TcpOnly):
    """A TCP socket of ``network``.  It is at most one of: bound, listening, connecting, connected.

    Errors are the :class:`OSError` that Linux gives, such as ``EBADF`` after :meth:`close`.
    """

    def __init__(
        self,
        network: Network,
        family: socket.AddressFamily,
        proto: int,
        endpoint: Endpoint | None = None,
    ) -> None:
        super().__init__()
        self._network = network
        self._family = family
        self._proto = proto
        self._endpoint = endpoint
        self._binding: Binding | None = None
        self._connecting = False
        self._failed = False  # a connect failed, which Linux remembers until the next
        self._closed = False
        self._number = network.new_number()
        self._did_shutdown = False
        self._inheritable = False
        self._options = Options()

    # -- what it is --------------------------------------------------------------------------

    @property
    def family(self) -> socket.AddressFamily:
        """``AF_INET`` or ``AF_INET6``."""
        return self._family

    @property
    def type(self) -> socket.SocketKind:
        """Always ``SOCK_STREAM``."""
        return socket.SOCK_STREAM

    @property
    def proto(self) -> int:
        """The protocol number that the program gave."""
        return self._proto

    @property
    def did_shutdown_SHUT_WR(self) -> bool:  # noqa: N802 - Trio's name
        """Whether this end was told to send no more."""
        return self._did_shutdown

    @property
    def _sock(self) -> socket.socket:
        """The standard library's socket inside of Trio's, which anyio asks for the addresses."""
        return HandedSocket.around(self)

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"laddr={self.getsockname()}"
        return f"<hocket simulated TCP socket {state}>"

    def fileno(self) -> int:
        """A number that no real file has, and -1 once closed."""
        return -1 if self._closed else self._number

    def getsockname(self) -> Any:
        """The local address."""
        self._check_open()
        local = self._endpoint.local if self._endpoint else self._bound_to()
        return local.shown(self._family)

    def getpeername(self) -> Any:
        """The address of the other end; ``ENOTCONN`` when there is none any more."""
        self._check_open()
        if self._endpoint is None or self._connecting or self._endpoint.over():
            raise failure(errno.ENOTCONN)
        return self._endpoint.remote.shown(self._family)

    def _bound_to(self) -> Address:
        return self._binding.address if self._binding else Address(_ANY_HOST[self._family], 0)

    # -- options -----------------------------------------------------------------------------

    def getsockopt(self, level: int, optname: int, buflen: int | None = None) -> Any:
        """What was set, or what the network knows; 0 for an option nobody has set."""
        self._check_open()
        value = self._options.get(level, optname)
        if (level, optname) == (socket.SOL_SOCKET, socket.SO_ERROR):
            value = self._endpoint.take_error() if self._endpoint else 0
        elif (level, optname) == (socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            value = int(self._listening is not None)
        if buflen is None:
            return value if isinstance(value, int) else int.from_bytes(value, "little")
        raw = value if isinstance(value, bytes) else value.to_bytes(4, "little", signed=True)
        return raw[:buflen]

    def setsockopt(
        self, level: int, optname: int, value: "int | Buffer | None", optlen: int | None = None
    ) -> None:
        """Set an option; see :class:`~hocket.simulator.network.options.Options`."""
        self._check_open()
        self._options.put(level, optname, value, optlen or 0)

    def get_inheritable(self) -> bool:
        """What :meth:`set_inheritable` was told."""
        return self._inheritable

    def set_inheritable(self, inheritable: int) -> None:
        """Remembered; there is no process to inherit it."""
        self._inheritable = bool(inheritable)

    # -- binding and listening ---------------------------------------------------------------

    async def bind(self, address: Any) -> None:
        """Take a local address, as a literal or as a name."""
        await trio.lowlevel.checkpoint()
        self._bind_afresh(await self._resolve(address, flags=socket.AI_PASSIVE))

    def bind_at_once(self, address: Any) -> None:
        """As :meth:`bind`, for those who bind before they hand a socket to Trio."""
        found = self._network.names.lookup(
            *(address[0] or None, address[1], self._family, socket.SOCK_STREAM, self._proto),
            socket.AI_PASSIVE,
        )
        self._bind_afresh(Address.of(found[0][4]))

    def _bind_afresh(self, local: Address) -> None:
        self._check_open()
        if self._binding or self._endpoint:
            raise failure(errno.EINVAL)
        self._bind(local)

    def _bind(self, local: Address) -> Binding:
        options = self._options
        binding = Binding(local, only_v6=options.only_v6, shares=options.shares)
        self._network.bind(binding)
        self._binding = binding
        return binding

    def listen(self, backlog: int = 128) -> None:
        """Let others connect; one more than ``backlog`` may wait to be accepted."""
        self._check_open()
        if self._endpoint or self._connecting:
            raise failure(errno.EINVAL)
        binding = self._binding or self._bind(self._bound_to())
        self._network.listen(binding, min(max(backlog, 0), _BACKLOG_MAX))

    @property
    def _listening(self) -> Listening | None:
        return self._binding.listening if self._binding else None

    async def accept(self) -> tuple[trio.socket.SocketType, Any]:
        """The socket of the next connection, and the address of who made it."""
        listening = self._listening
        if listening is None:
            return await self._impossible(errno.EINVAL)

        def attempt() -> Endpoint:
            self._check_open()
            return listening.accept()

        endpoint = await listening.readable.attempt(attempt, listening.readable_at)
        accepted = SimulatedSocket(self._network, self._family, self._proto, endpoint)
        return accepted, endpoint.remote.shown(self._family)

    # -- connecting --------------------------------------------------------------------------

    async def connect(self, address: Any) -> None:
        """Connect to a server, by address or by name; if this is cancelled, the socket is closed.

        Raises :class:`ConnectionRefusedError` where nobody listens, and :class:`TimeoutError` after
        ``CONNECT_SECONDS`` without an answer.
        """
        try:
            target = await self._resolve(address)
            await trio.lowlevel.checkpoint_if_cancelled()
            await self._connect(target)
        except trio.Cancelled:
            self.close()
            raise

    async def _connect(self, target: Address) -> None:
        if self._closed or self._endpoint or self._listening:
            await self._impossible(errno.EISCONN)
        if self._connecting:
            await self._impossible(errno.EALREADY)
        if self._failed:
            self._failed = False
            await self._impossible(errno.ECONNABORTED)
        if target.ip.is_unspecified:
            loopback = "127.0.0.1" if target.ip.version == 4 else "::1"
            target = Address(ip_address(loopback), target.port)
        self._connecting = self._failed = True
        try:
            local = self._local_for(target)
            client = await self._network.reach(local, target)
            if self._closed:
                client.close()
                raise trio.ClosedResourceError("another task closed this fd")
            self._endpoint = client
            self._failed = False
            await self._network.hear_back(client)
        finally:
            self._connecting = False
        if self._closed:
            raise trio.ClosedResourceError("another task closed this fd")

    def _local_for(self, target: Address) -> Address:
        binding = self._binding or self._bind(self._network.source_of(target))
        if binding.address.ip.is_unspecified:
            binding.address = Address(self._network.source_of(target).ip, binding.address.port)
        return binding.address

    # -- data --------------------------------------------------------------------------------

    async def recv(self, buflen: int, flags: int = 0, /) -> bytes:
        """At most ``buflen`` bytes of what was sent at once; nothing at the end of data."""
        if buflen < 0:
            raise ValueError("negative buffersize in recv")
        _plain(flags, "recv")
        endpoint = self._endpoint
        if endpoint is None:
            return await self._impossible(errno.ENOTCONN)

        def attempt() -> bytes:
            self._check_open()
            return endpoint.receive(buflen)

        return await endpoint.readable.attempt(attempt, endpoint.readable_at)

    async def recv_into(self, buffer: "Buffer", nbytes: int = 0, flags: int = 0) -> int:
        """As :meth:`recv`, into a buffer; the number of bytes."""
        with memoryview(buffer).cast("B") as view:
            data = await self.recv(nbytes or len(view), flags)
            view[: len(data)] = data
        return len(data)

    async def send(self, bytes: "Buffer", flags: int = 0, /) -> int:  # noqa: A002 - Trio's name
        """Send what there is room for, and say how many bytes; waits while there is none."""
        _plain(flags, "send")
        endpoint = self._endpoint
        if endpoint is None:
            return await self._impossible(errno.EPIPE)
        with memoryview(bytes).cast("B") as view:

            def attempt() -> int:
                self._check_open()
                return endpoint.send(view)

            return await endpoint.writable.attempt(attempt, endpoint.writable_at)

    async def _impossible(self, number: int) -> NoReturn:
        await trio.lowlevel.checkpoint()
        self._check_open()
        raise failure(number)

    def is_readable(self) -> bool:
        """Whether a receive, or an accept, would not block."""
        if self._endpoint is not None:
            return self._endpoint.readable_at() <= trio.current_time()
        return self._listening is not None and self._listening.readable_at() <= trio.current_time()

    async def wait_writable(self) -> None:
        """Wait until a send would not block."""
        await trio.lowlevel.checkpoint()
        self._check_open()
        if self._endpoint is not None:
            await self._endpoint.writable.wait(self._endpoint.writable_at)

    # -- ends --------------------------------------------------------------------------------

    def shutdown(self, flag: int) -> None:
        """End one direction or both."""
        self._check_open()
        if self._endpoint is None or self._connecting:
            raise failure(errno.ENOTCONN)
        reads, writes = _FLAGS[flag]
        self._endpoint.shutdown(reads=reads, writes=writes)
        self._did_shutdown = self._did_shutdown or writes

    def close(self) -> None:
        """Close; who waits on this socket gets :class:`trio.ClosedResourceError`."""
        if self._closed:
            return
        self._closed = True
        if self._endpoint is not None:
            self._endpoint.close(abort=self._options.aborts)
        if self._binding is not None:
            if self._binding.listening is not None:
                self._binding.listening.close()
            self._network.release(self._binding)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: object,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # -- helpers -----------------------------------------------------------------------------

    def _check_open(self) -> None:
        if self._closed:
            raise failure(errno.EBADF)

    async def _resolve(self, address: Any, *, flags: int = 0) -> Address:
        sizes = (2,) if self._family == socket.AF_INET else (2, 3, 4)
        if not isinstance(address, tuple):
            raise ValueError(f"an address is a tuple, not {address!r}")
        parts = cast("tuple[Any, ...]", address)  # type: ignore[redundant-cast]
        if len(parts) not in sizes:
            raise ValueError("an address is a tuple of host, port and what IPv6 adds to them")
        host, port = parts[:2]
        if self._family == socket.AF_INET6 and not self._options.only_v6:
            flags |= socket.AI_V4MAPPED
        with suppress(ValueError, TypeError):
            return Address.of((host, port))
        found = await trio.socket.getaddrinfo(
            host or None, port, self._family, socket.SOCK_STREAM, self._proto, flags
        )
        return Address.of(found[0][4])
