"""Pending approvals, each property with a trace that breaks it."""

from collections.abc import Callable

from hocket.scenarios.properties import Property
from hocket.scenarios.properties.pending_approvals import Appr4, Appr5, Appr7, Live2

Holds = Callable[[Property, str], None]
Breaks = Callable[[Property, str, tuple[int, ...]], None]

PAUSE = """
    run.status run=r1 thread=A user=ann conn=c1 new=awaiting_approval
    msg.append run=r1 role=assistant call=k1
    appr.new approval=a1 run=r1 call=k1
    tx.commit unit=pause
"""


def test_a_run_waits_for_one_approval(holds: Holds, breaks: Breaks) -> None:
    """APPR-4: waiting without a pending approval, the reverse, or for a call that is nowhere."""
    decided = "appr.decide approval=a1 run=r1\nrun.status run=r1 new=resuming\ntx.commit unit=d"
    holds(Appr4(), PAUSE + decided)
    breaks(Appr4(), PAUSE + "run.status run=r1 new=cancelled\ntx.commit unit=end", (4,))
    breaks(Appr4(), PAUSE + "appr.end approval=a1 run=r1 reason=expired\ntx.commit unit=e", (4,))
    breaks(
        Appr4(),
        """
        run.status run=r1 new=awaiting_approval
        appr.new approval=a1 run=r1 call=k1
        tx.commit unit=pause
        """,
        (1,),
    )


def test_approvals_of_a_thread_are_alone(holds: Holds, breaks: Breaks) -> None:
    """APPR-5: two pending approvals of one thread are a finding, unless the policy allows it."""
    two = """
        run.status run=r1 thread=A user=ann new=running
        run.status run=r2 thread=A user=ann new=running
        appr.new approval=a1 run=r1 call=k1
        appr.new approval=a2 run=r2 call=k2
        """
    breaks(Appr5(), two, (2, 3))
    holds(Appr5(alone=False), two)
    ended = "appr.end approval=a1 run=r1\n appr.new approval=a2"
    holds(Appr5(), two.replace("appr.new approval=a2", ended))


def test_a_decision_in_time_counts(holds: Holds, breaks: Breaks) -> None:
    """LIVE-2: an approval that nobody can end, or that expires though it was decided."""
    asked = "conn.auth conn=c2 user=ann\n" + PAUSE
    said = "@5 frame.in conn=c2 type=approval_response ref=a1\n"
    expired = "@9 appr.end approval=a1 run=r1 reason=expired"
    holds(Live2(), asked + said + "@5 appr.decide approval=a1 run=r1")
    holds(Live2(), asked + said + "lock.wait thread=A run=r1\n" + expired)
    holds(Live2(), asked + said.replace("c2", "c9") + expired)
    breaks(Live2(), asked, (3,))
    breaks(Live2(), asked + said + expired, (5, 6))


def test_who_comes_later_is_asked_too(
    holds: Holds, breaks: Breaks, vacuous: Callable[[Property, str], None]
) -> None:
    """APPR-7: the end of an approval is no news to a connection that came while it was pending."""
    came = PAUSE + "@3 conn.auth conn=c2 user=ann\n"
    asked = "@3 frame.out conn=c2 run=r1 type=turn_paused\n"
    closed = "@4 frame.out conn=c2 run=r1 type=approval_closed"
    holds(Appr7(), came + asked + closed)
    breaks(Appr7(), came + closed, (4, 5))
    vacuous(Appr7(), came.replace("ann", "ben").replace("user=ben conn=c1", "user=ann") + closed)
    vacuous(Appr7(), came.replace("@3", "@0") + closed)
    vacuous(Appr7(), PAUSE + "appr.end approval=a1 run=r1\n@3 conn.auth conn=c2 user=ann")
