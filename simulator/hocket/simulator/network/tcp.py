"""The two ends of a TCP connection, as an operating system keeps them: bytes, ends and errors.

Nothing here waits: an operation is done at once, or raises the error of
the system, or :class:`BlockingIOError` where a program would have to wait.  What is sent is in the
receiver's buffer at once, with the time of its arrival; an end (FIN) and a reset (RST) are times
too, so that latency needs no task of its own.

The errors are those of Linux.  To close with unread data resets the connection, and so does data
that arrives at a closed end.  A reset is told once, as ``EPIPE`` if the other end had finished
before and as ``ECONNRESET`` otherwise; what had arrived before it can still be read; then there is
the end of data, and ``EPIPE`` for those who send.
"""

import errno
from collections import deque
from math import inf

import trio
from attrs import define, field

from hocket.simulator.engine.sightings import Sight
from hocket.simulator.network.names import Address, failure
from hocket.simulator.network.readiness import Readiness
from hocket.simulator.network.weather import Route
from hocket.simulator.simulation import tell

__all__ = ["BUFFER_BYTES", "Endpoint", "Listening"]

BUFFER_BYTES = 65_536
"""How much an end holds that was not received yet, before whoever sends has to wait."""


@define(eq=False)
class Endpoint:
    """One end of a connection; ``route`` is the way to the other, ``peer``."""

    local: Address
    remote: Address
    route: Route
    readable: Readiness = field(factory=lambda: Readiness("reading"), init=False)
    writable: Readiness = field(factory=lambda: Readiness("writing"), init=False)
    peer: "Endpoint" = field(init=False)
    _arrivals: deque[tuple[float, int, bytes]] = field(
        factory=deque[tuple[float, int, bytes]], init=False
    )
    _sends: int = field(default=0, init=False)
    _held: int = field(default=0, init=False)
    _last_arrival: float = field(default=0.0, init=False)
    _finished: float = field(default=inf, init=False)
    _reset: float = field(default=inf, init=False)
    _told: bool = field(default=False, init=False)
    _reads: bool = field(default=True, init=False)
    _writes: bool = field(default=True, init=False)
    _closed: bool = field(default=False, init=False)

    # -- receiving ---------------------------------------------------------------------------

    def receive(self, size: int) -> bytes:
        """At most ``size`` bytes of what was sent at once; nothing at the end of data."""
        now = trio.current_time()
        if self._arrivals and self._arrivals[0][0] <= now:
            arrived, number, data = self._arrivals.popleft()
            part = data[: min(size, self._piece(len(data), now))]
            if len(part) < len(data):
                self._arrivals.appendleft((arrived, number, data[len(part) :]))
            self._held -= len(part)
            tell(Sight.RECEIVES, self, repr(part), number=number)
            self.peer.writable.changed()
            return part
        if self._finished <= now:
            return b""
        self._raise_reset(now)
        if not self._reads or self._reset <= now:
            return b""
        raise BlockingIOError(errno.EAGAIN, "nothing has arrived")

    def readable_at(self) -> float:
        """When :meth:`receive` would not block, by what is known."""
        if not self._reads:
            return -inf
        arrival = self._arrivals[0][0] if self._arrivals else inf
        return min(arrival, self._finished, self._reset)

    def _piece(self, size: int, now: float) -> int:
        """How much of ``size`` bytes one receive gives."""
        if size < 2:
            return size
        taken = self.route.meets(f"receive of {size} bytes on", "whole", ["pieces"], now)
        return size if taken == "whole" else (size + 1) // 2

    # -- sending -----------------------------------------------------------------------------

    def send(self, data: bytes | bytearray | memoryview) -> int:
        """Send as much as the other end has room for, and say how much that was."""
        now = trio.current_time()
        self._raise_reset(now)
        if not self._writes or self._reset <= now:
            raise failure(errno.EPIPE)
        if not len(data):
            return 0
        if self.writable_at() > now:
            raise BlockingIOError(errno.EAGAIN, "the other end has no room")
        fault = self.route.meets(
            f"send of {len(data)} bytes on", "deliver", ["reset", "partitions"], now
        )
        if fault == "reset":
            self._lose()
            return len(data)
        peer = self.peer
        if peer._closed:
            self._be_reset(self.route.arrival(self._arrival_there(now)))
            return len(data)
        accepted = bytes(data[: BUFFER_BYTES - peer._held])
        self._sends += 1
        peer._arrivals.append((self._arrival_there(now), self._sends, accepted))
        tell(Sight.SENDS, peer, repr(accepted), number=self._sends)
        peer._held += len(accepted)
        peer.readable.changed()
        return len(accepted)

    def writable_at(self) -> float:
        """When :meth:`send` would not block, by what is known."""
        peer = self.peer
        free = not self._writes or peer._closed or peer._held < BUFFER_BYTES
        return -inf if free else self._reset

    def _arrival_there(self, now: float) -> float:
        """When something sent now arrives, which is not before what was sent earlier."""
        peer = self.peer
        peer._last_arrival = max(peer._last_arrival, self.route.arrival(now))
        return peer._last_arrival

    # -- ends --------------------------------------------------------------------------------

    def shutdown(self, *, reads: bool, writes: bool) -> None:
        """End one direction or both: no more data from here, or none wanted from there.

        Raises ``ENOTCONN`` when the connection is over.
        """
        now = trio.current_time()
        if self.over():
            raise failure(errno.ENOTCONN)
        if reads:
            self._reads = False
            self.readable.changed()
        if writes:
            self._finish(now)

    def over(self) -> bool:
        """Whether the connection is gone: reset, or ended in both directions."""
        now = trio.current_time()
        return self._reset <= now or (not self._writes and self._finished <= now)

    def take_error(self) -> int:
        """The number of the error that waits to be told, which is then told; 0 for none."""
        if self._told or self._reset > trio.current_time():
            return 0
        self._told = True
        return errno.EPIPE if self._finished <= self._reset else errno.ECONNRESET

    def close(self, *, abort: bool = False) -> None:
        """Close in good order, or reset the connection if data is unread or ``abort`` is asked."""
        if self._closed:
            return
        now = trio.current_time()
        over = self.over()
        self._closed = True
        arrival = self._arrivals[0][0] if self._arrivals else inf
        if not over and (abort or arrival <= now):
            self.peer._be_reset(self._arrival_there(now))
        elif not over:
            self._finish(now)
            if arrival < inf:
                self.peer._be_reset(self.route.arrival(arrival))
        self._arrivals.clear()
        self._held = 0
        self.readable.close()
        self.writable.close()
        self.peer.writable.changed()

    def _finish(self, now: float) -> None:
        if self._writes:
            self._writes = False
            self.writable.changed()
            self.peer._finished = self._arrival_there(now)
            self.peer.readable.changed()

    def _be_reset(self, when: float) -> None:
        self._reset = min(self._reset, when)
        self.readable.changed()
        self.writable.changed()

    def _lose(self) -> None:
        """The network resets the connection: both ends hear it, and what is under way is lost."""
        now = trio.current_time()
        for end in (self, self.peer):
            while end._arrivals and end._arrivals[-1][0] > now:
                end._held -= len(end._arrivals.pop()[2])
            end._be_reset(now)

    def _raise_reset(self, now: float) -> None:
        if self._reset <= now and (number := self.take_error()):
            raise failure(number)


@define(eq=False)
class Listening:
    """The queue of connections that wait to be accepted, at most one more than ``backlog``."""

    backlog: int
    readable: Readiness = field(factory=lambda: Readiness("reading"), init=False)
    _queue: deque[Endpoint] = field(factory=deque[Endpoint], init=False)
    _changed: trio.lowlevel.ParkingLot = field(factory=trio.lowlevel.ParkingLot, init=False)
    closed: bool = field(default=False, init=False)

    async def wait_for_room(self, deadline: float) -> None:
        """Wait until a connection can be queued, the queue is closed, or the deadline is past."""
        with trio.move_on_at(deadline):
            while self.full and not self.closed:
                await self._changed.park()

    @property
    def full(self) -> bool:
        """Whether nobody can be queued now."""
        return len(self._queue) > self.backlog

    def offer(self, endpoint: Endpoint) -> None:
        """Queue the server's end of a new connection."""
        self._queue.append(endpoint)
        self.readable.changed()

    def accept(self) -> Endpoint:
        """The connection that has waited longest."""
        if not self._queue:
            raise BlockingIOError(errno.EAGAIN, "nobody has connected")
        endpoint = self._queue.popleft()
        self._changed.unpark_all()
        return endpoint

    def readable_at(self) -> float:
        """When :meth:`accept` would not block, by what is known."""
        return -inf if self._queue else inf

    def close(self) -> None:
        """Stop listening; who has not been accepted is reset."""
        self.closed = True
        for endpoint in self._queue:
            endpoint.close(abort=True)
        self._queue.clear()
        self.readable.close()
        self._changed.unpark_all()
