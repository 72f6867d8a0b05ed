"""The family of background jobs, each property with a trace that breaks it."""

from collections.abc import Callable

from hocket.scenarios.properties import Property
from hocket.scenarios.properties.jobs import Iso6, Job1, Job2, Job3, Job4, Job5, Job6

Holds = Callable[[Property, str], None]
Breaks = Callable[[Property, str, tuple[int, ...]], None]


def test_a_job_keeps_to_the_stores_of_its_user(holds: Holds, breaks: Breaks) -> None:
    """ISO-6: a job of one user that writes to the store of another is a finding."""
    holds(
        Iso6(),
        """
        job.sched job=j1 user=ann work=promotion
        tx.commit unit=a store=shared job=j1
        tx.commit unit=b store=ann job=j1
        tx.commit unit=c store=ben
        """,
    )
    breaks(
        Iso6(),
        """
        job.sched job=j1 user=ann work=promotion
        tx.commit unit=b store=ben job=j1
        """,
        (1,),
    )


def test_a_job_ends_once(holds: Holds, breaks: Breaks) -> None:
    """JOB-1: a job without an end, or with none when its process stops, with two, or with two
    starts, is a finding.
    """
    holds(Job1(), "job.start job=j1 user=ann work=close\njob.end job=j1 status=completed")
    breaks(Job1(), "job.start job=j1 user=ann work=close", (0,))
    breaks(Job1(), "job.start job=j1\nproc.stop\njob.end job=j1 status=failed", (0,))
    breaks(Job1(), "job.start job=j1\njob.start job=j1", (0, 1))
    breaks(Job1(), "job.start job=j1\njob.end job=j1\njob.end job=j1", (1, 2))


def test_promotions_of_a_user_exclude_each_other(holds: Holds, breaks: Breaks) -> None:
    """JOB-2: two promotions at once, or one that works after its end, are findings."""
    holds(
        Job2(),
        """
        job.start job=j1 user=ann work=promotion
        job.start job=j2 user=ben work=promotion
        memory.apply user=ann op=1 job=j1
        job.end job=j1 user=ann work=promotion status=completed
        job.start job=j3 user=ann work=promotion
        """,
    )
    breaks(
        Job2(),
        """
        job.start job=j1 user=ann work=promotion
        job.start job=j3 user=ann work=promotion
        """,
        (0, 1),
    )
    breaks(
        Job2(),
        """
        job.start job=j1 user=ann work=promotion
        job.end job=j1 user=ann work=promotion status=cancelled
        memory.apply user=ann op=1 job=j1
        """,
        (2,),
    )


def test_what_is_queued_is_applied(holds: Holds, breaks: Breaks) -> None:
    """JOB-3: an operation that a promotion skips, or nobody applies, and a turn that nobody learns
    from, are findings.
    """
    holds(
        Job3(),
        """
        job.sched job=e1 user=ann work=extraction run=r1
        memory.queue user=ann op=1 run=r1
        job.end job=e1 user=ann work=extraction status=completed
        job.start job=p1 user=ann work=promotion
        memory.queue user=ann op=2 run=r1
        memory.apply user=ann op=1 job=p1
        job.end job=p1 user=ann work=promotion status=completed
        memory.apply user=ann op=2 job=p2
        """,
    )
    breaks(
        Job3(),
        """
        memory.queue user=ann op=1 run=r1
        job.start job=p1 user=ann work=promotion
        job.end job=p1 user=ann work=promotion status=completed
        """,
        (0, 2),
    )
    breaks(Job3(), "memory.queue user=ann op=1 run=r1", (0,))
    breaks(
        Job3(),
        """
        job.sched job=e1 user=ann work=extraction run=r1
        job.end job=e1 user=ann work=extraction status=cancelled
        """,
        (0,),
    )


def test_work_is_done_once(holds: Holds, breaks: Breaks) -> None:
    """JOB-4: a run in two episodes or in one of another thread, an operation applied twice, and a
    closed thread finished twice, are findings.
    """
    holds(
        Job4(),
        """
        run.status run=r1 thread=A user=ann new=accepted
        episode.add user=ann thread=A runs=r1
        episode.add user=ann thread=A runs=r2
        memory.apply user=ann op=1 job=p1
        thread.status thread=A user=ann old=open new=closed
        job.sched job=c1 user=ann work=close thread=A
        job.end job=c1 user=ann work=close status=failed
        job.sched job=c2 user=ann work=close thread=A
        """,
    )
    breaks(Job4(), "episode.add thread=A runs=r1\nepisode.add thread=A runs=r2,r1", (0, 1))
    breaks(
        Job4(),
        """
        run.status run=r1 thread=B user=ann new=accepted
        episode.add user=ann thread=A runs=r1
        """,
        (1,),
    )
    breaks(Job4(), "memory.apply user=ann op=1\nmemory.apply user=ann op=1", (0, 1))
    breaks(
        Job4(),
        """
        thread.status thread=A user=ann old=open new=closed
        job.sched job=c1 user=ann work=close thread=A
        job.sched job=c2 user=ann work=close thread=A
        """,
        (2,),
    )


def test_nothing_outlives_the_process(holds: Holds, breaks: Breaks) -> None:
    """JOB-5: a job that goes on after the stop is a finding, unless the process begins again."""
    holds(
        Job5(),
        """
        proc.start
        proc.stop
        tx.commit unit=a store=shared
        proc.start
        tx.commit unit=a store=shared job=j1
        """,
    )
    breaks(Job5(), "proc.start\nproc.stop\ntx.commit unit=a store=shared job=j1", (1, 2))


def test_a_block_loses_nothing(holds: Holds, breaks: Breaks) -> None:
    """JOB-6: a text that a later writer leaves out is a finding."""
    holds(
        Job6(),
        """
        block.write user=ann block=memory added=tea text=tea
        block.write user=ann block=memory added=milk text=tea,milk
        """,
    )
    breaks(
        Job6(),
        """
        block.write user=ann block=memory added=tea text=tea
        block.write user=ann block=memory added=milk text=milk
        """,
        (0, 1),
    )
