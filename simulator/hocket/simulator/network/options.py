"""The options of a simulated socket, and the parts of a Trio socket that have no meaning here."""

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import trio
from attrs import define, field

from hocket.simulator.escapes import refuse
from hocket.simulator.network.tcp import BUFFER_BYTES

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["Options", "TcpOnly"]

_REUSE = (socket.SOL_SOCKET, socket.SO_REUSEADDR)
_ONLY_V6 = (socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
_LINGER = (socket.SOL_SOCKET, socket.SO_LINGER)
_DEFAULTS: dict[tuple[int, int], int | bytes] = {
    (socket.SOL_SOCKET, socket.SO_TYPE): socket.SOCK_STREAM.value,
    (socket.SOL_SOCKET, socket.SO_RCVBUF): BUFFER_BYTES,
    (socket.SOL_SOCKET, socket.SO_SNDBUF): BUFFER_BYTES,
}


@define
class Options:
    """What a program has set, by level and option.

    ``SO_REUSEADDR``, ``IPV6_V6ONLY`` and ``SO_LINGER`` are obeyed, the others only remembered.
    """

    _values: dict[tuple[int, int], int | bytes] = field(factory=_DEFAULTS.copy, init=False)

    def put(self, level: int, option: int, value: "int | Buffer | None", length: int) -> None:
        """Remember a number, some bytes, or ``length`` zero bytes for ``None``."""
        if isinstance(value, int):
            self._values[level, option] = value
        else:
            self._values[level, option] = bytes(length) if value is None else bytes(value)

    def get(self, level: int, option: int) -> int | bytes:
        """What was set, and 0 for an option that nobody has set."""
        return self._values.get((level, option), 0)

    @property
    def shares(self) -> bool:
        """Whether another socket that is not listening may have the same address."""
        return bool(self._values.get(_REUSE))

    @property
    def only_v6(self) -> bool:
        """Whether an IPv6 socket refuses IPv4."""
        return bool(self._values.get(_ONLY_V6))

    @property
    def aborts(self) -> bool:
        """Whether to close is to reset: lingering is on, for no time."""
        linger = self._values.get(_LINGER, 0)
        return isinstance(linger, bytes) and linger[:1] == b"\1" and not any(linger[4:])


def _beyond(name: str) -> Callable[..., Any]:
    def method(_self: object, *_args: object, **_kwargs: object) -> NoReturn:
        refuse(f"{name}() of a socket, which the simulated network does not have")

    method.__name__ = name
    method.__doc__ = f"An escape: the simulated network has no ``{name}``."
    return method


class TcpOnly(trio.socket.SocketType):
    """Ends the execution where a program needs the file behind a socket, or more than a stream."""

    detach: Any = _beyond("detach")
    dup: Any = _beyond("dup")
    share: Any = _beyond("share")
    recvfrom: Any = _beyond("recvfrom")
    recvfrom_into: Any = _beyond("recvfrom_into")
    recvmsg: Any = _beyond("recvmsg")
    recvmsg_into: Any = _beyond("recvmsg_into")
    sendto: Any = _beyond("sendto")
    sendmsg: Any = _beyond("sendmsg")
