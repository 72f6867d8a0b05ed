"""How a task waits on a socket, in the shape that Trio gives every operation of one."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import trio
from attrs import define, field

__all__ = ["Readiness"]

T = TypeVar("T")


@define(eq=False)
class Readiness:
    """What one task at a time waits for: that a socket can be read, or that it can be written."""

    verb: str
    _parked: trio.lowlevel.ParkingLot = field(factory=trio.lowlevel.ParkingLot, init=False)
    _waiting: bool = field(default=False, init=False)
    _closed: bool = field(default=False, init=False)

    async def wait(self, due: Callable[[], float]) -> None:
        """Wait until the time that ``due`` tells, which is asked anew whenever something changed.

        Raises :class:`trio.BusyResourceError` if another task waits already, and
        :class:`trio.ClosedResourceError` if the socket is closed meanwhile.
        """
        if self._waiting:
            raise trio.BusyResourceError(f"another task is already {self.verb} this fd")
        self._waiting = True
        try:
            while (time := due()) > trio.current_time():
                with trio.move_on_at(time):
                    await self._parked.park()
                if self._closed:
                    raise trio.ClosedResourceError("another task closed this fd")
        finally:
            self._waiting = False

    def changed(self) -> None:
        """Let the task that waits look again."""
        self._parked.unpark_all()

    def close(self) -> None:
        """Nobody will read or write here any more."""
        self._closed = True
        self.changed()

    async def attempt(self, operation: Callable[[], T], due: Callable[[], float]) -> T:
        """Do ``operation``, waiting as often as it raises :class:`BlockingIOError`.

        Always a checkpoint, and what was done is never lost to a cancellation.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        try:
            result = operation()
        except BlockingIOError:
            pass
        except BaseException:
            await trio.lowlevel.cancel_shielded_checkpoint()
            raise
        else:
            await trio.lowlevel.cancel_shielded_checkpoint()
            return result
        while True:
            await self.wait(due)
            with suppress(BlockingIOError):
                return operation()
