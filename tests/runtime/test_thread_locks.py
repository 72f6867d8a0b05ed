"""The locks of threads: one holder, first come first served, no entry without a user."""

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from hocket.runtime.protocol.events import Event, ignore
from hocket.runtime.thread_locks import ThreadLocks, Ticket


async def test_whoever_is_alone_does_not_wait() -> None:
    """A free lock is ours in the step in which we join."""
    locks = ThreadLocks(ignore)
    ticket = locks.join("A", "r1")
    assert ticket.ahead == 0
    assert ticket.granted.is_set()
    ticket.release()
    assert len(locks) == 0


async def test_leaving_the_queue_lets_others_by() -> None:
    """One that gives up waiting neither gets the lock nor stops those behind it."""
    locks = ThreadLocks(ignore)
    first, second, third = (locks.join("A", f"r{n}") for n in range(3))
    with trio.move_on_after(0):
        await second.acquire()
    second.release()
    first.release()
    with trio.fail_after(1):
        await third.acquire()
    assert not second.granted.is_set()


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4))))
def test_there_is_one_holder_and_it_came_first(moves: list[tuple[int, int]]) -> None:
    """Whatever joins and leaves: who holds a thread's lock is who waited longest for it."""
    told = list[Event]()
    locks, queues = ThreadLocks(told.append), dict[str, list[Ticket]]()
    for number, (name, place) in enumerate(moves):
        thread = f"t{name}"
        queue = queues.setdefault(thread, [])
        if place < len(queue):
            queue.pop(place).release()
        else:
            queue.append(locks.join(thread, f"r{number}"))
        assert [t.granted.is_set() for t in queue] == [n == 0 for n in range(len(queue))]
        assert len(locks) == len([q for q in queues.values() if q])
    held = set[str]()
    for event in told:
        if event.kind == "lock.acquire":
            assert event["thread"] not in held
            held.add(event["thread"])
        elif event.kind == "lock.release":
            held.remove(event["thread"])


def test_a_ticket_is_released_once() -> None:
    """Releasing twice is a defect, and is not hidden."""
    locks = ThreadLocks(ignore)
    ticket = locks.join("A", "r1")
    ticket.release()
    with pytest.raises(KeyError):
        ticket.release()
