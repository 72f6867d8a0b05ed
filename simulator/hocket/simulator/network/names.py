"""Names and addresses of one execution: who is called what, without asking the machine.

``localhost`` is 127.0.0.1 (and ::1 to those who want IPv6), a literal is itself, and every other
name is a host of its own, 10.0.0.1 and so on in the order in which names are first used.
"""

import os
import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import count

from attrs import define, field, frozen

__all__ = ["Address", "AddressInfo", "IPAddress", "Names", "failure"]

IPAddress = IPv4Address | IPv6Address
SocketAddress = tuple[str, int] | tuple[str, int, int, int]
AddressInfo = tuple[socket.AddressFamily, socket.SocketKind, int, str, SocketAddress]

_FIRST_HOST = IPv4Address("10.0.0.0")
_TRANSPORTS = (
    (socket.SOCK_STREAM, socket.IPPROTO_TCP),
    (socket.SOCK_DGRAM, socket.IPPROTO_UDP),
    (socket.SOCK_RAW, socket.IPPROTO_IP),
)
_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}


def failure(number: int) -> OSError:
    """The error of the operating system with this number, in the words it uses."""
    return OSError(number, os.strerror(number))


@frozen
class Address:
    """An IP address and a port.  An IPv4 address is never kept in its IPv6 form."""

    ip: IPAddress
    port: int

    @classmethod
    def of(cls, shown: tuple[object, ...]) -> "Address":
        """The address that a program passed, already resolved.

        Raises :class:`OverflowError` for a port that is none.
        """
        host, port = shown[0], shown[1]
        if not isinstance(port, int) or not isinstance(host, str):
            raise TypeError(f"an address is a host and a port, not {shown!r}")
        if not 0 <= port <= 65535:
            raise OverflowError("port must be 0-65535.")
        ip = ip_address(host.partition("%")[0])
        return cls(getattr(ip, "ipv4_mapped", None) or ip, port)

    def shown(self, family: socket.AddressFamily) -> SocketAddress:
        """As a socket of ``family`` tells it to a program."""
        return _shown(self.ip, self.port, family)


def _shown(ip: IPAddress, port: int, family: socket.AddressFamily) -> SocketAddress:
    if family == socket.AF_INET:
        return str(ip), port
    return f"::ffff:{ip}" if ip.version == 4 else str(ip), port, 0, 0


@define(eq=False)
class Names:
    """The names that one execution has used."""

    _addresses: dict[str, IPAddress] = field(factory=dict[str, IPAddress], init=False)
    _names: dict[IPAddress, str] = field(factory=dict[IPAddress, str], init=False)
    _numbers: Iterator[int] = field(factory=lambda: count(1), init=False)

    def name_of(self, ip: IPAddress) -> str:
        """The name of the host with this address, which is the address where it has none."""
        return "localhost" if ip.is_loopback else self._names.get(ip, str(ip))

    def lookup(
        self,
        host: bytes | str | None,
        port: bytes | str | int | None,
        family: int = 0,
        kind: int = 0,
        proto: int = 0,
        flags: int = 0,
    ) -> list[AddressInfo]:
        """What :func:`socket.getaddrinfo` answers, for names and literals of this execution.

        Raises :class:`socket.gaierror` where that does.
        """
        if host is None and port is None:
            raise _unknown(socket.EAI_NONAME)
        host = host.decode("ascii") if isinstance(host, bytes) else host
        ips = self._ips(host, family, flags)
        number = _port(port, flags)
        named = host or "" if flags & socket.AI_CANONNAME else ""
        found = [
            (_family(ip, family), kind_, proto_, named, _shown(ip, number, _family(ip, family)))
            for ip in ips
            for kind_, proto_ in _TRANSPORTS
            if kind in (0, kind_) and proto in (0, proto_)
        ]
        if not found:
            raise _unknown(socket.EAI_SOCKTYPE)
        return found

    def reverse(self, host: str, port: int, flags: int) -> tuple[str, str]:
        """What :func:`socket.getnameinfo` answers: the name of an address, and the port."""
        numeric = flags & socket.NI_NUMERICHOST
        return host if numeric else self.name_of(Address.of((host, port)).ip), str(port)

    def _ips(self, host: str | None, family: int, flags: int) -> list[IPAddress]:
        if host is None:
            any_host = flags & socket.AI_PASSIVE
            texts = ("0.0.0.0", "::") if any_host else ("::1", "127.0.0.1")
            return [ip for ip in map(ip_address, texts) if family in (0, _FAMILIES[ip.version])]
        ip = self._ip(host, family, flags)
        if family not in (0, _FAMILIES[ip.version]):
            mapped = family == socket.AF_INET6 and flags & socket.AI_V4MAPPED
            if not mapped:
                raise _unknown(socket.EAI_ADDRFAMILY)
        return [ip]

    def _ip(self, host: str, family: int, flags: int) -> IPAddress:
        try:
            return ip_address(host.partition("%")[0])
        except ValueError:
            pass
        if not host or flags & socket.AI_NUMERICHOST:
            raise _unknown(socket.EAI_NONAME)
        name = host.lower().rstrip(".")
        if name == "localhost" or name.endswith(".localhost"):
            return ip_address("::1" if family == socket.AF_INET6 else "127.0.0.1")
        if name not in self._addresses:
            ip = self._addresses[name] = _FIRST_HOST + next(self._numbers)
            self._names[ip] = name
        return self._addresses[name]


def _family(ip: IPAddress, asked: int) -> socket.AddressFamily:
    return socket.AddressFamily(asked) if asked else _FAMILIES[ip.version]


def _port(port: bytes | str | int | None, flags: int) -> int:
    if port is None or isinstance(port, int):
        return port or 0
    text = port.decode("ascii") if isinstance(port, bytes) else port
    if text.isdecimal():
        return int(text)
    if flags & socket.AI_NUMERICSERV:
        raise _unknown(socket.EAI_NONAME)
    try:
        return socket.getservbyname(text)
    except OSError:
        raise _unknown(socket.EAI_SERVICE) from None


def _unknown(number: int) -> socket.gaierror:
    words = {
        socket.EAI_NONAME: "Name or service not known",
        socket.EAI_AGAIN: "Temporary failure in name resolution",
        socket.EAI_ADDRFAMILY: "Address family for hostname not supported",
        socket.EAI_SERVICE: "Servname not supported for ai_socktype",
        socket.EAI_SOCKTYPE: "ai_socktype not supported",
    }
    return socket.gaierror(number, words[number])
