"""Planted defects of the history cache: whose past a turn is shown."""

from collections import UserList
from collections.abc import Hashable
from typing import cast

from attrs import define, field

from hocket.runtime.conversation import Message
from hocket.runtime.history import HistoryCache
from hocket.runtime.models.contract import ModelReply
from hocket.runtime.prompting import Prompting
from hocket.runtime.segments import Segment

__all__ = ["HistoryOfUser", "HistoryTrimmed", "OneLiveWindow", "RefreshOfCurrent"]


class HistoryOfUser(HistoryCache):
    """Histories are kept by user instead of by thread."""

    def key(self, user: str, thread: str) -> Hashable:
        return user


@define(eq=False)
class OneLiveWindow(HistoryCache):
    """All threads share one live list of messages, which is refilled in place for each of them."""

    _window: UserList[Message] = field(factory=UserList[Message], init=False)
    _key: Hashable = field(default=None, init=False)

    def get(self, user: str, thread: str) -> tuple[Message, ...] | None:
        if self._key != self.key(user, thread):
            return None
        return cast("tuple[Message, ...]", self._window)

    def put(self, user: str, thread: str, messages: tuple[Message, ...]) -> None:
        self._key = self.key(user, thread)
        self._window[:] = list(messages)


@define(eq=False)
class RefreshOfCurrent(HistoryCache):
    """A history is stored under the thread that its user looked at last."""

    _current: dict[str, str] = field(factory=dict[str, str], init=False)

    def get(self, user: str, thread: str) -> tuple[Message, ...] | None:
        self._current[user] = thread
        return super().get(user, thread)

    def put(self, user: str, thread: str, messages: tuple[Message, ...]) -> None:
        super().put(user, self._current.get(user, thread), messages)


class HistoryTrimmed(Prompting):
    """A turn is shown the last message of its thread instead of all that it loaded."""

    async def ask(self, segment: Segment) -> ModelReply:
        segment.history = segment.history[-1:]
        return await super().ask(segment)
