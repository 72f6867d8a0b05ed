"""The lock of a thread: one run at a time, in the order in which they began to wait."""

from collections.abc import Callable

import pytest

from hocket.scenarios.properties import Property
from hocket.scenarios.properties.locks import Lock1, Lock3

Holds = Callable[[Property, str], None]
Breaks = Callable[[Property, str, tuple[int, ...]], None]


def lock(*deeds: str) -> str:
    """Deeds on the lock of thread A, each written ``wait r1``."""
    return "\n".join("lock.{} thread=A run={}".format(*deed.split()) for deed in deeds) + "\n"


def test_one_run_after_the_other_holds_the_lock(holds: Holds) -> None:
    """LOCK-1 holds for a hand-over, and for another thread's lock at the same time."""
    other = "lock.acquire thread=B run=r3\nrun.status run=r3 thread=B new=running\n"
    running = "run.status run=r2 thread=A new=running\n"
    holds(Lock1(), lock("acquire r1", "release r1", "acquire r2") + running + other)


def test_two_holders_of_one_thread_are_seen(breaks: Breaks) -> None:
    """LOCK-1 breaks on a second holder, whoever released in between without holding."""
    breaks(Lock1(), lock("acquire r1", "release r2", "acquire r2"), (0, 2))


@pytest.mark.parametrize("status", ["running", "resuming"])
def test_a_run_that_goes_on_without_the_lock_is_seen(breaks: Breaks, status: str) -> None:
    """LOCK-1 breaks when a run starts or resumes while nobody or another run holds the lock."""
    change = f"run.status run=r1 thread=A new={status}"
    breaks(Lock1(), change, (0,))
    breaks(Lock1(), lock("acquire r2") + change, (1,))


def test_runs_get_the_lock_in_the_order_of_their_waits(holds: Holds) -> None:
    """LOCK-3 holds for first come, first served; an uncontended run need not say that it waits."""
    holds(Lock3(), lock("acquire r0", "wait r1", "wait r2", "acquire r1", "acquire r2"))
    holds(Lock3(), lock("wait r1", "wait r2", "acquire r0", "acquire r1", "acquire r2"))


def test_a_run_that_gave_up_was_not_overtaken(holds: Holds) -> None:
    """LOCK-3 says nothing of a wait that never ended, nor of that run's later waits."""
    holds(Lock3(), lock("wait r1", "wait r2", "acquire r2", "wait r1", "wait r3", "acquire r1"))


def test_a_run_that_waits_twice_is_given_the_benefit_of_the_doubt(holds: Holds) -> None:
    """LOCK-3 lets two tasks of one run wait around another run."""
    story = lock("wait r1", "wait r2", "wait r1", "acquire r1", "acquire r2", "acquire r1")
    holds(Lock3(), story)


def test_an_overtaken_run_is_seen_when_it_gets_the_lock(breaks: Breaks) -> None:
    """LOCK-3 breaks for the run that waited longer and came later."""
    breaks(Lock3(), lock("wait r1", "wait r2", "acquire r2", "acquire r1"), (0, 2, 3))
