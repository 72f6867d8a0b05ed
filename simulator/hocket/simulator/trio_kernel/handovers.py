"""Locks and memory channels of Trio that say what tasks hand each other, while somebody looks on.

Their methods are replaced by ones that do the same and tell an onlooker.  Trio's own ``send`` and
``receive`` try first without waiting, and where that succeeds or fails says what becomes of the
value: so whether a method was called by the program or by Trio decides what is told.
"""

# pyright: reportPrivateUsage=false

import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any

import trio
from attrs import define, field

from hocket.simulator import places
from hocket.simulator.engine.sightings import Sight
from hocket.simulator.substitutes import substituted
from hocket.simulator.trio_kernel.onlooker import Onlooker
from hocket.simulator.waits import called

__all__ = ["telling_handovers"]


@contextmanager
def telling_handovers(onlooker: Onlooker) -> Generator[None]:
    """Inside, ``onlooker`` hears of each lock taken or given back, and of each value sent."""
    locks, channels = _Locks(onlooker), _Channels(onlooker)
    receiving = {"receive_nowait": channels.receiving_now, "receive": channels.receiving}
    replaced: list[tuple[type, dict[str, Callable[[Any], object]]]] = [
        (trio.Lock, {"acquire_nowait": locks.taking, "release": locks.giving}),
        (trio.StrictFIFOLock, {"acquire_nowait": locks.taking, "release": locks.giving}),
        (trio.MemorySendChannel, {"send_nowait": channels.sending}),
        (trio.MemoryReceiveChannel, {**receiving}),
    ]
    with ExitStack() as stack:
        for owner, methods in replaced:
            stack.enter_context(substituted(owner, methods))
        yield


@define
class _Locks:
    """A lock that is given back belongs to the first who waits, if there is one."""

    onlooker: Onlooker

    def taking(self, acquire: Callable[[Any], None]) -> Callable[[Any], None]:
        @wraps(acquire)
        def acquire_nowait(lock: trio.Lock) -> None:
            acquire(lock)
            self.onlooker.tell(Sight.TAKES, lock, _name(lock))

        return acquire_nowait

    def giving(self, give: Callable[[Any], None]) -> Callable[[Any], None]:
        @wraps(give)
        def release(lock: trio.Lock) -> None:
            give(lock)
            name = _name(lock)
            self.onlooker.tell(Sight.GIVES, lock, name)
            owner = lock.statistics().owner
            if owner is not None:
                self.onlooker.tell_of(owner, Sight.TAKES, lock, name)

        return release


@define
class _Channels:
    """Values under way in memory channels, each with a number, by the state that the ends share.

    A value is under way from the moment at which its sender hands it over or waits to; one whose
    sender gives up stays there and is never received.
    """

    onlooker: Onlooker
    _under_way: dict[int, "_UnderWay"] = field(factory=dict[int, "_UnderWay"], init=False)

    def sending(self, send: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
        @wraps(send)
        def send_nowait(channel: Any, value: Any) -> None:
            waits = not places.is_program(sys._getframe(1).f_code)
            try:
                send(channel, value)
            except trio.WouldBlock:
                if waits:
                    self._tell_sent(channel, value)
                raise
            self._tell_sent(channel, value)

        return send_nowait

    def receiving_now(self, receive: Callable[[Any], Any]) -> Callable[[Any], Any]:
        @wraps(receive)
        def receive_nowait(channel: Any) -> Any:
            value = receive(channel)
            if places.is_program(sys._getframe(1).f_code):
                self._tell_received(channel, value)
            return value

        return receive_nowait

    def receiving(self, wait: Callable[[Any], Awaitable[Any]]) -> Callable[[Any], Awaitable[Any]]:
        @wraps(wait)
        async def receive(channel: Any) -> Any:
            value = await wait(channel)
            self._tell_received(channel, value)
            return value

        return receive

    def _of(self, channel: Any) -> "_UnderWay":
        state = channel._state
        return self._under_way.setdefault(id(state), _UnderWay(state))

    def _tell_sent(self, channel: Any, value: Any) -> None:
        way = self._of(channel)
        way.sent += 1
        way.values.append((value, way.sent))
        self.onlooker.tell(Sight.SENDS, way.state, _worded(value), number=way.sent)

    def _tell_received(self, channel: Any, value: Any) -> None:
        way = self._of(channel)
        for place, (other, number) in enumerate(way.values):
            if other is value:
                del way.values[place]
                self.onlooker.tell(Sight.RECEIVES, way.state, _worded(value), number=number)
                return


@define(eq=False)
class _UnderWay:
    """What is under way in one channel, and how much was sent; ``state`` is kept alive with it."""

    state: object
    sent: int = field(default=0, init=False)
    values: list[tuple[object, int]] = field(factory=list[tuple[object, int]], init=False)


def _name(lock: object) -> str:
    return f"a lock {called(lock, places.caller_frame())}".rstrip()


def _worded(value: object) -> str:
    """A plain value as it is written; of others the type, since they may print as they like."""
    plain = value is None or isinstance(value, str | bytes | int | float)
    return repr(value) if plain else f"a {type(value).__qualname__}"
