"""What ends leave behind, each property with a trace that breaks it."""

from collections.abc import Callable

from hocket.scenarios.properties import Property
from hocket.scenarios.properties.outcomes import Term5, Term6, Term8

Holds = Callable[[Property, str], None]
Breaks = Callable[[Property, str, tuple[int, ...]], None]


def test_only_completed_runs_teach(holds: Holds, breaks: Breaks) -> None:
    """TERM-5: learning from a cancelled run, or not from a completed one, is a finding."""
    good = """
        run.status run=r1 new=completed
        job.sched job=j1 user=ann work=extraction run=r1
        """
    holds(Term5(), good)
    holds(Term5(learns=True), good)
    breaks(
        Term5(),
        """
        run.status run=r1 new=cancelled
        job.sched job=j1 user=ann work=extraction run=r1
        """,
        (0, 1),
    )
    breaks(Term5(learns=True), "run.status run=r1 new=completed", (0,))


def test_an_end_is_whole(holds: Holds, breaks: Breaks) -> None:
    """TERM-6: a message in context after a cancellation, or out of it after a completion."""
    holds(
        Term6(),
        """
        msg.append run=r1 role=user in_context=True
        run.status run=r1 new=cancelled
        msg.append run=r1 role=tool in_context=False
        msg.withdraw run=r1
        tx.commit unit=end
        """,
    )
    breaks(
        Term6(),
        """
        msg.append run=r1 role=user in_context=True
        run.status run=r1 new=cancelled
        tx.commit unit=end
        """,
        (0, 1),
    )
    breaks(
        Term6(),
        """
        msg.append run=r1 role=tool in_context=False
        run.status run=r1 new=completed
        """,
        (0, 1),
    )


def test_the_process_knows_what_is_live(holds: Holds, breaks: Breaks) -> None:
    """TERM-8: a stored live run that the process does not know, or the reverse, is a finding."""
    holds(Term8(), "run.status run=r1 new=awaiting_approval\nquiesce runs=r1 records=r1")
    breaks(Term8(), "run.status run=r1 new=running\nquiesce runs=r1 records=", (1,))
    breaks(Term8(), "run.status run=r1 new=failed\nquiesce runs= records=r1", (1,))
