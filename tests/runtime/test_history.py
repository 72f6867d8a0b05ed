"""The cache of histories: by thread, bounded, and out of everybody's reach."""

from hocket.runtime.conversation import Message, Role
from hocket.runtime.history import HistoryCache

ONE = (Message(Role.USER, "one"),)
TWO = (Message(Role.USER, "two"),)


def test_threads_of_a_user_have_their_own_histories() -> None:
    """What is kept for one thread is not found for another."""
    cache = HistoryCache(9)
    cache.put("ann", "A", ONE)
    assert cache.get("ann", "A") == ONE
    assert cache.get("ann", "B") is None


def test_an_empty_history_is_a_history() -> None:
    """A thread in which nothing was said yet need not be loaded again."""
    cache = HistoryCache(9)
    cache.put("ann", "A", ())
    assert cache.get("ann", "A") == ()


def test_the_least_recently_used_history_is_forgotten() -> None:
    """Looking a history up keeps it."""
    cache = HistoryCache(2)
    cache.put("ann", "A", ONE)
    cache.put("ann", "B", TWO)
    cache.get("ann", "A")
    cache.put("ann", "C", ())
    assert cache.get("ann", "A") == ONE
    assert cache.get("ann", "B") is None
