"""The histories of recently used threads: what their turns are shown of the turns before.

Keyed by thread, never by user: turns of one user on different threads run at the same time.  The
values are tuples, so a turn holds its history whatever becomes of the cache.  A history is loaded
under the thread's lock and grows only by what was committed, so it always equals what the store
would give.
"""

from collections import OrderedDict
from collections.abc import Hashable

from attrs import define, field

from hocket.runtime.conversation import Message

__all__ = ["HistoryCache"]


@define(eq=False)
class HistoryCache:
    """The histories of at most ``capacity`` threads, the most recently used ones."""

    capacity: int
    _histories: OrderedDict[Hashable, tuple[Message, ...]] = field(
        factory=OrderedDict[Hashable, tuple[Message, ...]], init=False
    )

    def key(self, _user: str, thread: str) -> Hashable:
        """What a history is kept under."""
        return thread

    def get(self, user: str, thread: str) -> tuple[Message, ...] | None:
        """The history of a thread, if it is here."""
        key = self.key(user, thread)
        if key in self._histories:
            self._histories.move_to_end(key)
        return self._histories.get(key)

    def put(self, user: str, thread: str, messages: tuple[Message, ...]) -> None:
        """Keep the history of a thread as it is in the store now."""
        key = self.key(user, thread)
        self._histories[key] = messages
        self._histories.move_to_end(key)
        while len(self._histories) > self.capacity:
            self.evict(next(iter(self._histories)))

    def forget(self, user: str, thread: str) -> None:
        """Forget the history of a thread, if it is here."""
        self._histories.pop(self.key(user, thread), None)

    def known(self) -> tuple[tuple[str, tuple[Message, ...]], ...]:
        """The threads whose histories are here, with them."""
        return tuple((str(key), past) for key, past in self._histories.items())

    def evict(self, key: Hashable) -> None:
        """Forget a history."""
        del self._histories[key]
