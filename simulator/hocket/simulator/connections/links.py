"""Message-level connections: two endpoints, a link for each direction, and a bounded queue in each.

A link keeps its messages in order and holds at most ``capacity`` of them: whoever sends into a full
one waits, so that deadlocks by back-pressure can happen here as they do over real sockets.  A
connection ends in one of two ways.  Closing is orderly: what was sent still arrives, then the end.
Cutting is what a lost network does: of the messages under way the schedule decides how many are
lost, and nothing is said to either side before it looks.
"""

from collections import deque
from collections.abc import Iterator
from itertools import count, islice

import trio
from attrs import define, field

from hocket.simulator.connections.fates import DELIVER, DROP, DUPLICATE, Hold, Rule
from hocket.simulator.engine.choices import ChoiceKind
from hocket.simulator.engine.sightings import Sight
from hocket.simulator.simulation import choose, tell

__all__ = ["Endpoint", "Link", "connect"]

CAPACITY = 16


@define(eq=False)
class Link:
    """One direction of a connection.

    ``name`` says from where to where; ``rules`` are asked in order for the fate of each message.
    """

    name: str
    capacity: int = CAPACITY
    rules: list[Rule] = field(factory=list[Rule])
    _queue: deque[tuple[float, int, str]] = field(factory=deque[tuple[float, int, str]], init=False)
    _numbers: Iterator[int] = field(factory=count, init=False)
    _changed: trio.lowlevel.ParkingLot = field(factory=trio.lowlevel.ParkingLot, init=False)
    _closed: bool = field(default=False, init=False)

    @property
    def closed(self) -> bool:
        """Whether nothing more can be sent."""
        return self._closed

    async def send(self, message: str) -> None:
        """Hand over a message; waits while the link is full.

        Raises :class:`trio.BrokenResourceError` when the link was closed or cut.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        while len(self._queue) >= self.capacity and not self._closed:
            await self._changed.park()
        if self._closed:
            await trio.lowlevel.cancel_shielded_checkpoint()
            raise trio.BrokenResourceError(f"{self.name} is closed")
        self._accept(message)
        await trio.lowlevel.cancel_shielded_checkpoint()

    async def receive(self) -> str:
        """The next message that has arrived.

        Raises :class:`trio.EndOfChannel` when the link is closed and empty.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        while True:
            if self._queue:
                due, number, message = self._queue[0]
                if due <= trio.current_time():
                    self._queue.popleft()
                    self._changed.unpark_all()
                    await trio.lowlevel.cancel_shielded_checkpoint()
                    tell(Sight.RECEIVES, self, message, number=number)
                    return message
                with trio.move_on_at(due):
                    await self._changed.park()
            elif self._closed:
                await trio.lowlevel.cancel_shielded_checkpoint()
                raise trio.EndOfChannel(f"{self.name} is closed")
            else:
                await self._changed.park()

    def close(self) -> None:
        """Nothing more is sent; what is under way still arrives."""
        self._closed = True
        self._changed.unpark_all()

    def cut(self) -> None:
        """Close, and lose as many of the last messages under way as the schedule decides."""
        self.close()
        options = [f"lose {n} of {len(self._queue)}" for n in range(len(self._queue) + 1)]
        for _ in range(choose(ChoiceKind.FAULT, f"cut of {self.name}", options)):
            self._queue.pop()

    def abandon(self) -> None:
        """The receiver is gone: close, and forget what was under way to it."""
        self.close()
        self._queue.clear()

    def _accept(self, message: str) -> None:
        fate = next((f for rule in self.rules if (f := rule(self.name, message))), DELIVER)
        if fate is DROP:
            tell(Sight.SENDS, self, message, number=next(self._numbers))
            return
        delay = fate.seconds if isinstance(fate, Hold) else 0.0
        copies = 2 if fate is DUPLICATE else 1
        for number in islice(self._numbers, copies):
            tell(Sight.SENDS, self, message, number=number)
            self._queue.append((trio.current_time() + delay, number, message))
        self._changed.unpark_all()


@define(eq=False)
class Endpoint(trio.abc.Channel[str]):
    """One end of a connection: a Trio channel of text messages."""

    outgoing: Link
    incoming: Link

    async def send(self, value: str) -> None:
        """Send one message; see :meth:`Link.send`."""
        await self.outgoing.send(value)

    async def receive(self) -> str:
        """Receive one message; see :meth:`Link.receive`."""
        return await self.incoming.receive()

    async def aclose(self) -> None:
        """Close in good order: the peer reads what was sent, then the end."""
        self.outgoing.close()
        self.incoming.abandon()
        await trio.lowlevel.checkpoint()

    def cut(self) -> None:
        """Lose the network: the peer finds out when it looks, and this end hears nothing more."""
        self.outgoing.cut()
        self.incoming.abandon()


def connect(name: str, peer: str, *, capacity: int = CAPACITY) -> tuple[Endpoint, Endpoint]:
    """A connection between ``name`` and ``peer``: the two endpoints, each side's own first."""
    there = Link(f"{name} to {peer}", capacity)
    back = Link(f"{peer} to {name}", capacity)
    return Endpoint(there, back), Endpoint(back, there)
