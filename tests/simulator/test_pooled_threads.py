"""A thread that runs only while it holds the baton, and what becomes of one that keeps it."""

import threading
import time

import pytest

from hocket.simulator import pooled_threads
from hocket.simulator.pooled_threads import PooledThread


def test_the_baton_goes_to_and_fro() -> None:
    """The job runs in pieces, each while the other side waits; then the thread takes another."""
    notes: list[str] = []

    def job() -> bool:
        notes.append("first")
        thread.hand_back()
        notes.append("second")
        return True

    thread = PooledThread()
    assert thread.begin(job)
    assert notes == ["first"]
    assert thread.resume()
    assert notes == ["first", "second"]
    assert thread.usable
    assert thread.begin(lambda: False)
    assert not thread.usable


def test_a_thread_that_is_given_up_as_it_gives_the_baton_back_ends_in_peace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The baton then comes back twice, to nobody."""
    monkeypatch.setattr(pooled_threads, "WORKER_SECONDS_MAX", 0.01)
    died: list[object] = []
    monkeypatch.setattr(threading, "excepthook", died.append)
    over = threading.Event()

    def job() -> bool:
        time.sleep(0.3)
        thread.hand_back()
        over.set()
        return False

    thread = PooledThread()
    assert not thread.begin(job)
    thread.give_up()
    assert over.wait(10)
    thread.join(10)
    assert not died
