"""Who is bound to which port, who listens there, and how a connection comes about."""

import errno
import os
from collections.abc import Iterator
from ipaddress import ip_address
from itertools import cycle
from math import inf

import trio
from attrs import define, field

from hocket.simulator import places
from hocket.simulator.network.names import Address, IPAddress, Names, failure
from hocket.simulator.network.tcp import Endpoint, Listening
from hocket.simulator.network.weather import CONNECT_SECONDS, Conditions, Route

__all__ = ["Binding", "Network"]

_FREE_PORTS = range(49_152, 65_536)


@define(eq=False)
class Binding:
    """A local address in use; ``listening`` is the queue of a server, once it listens."""

    address: Address
    only_v6: bool = field(kw_only=True)
    shares: bool = field(kw_only=True)
    listening: Listening | None = field(default=None, init=False)

    def covers(self, ip: IPAddress) -> bool:
        """Whether connections to ``ip`` come here."""
        mine = self.address.ip
        if not mine.is_unspecified:
            return ip == mine
        return ip.version == mine.version or (mine.version == 6 and not self.only_v6)


@define(eq=False)
class Network:
    """The network of one execution.

    ``unreached`` says of each connection that found nobody listening where it was to go, and who
    asked for it.
    """

    names: Names = field(factory=Names, init=False)
    conditions: Conditions = field(factory=Conditions, init=False)
    unreached: list[str] = field(factory=list[str], init=False)
    _bindings: dict[int, list[Binding]] = field(factory=dict[int, list[Binding]], init=False)
    _free_ports: Iterator[int] = field(factory=lambda: cycle(_FREE_PORTS), init=False)
    _numbers: Iterator[int] = field(factory=lambda: iter(range(2**30, 2**31)), init=False)

    def new_number(self) -> int:
        """A file descriptor that no real file has: the system's numbers end far below."""
        return next(self._numbers)

    def bind(self, binding: Binding) -> None:
        """Take an address; port 0 becomes the next free port.

        Raises ``EADDRINUSE`` where another has it.
        """
        if binding.address.port == 0:
            ports = (next(self._free_ports) for _ in _FREE_PORTS)
            port = next((p for p in ports if p not in self._bindings), None)
            if port is None:
                raise failure(errno.EADDRINUSE)
            binding.address = Address(binding.address.ip, port)
        for other in self._rivals(binding):
            if not (binding.shares and other.shares) or other.listening:
                raise failure(errno.EADDRINUSE)
        self._bindings.setdefault(binding.address.port, []).append(binding)

    def listen(self, binding: Binding, backlog: int) -> Listening:
        """Begin to listen where ``binding`` is, or change the backlog there."""
        if any(other.listening for other in self._rivals(binding)):
            raise failure(errno.EADDRINUSE)
        if binding.listening is None:
            binding.listening = Listening(backlog)
        binding.listening.backlog = backlog
        return binding.listening

    def release(self, binding: Binding) -> None:
        """Give an address back."""
        there = self._bindings[binding.address.port]
        there.remove(binding)
        if not there:
            del self._bindings[binding.address.port]

    def _rivals(self, binding: Binding) -> list[Binding]:
        mine = binding.address.ip
        return [
            other
            for other in self._bindings.get(binding.address.port, ())
            if other is not binding and (other.covers(mine) or binding.covers(other.address.ip))
        ]

    # -- connecting --------------------------------------------------------------------------

    def source_of(self, target: Address) -> Address:
        """The address from which a socket without one speaks to ``target``: its port is free.

        All hosts are on this machine, so the kernel's rule gives the address of the target itself.
        """
        ip = ip_address("127.0.0.1") if target.ip.is_loopback and target.ip.version == 4 else None
        return Address(ip or target.ip, 0)

    async def reach(self, local: Address, target: Address) -> Endpoint:
        """Make a connection once a server has room for it, and give the client's end.

        Raises ``ECONNREFUSED`` when nobody listens there, ``ETIMEDOUT`` when nobody answers.
        """
        now = trio.current_time()
        deadline = now + CONNECT_SECONDS
        route = self._route(local, target)
        fault = route.meets("connect of", "connect", ["refused", "partitions"], now)
        arrival = route.arrival(now)
        await _until(min(arrival, deadline))
        if arrival > deadline:
            raise _unreached(errno.ETIMEDOUT, target)
        listening = self._listener(target)
        if listening is None:
            place = places.for_person(_asker(trio.lowlevel.current_task()))
            self.unreached.append(f"{target.ip} port {target.port} at {place}")
        else:
            await listening.wait_for_room(deadline)
        if listening is None or listening.closed or fault == "refused":
            await _until(route.arrival(trio.current_time()) if route.weather.latency else 0.0)
            raise _unreached(errno.ECONNREFUSED, target)
        if listening.full:
            raise _unreached(errno.ETIMEDOUT, target)
        client, server = Endpoint(local, target, route), Endpoint(target, local, route)
        client.peer, server.peer = server, client
        listening.offer(server)
        return client

    async def hear_back(self, client: Endpoint) -> None:
        """Wait until the client knows that the server's system has answered."""
        arrival = client.route.arrival(trio.current_time())
        if arrival > trio.current_time():
            await trio.sleep_until(arrival)

    def _route(self, local: Address, target: Address) -> Route:
        names = (self.names.name_of(local.ip), self.names.name_of(target.ip))
        label = f"{names[0]}:{local.port} to {names[1]}:{target.port}"
        return Route(names, label, self.conditions.of(names[1]), self.conditions)

    def _listener(self, target: Address) -> Listening | None:
        there = [b for b in self._bindings.get(target.port, ()) if b.listening]
        exact = next((b for b in there if b.address.ip == target.ip), None)
        found = exact or next((b for b in there if b.covers(target.ip)), None)
        return found.listening if found else None


async def _until(time: float) -> None:
    """Wait for a time; a checkpoint in any case."""
    if trio.current_time() < time < inf:
        await trio.sleep_until(time)
    else:
        await trio.lowlevel.checkpoint()


def _unreached(number: int, target: Address) -> OSError:
    where = (str(target.ip), target.port)
    return OSError(number, f"Error connecting to {where!r}: {os.strerror(number)}")


def _asker(task: trio.lowlevel.Task) -> places.Place | None:
    """The program's line that waits for a task, which Trio may have made to try one address."""
    while task.parent_nursery is not None:
        place = places.of_task(task)
        if place is not None:
            return place
        task = task.parent_nursery.parent_task
    return None
