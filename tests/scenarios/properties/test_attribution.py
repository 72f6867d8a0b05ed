"""Only its user acts on a run; calls and answers keep to their connection."""

from collections.abc import Callable

import pytest

from hocket.scenarios.properties import Property
from hocket.scenarios.properties.attribution import Iso4, Iso5, Iso7

Holds = Callable[[Property, str], None]
Breaks = Callable[[Property, str, tuple[int, ...]], None]

DEVICES = """
    conn.auth conn=c1 user=ann
    conn.auth conn=c2 user=ben
    run.status run=r1 thread=A user=ann conn=c1 new=accepted
    run.status run=r2 thread=B user=ben conn=c2 new=accepted
"""


def test_an_answer_goes_home(holds: Holds) -> None:
    """ISO-4 holds for equal wire ids on two connections, each answered on its own."""
    holds(
        Iso4(),
        """
        wire.execute conn=c1 wire=w1 exec=x1
        wire.execute conn=c2 wire=w1 exec=x2
        wire.result conn=c2 wire=w1
        wire.resolve conn=c2 wire=w1 exec=x2
        wire.result conn=c1 wire=w1
        wire.resolve conn=c1 wire=w1 exec=x1
        """,
    )


def test_a_resuming_connection_answers_for_those_it_resumed(holds: Holds) -> None:
    """ISO-4 follows resumption through several connections, sent again or not."""
    holds(
        Iso4(),
        """
        conn.auth conn=c1 user=ann
        wire.execute conn=c1 wire=w1 exec=x1
        conn.auth conn=c2 user=ann resumed=c1
        conn.auth conn=c3 user=ann resumed=c2
        wire.result conn=c3 wire=w1
        wire.resolve conn=c3 wire=w1 exec=x1
        """,
    )


def test_an_answer_that_resolves_another_connections_call_is_seen(breaks: Breaks) -> None:
    """ISO-4 goes by where the answer came from, whatever the resolution says of itself."""
    story = """wire.execute conn=c1 wire=call_1 exec=x1
        wire.execute conn=c2 wire=call_1 exec=x2
        wire.result conn=c1 wire=call_1
        wire.resolve conn=c2 wire=call_1 exec=x2"""
    breaks(Iso4(), story, (2, 3))


def test_an_answer_under_another_id_is_seen(breaks: Breaks) -> None:
    """ISO-4 breaks when an unknown wire id resolves some pending call."""
    story = """wire.execute conn=c1 wire=w1 exec=x1
        wire.result conn=c1 wire=w9
        wire.resolve conn=c1 wire=w1 exec=x1"""
    breaks(Iso4(), story, (1, 2))


def test_a_connection_that_resumed_nothing_cannot_answer_for_another(breaks: Breaks) -> None:
    """ISO-4 breaks for a second device of the same user."""
    story = """wire.execute conn=c1 wire=w1 exec=x1
        conn.auth conn=c2 user=ann
        wire.result conn=c2 wire=w1
        wire.resolve conn=c2 wire=w1 exec=x1"""
    breaks(Iso4(), story, (2, 3))


def test_a_call_goes_to_the_origin_of_its_run(holds: Holds) -> None:
    """ISO-5 holds for the origin connection and for one that resumed it."""
    story = """wire.execute conn=c1 wire=w1 exec=x1 run=r1
        conn.auth conn=c3 user=ann resumed=c1
        wire.execute conn=c3 wire=w1 exec=x1 run=r1"""
    holds(Iso5(), DEVICES + story)


def test_a_call_to_another_device_is_seen(breaks: Breaks) -> None:
    """ISO-5 breaks when a call goes to a device that joined later."""
    story = "conn.auth conn=c3 user=ann\nwire.execute conn=c3 wire=w1 exec=x1 run=r1"
    breaks(Iso5(), DEVICES + story, (5,))


def test_a_user_acts_on_their_own_runs(holds: Holds) -> None:
    """ISO-7 holds for any device of the user; a stranger's refused request changes nothing."""
    holds(
        Iso7(server_tools=frozenset({"note"})),
        DEVICES
        + """
        conn.ready conn=c1 user=ann tools=read_file
        appr.decide approval=a1 run=r1 conn=c1 user=ann verdict=approved
        wire.result conn=c2 wire=w1
        wire.resolve conn=c2 wire=w1 exec=x2 run=r2
        cancel.request run=r1 conn=c2 user=ben
        cancel.request run=r1 conn=c1 user=ann
        cancel.ack run=r1 status=cancelled
        tool.start exec=x3 run=r1 tool=note site=server
        """,
    )


@pytest.mark.parametrize("cause", ["conn.close conn=c1 user=ann", "turn.request user=ann conn=c1"])
def test_a_cancellation_that_policy_explains_is_no_strangers(holds: Holds, cause: str) -> None:
    """ISO-7 blames no stranger where a lost connection or a later turn may have cancelled."""
    story = f"cancel.request run=r1 conn=c2 user=ben\n{cause}\ncancel.ack run=r1 status=cancelled"
    holds(Iso7(), DEVICES + story)


@pytest.mark.parametrize(
    ("story", "indices"),
    [
        ("appr.decide approval=a1 run=r1 conn=c2 user=ben verdict=approved", (4,)),
        ("conn.open conn=c3\nappr.decide approval=a1 run=r1 conn=c3 verdict=approved", (5,)),
        ("wire.result conn=c2 wire=w1\nwire.resolve conn=c1 wire=w1 exec=x1 run=r1", (4, 5)),
        ("cancel.request run=r1 conn=c2 user=ben\ncancel.ack run=r1 status=cancelled", (4, 5)),
        ("conn.ready conn=c1 user=ann tools=read_file,note", (4,)),
        (
            "login.revoked user=ann\nappr.decide approval=a1 run=r1 conn=c1 verdict=approved",
            (4, 5),
        ),
        ("tool.start exec=x1 run=r1 tool=note site=client", (4,)),
    ],
)
def test_what_a_stranger_brings_about_is_seen(
    breaks: Breaks, story: str, indices: tuple[int, ...]
) -> None:
    """ISO-7 breaks on a deed of a stranger, or of one whose login was revoked, and on a stolen name
    of a tool.
    """
    breaks(Iso7(server_tools=frozenset({"note"})), DEVICES + story, indices)
