"""Words reach nobody but their owner."""

from collections.abc import Callable

from hocket.scenarios.properties import Property
from hocket.scenarios.properties.isolation import Iso1, Iso2, Iso8, Iso9

Holds = Callable[[Property, str], None]
Breaks = Callable[[Property, str, tuple[int, ...]], None]

OWNED = "run.status run=r1 thread=A user=ann conn=c1 new=accepted\n"


def test_own_messages_in_a_prompt_are_no_leak(holds: Holds) -> None:
    """ISO-1 holds where every message is of the run's user and thread, marked or not."""
    holds(
        Iso1(), OWNED + "llm.request run=r1 messages=system:<ben.B.9>|user:hi<ann.A.1>|user:plain"
    )


def test_a_message_of_another_thread_is_a_leak(breaks: Breaks) -> None:
    """ISO-1 breaks on a message of the same user's other thread."""
    story = "llm.request run=r1 messages=user:hi<ann.A.1>|tool:out<ann.B.2>:k"
    breaks(Iso1(), OWNED + story, (1,))


def test_a_run_nobody_saw_accepted_is_not_judged(vacuous: Holds) -> None:
    """ISO-1 says nothing of a run whose owner is unknown."""
    vacuous(Iso1(), "llm.request run=r1 messages=user:hi<ann.A.1>")


def test_own_words_in_frames_and_prompts_are_no_leak(holds: Holds) -> None:
    """ISO-2 holds for words of any thread of the same user."""
    holds(
        Iso2(),
        OWNED
        + """
        llm.request run=r1 user=ann messages=system:<ann.B.2>
        frame.out conn=c1 user=ann run=r1 type=message_delta content=<ann.A.3>
        frame.out conn=c1 user=ann type=auth_ok
        """,
    )


def test_another_users_words_in_a_system_prompt_are_a_leak(breaks: Breaks) -> None:
    """ISO-2 breaks on another user's words anywhere in a prompt."""
    breaks(Iso2(), OWNED + "llm.request run=r1 user=ann messages=system:<ben.B.2>", (1,))


def test_another_users_words_in_a_frame_are_a_leak(breaks: Breaks) -> None:
    """ISO-2 breaks on another user's words in a frame, of a run or of none."""
    breaks(Iso2(), "frame.out conn=c1 user=ann type=history content=<ben.B.2>", (0,))


def test_frames_of_a_run_go_to_its_users_devices(holds: Holds) -> None:
    """ISO-8 holds for any authenticated connection of the user, even one about to end."""
    holds(
        Iso8(),
        OWNED
        + """
        conn.auth conn=c1 user=ann
        conn.auth conn=c2 user=ann
        frame.out conn=c1 user=ann run=r1 type=message_delta
        conn.close conn=c2 user=ann
        frame.out conn=c2 user=ann run=r1 type=message_delta
        conn.end conn=c2 user=ann
        frame.out conn=c3 type=protocol_error
        """,
    )


def test_a_frame_to_another_users_device_breaks_isolation(breaks: Breaks) -> None:
    """ISO-8 breaks on a frame to another user's connection."""
    story = "conn.auth conn=c2 user=ben\nframe.out conn=c2 user=ben run=r1 type=tool_call"
    breaks(Iso8(), OWNED + story, (2,))


def test_a_frame_before_authentication_breaks_isolation(breaks: Breaks) -> None:
    """ISO-8 breaks on a frame of a run to a connection that has not authenticated."""
    breaks(Iso8(), OWNED + "frame.out conn=c2 run=r1 type=tool_call", (1,))


def test_a_frame_to_an_ended_connection_breaks_isolation(breaks: Breaks) -> None:
    """ISO-8 breaks on a frame to a connection whose tasks have ended."""
    story = """conn.auth conn=c1 user=ann
        conn.end conn=c1 user=ann
        frame.out conn=c1 user=ann run=r1 type=tool_call"""
    breaks(Iso8(), OWNED + story, (2, 3))


def test_a_segment_prompts_with_the_history_it_loaded(holds: Holds) -> None:
    """ISO-9 compares each segment's load with its first prompt, and only with that."""
    holds(
        Iso9(),
        """
        hist.load run=r1 thread=A digest=d1
        llm.request run=r1 history=d1 messages=user:hi
        llm.request run=r1 history=later messages=user:hi
        lock.release run=r1 thread=A
        hist.load run=r1 thread=A digest=d2
        lock.release run=r1 thread=A
        llm.request run=r1 history=d3 messages=user:hi
        """,
    )


def test_a_history_that_changes_under_a_run_is_seen(breaks: Breaks) -> None:
    """ISO-9 breaks when the first prompt holds another history than was loaded."""
    story = """hist.load run=r1 thread=A digest=d1
        hist.load run=r2 thread=B digest=d2
        llm.request run=r1 history=d2 messages=user:hi"""
    breaks(Iso9(), story, (0, 2))
