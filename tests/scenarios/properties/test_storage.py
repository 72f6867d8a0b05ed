"""The family of storage, each property with a trace that breaks it."""

from collections.abc import Callable

from hocket.scenarios.properties import Property
from hocket.scenarios.properties.storage import Store1, Store2, Store3, Store4, Store5, Store6

Holds = Callable[[Property, str], None]
Breaks = Callable[[Property, str, tuple[int, ...]], None]


def test_a_run_is_stored_before_it_begins(holds: Holds, breaks: Breaks) -> None:
    """STORE-1: a run that is told of, or works, before it was accepted is a finding."""
    holds(
        Store1(),
        """
        run.status run=r1 new=accepted
        frame.out conn=c1 run=r1 type=run_started
        llm.request run=r1 messages=user:hello
        """,
    )
    breaks(
        Store1(),
        """
        frame.out conn=c1 run=r1 type=run_started
        run.status run=r1 new=accepted
        """,
        (0,),
    )
    breaks(Store1(), "llm.request run=r1 messages=user:hello", (0,))


def test_no_transaction_is_open_across_a_wait(holds: Holds, breaks: Breaks) -> None:
    """STORE-2: asking a model inside of a transaction, or waiting for ever, is a finding."""
    holds(
        Store2(),
        """
        tx.begin session=s1 owner=r1
        tx.end session=s1 owner=r1
        llm.request run=r1 messages=user:hello
        row.wait unit=accept store=shared seconds=0.5
        """,
    )
    breaks(
        Store2(),
        """
        tx.begin session=s1 owner=r1
        llm.request run=r2 messages=user:hello
        llm.request run=r1 messages=user:hello
        """,
        (0, 2),
    )
    breaks(Store2(), "row.wait unit=accept store=shared seconds=60", (0,))


def test_a_session_has_one_owner_and_an_end(holds: Holds, breaks: Breaks) -> None:
    """STORE-3: a session used by another task, or after its end, is a finding."""
    holds(Store3(), "tx.begin session=s1 owner=r1\nsess.use session=s1 owner=r1")
    breaks(Store3(), "tx.begin session=s1 owner=r1\nsess.use session=s1 owner=tool", (1,))
    breaks(
        Store3(),
        """
        tx.begin session=s1 owner=r1
        tx.end session=s1 owner=r1
        sess.use session=s1 owner=r1
        """,
        (1, 2),
    )


def test_memory_shows_what_is_stored(holds: Holds, breaks: Breaks) -> None:
    """STORE-4: a stale history at the end is a finding."""
    holds(Store4(), "hist.load run=r1 thread=A\nquiesce stale=")
    breaks(Store4(), "hist.load run=r1 thread=A\nquiesce stale=A", (1,))


def test_no_constraint_breaks_after_an_effect(holds: Holds, breaks: Breaks) -> None:
    """STORE-5: only an effect of a run that is still under way makes a broken constraint count."""
    holds(
        Store5(),
        """
        tool.effect run=r1 call=k1
        tx.rollback unit=save constraint=False
        run.status run=r1 new=completed
        tx.rollback unit=save constraint=True
        """,
    )
    breaks(Store5(), "tool.effect run=r1 call=k1\ntx.rollback unit=save constraint=True", (0, 1))


def test_threads_are_consistent(holds: Holds, breaks: Breaks) -> None:
    """STORE-6: two main threads, an archived main one, a live run on a closed one are findings."""
    holds(
        Store6(),
        """
        thread.status thread=A user=ann new=open main=True
        run.status run=r1 thread=A user=ann new=accepted
        run.status run=r1 thread=A user=ann new=completed
        thread.status thread=A user=ann old=open new=closed main=True
        thread.status thread=A user=ann old=closed new=archived main=False
        thread.status thread=B user=ann new=open main=True
        """,
    )
    breaks(
        Store6(),
        """
        thread.status thread=A user=ann new=open main=True
        thread.status thread=B user=ann new=open main=True
        """,
        (0, 1),
    )
    breaks(Store6(), "thread.status thread=A user=ann old=closed new=archived main=True", (0,))
    breaks(
        Store6(),
        """
        run.status run=r1 thread=A user=ann new=accepted
        thread.status thread=A user=ann old=open new=closed main=False
        """,
        (0, 1),
    )
    breaks(
        Store6(),
        """
        thread.status thread=A user=ann old=open new=closed main=False
        run.status run=r1 thread=A user=ann new=accepted
        """,
        (0, 1),
    )
