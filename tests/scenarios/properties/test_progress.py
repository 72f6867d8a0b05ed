"""Progress, order of frames, resources, results and locks: traces that break each property."""

from collections.abc import Callable

from hocket.scenarios.properties import Property
from hocket.scenarios.properties.frame_order import Ord3
from hocket.scenarios.properties.locks import Lock2, Lock4
from hocket.scenarios.properties.progress import Live5, Live6, Live7
from hocket.scenarios.properties.resources import Res1
from hocket.scenarios.properties.results import Deliv4

Holds = Callable[[Property, str], None]
Breaks = Callable[[Property, str, tuple[int, ...]], None]


def test_requests_are_answered_at_once(holds: Holds, breaks: Breaks) -> None:
    """LIVE-5: an answer that waits for something, and a run that does not begin, are findings."""
    asked = "turn.request conn=c1 request=q1\n"
    taken = asked + "run.status run=r1 conn=c1 request=q1 new=accepted\n"
    locked = taken + "lock.acquire thread=A run=r1\n"
    holds(Live5(), locked + "run.status run=r1 conn=c1 request=q1 new=running\n@9 turn.reject")
    holds(Live5(), asked + "conn.close conn=c1\n@9 turn.reject conn=c2 request=q9")
    holds(Live5(), f"conn.close conn=c1\n{asked}@9 turn.reject conn=c2 request=q9")
    breaks(Live5(), asked + "@9 run.status run=r1 conn=c1 request=q1 new=accepted", (0,))
    breaks(Live5(), locked + "@9 turn.reject conn=c2 request=q9", (2,))


def test_nobody_waits_for_a_lock_for_ever(holds: Holds, breaks: Breaks) -> None:
    """LIVE-6: a lock that is held or waited for when nothing can happen is a finding."""
    holds(
        Live6(),
        """
        lock.wait thread=A run=r1
        lock.wait thread=A run=r2
        lock.release thread=A run=r1
        lock.leave thread=A run=r2
        quiesce
        """,
    )
    breaks(Live6(), "lock.wait thread=A run=r1\nquiesce", (0, 1))


def test_a_restart_leaves_nothing_in_between(holds: Holds, breaks: Breaks) -> None:
    """LIVE-7: a run that a crash left live and nobody ends is a finding."""
    crash = "run.status run=r1 new=running\nproc.crash\nproc.start\n"
    holds(Live7(), crash + "run.status run=r1 new=failed")
    breaks(Live7(), crash, (1,))
    breaks(Live7(), crash + "@9 run.status run=r2 new=accepted", (1,))


def test_pieces_go_out_in_order(holds: Holds, breaks: Breaks) -> None:
    """ORD-3: pieces in another order, or after the end, are findings."""
    said = "llm.delta run=r1 text=one\nllm.delta run=r1 text=two\n"
    one = "frame.out conn=c1 run=r1 type=message_delta content=one\n"
    two = "frame.out conn=c1 run=r1 type=message_delta content=two\n"
    end = "frame.out conn=c1 run=r1 type=turn_completed terminal=True\n"
    holds(Ord3(), said + one + two + end)
    breaks(Ord3(), said + two + one, (3,))
    breaks(Ord3(), said + one + end + two, (3, 4))


def test_what_was_opened_is_closed(holds: Holds, breaks: Breaks) -> None:
    """RES-1: a transport that the stop leaves open is a finding; a crash closes everything."""
    holds(Res1(), "res.open resource=t1\nres.close resource=t1\nproc.stop")
    holds(Res1(), "res.open resource=t1\nproc.crash\nproc.stop")
    breaks(Res1(), "res.open resource=t1\nproc.stop", (0,))


def test_valid_answers_are_not_lost(holds: Holds, breaks: Breaks) -> None:
    """DELIV-4: a good answer that is dropped, or that no prompt and no row shows, is a finding."""
    asked = """
        tool.start exec=x1 run=r1 call=k1 tool=find
        wire.execute conn=c1 wire=w1 exec=x1 run=r1 tool=find
        wire.result conn=c1 wire=w1 tool=find value=AAA
        """
    got = asked + "wire.resolve conn=c1 wire=w1 exec=x1 run=r1 tool=find value=AAA\n"
    kept = "msg.append run=r1 role=tool call=k1"
    holds(Deliv4(), got + "llm.request run=r1 messages=assistant::k1|tool:AAA:k1\n" + kept)
    holds(Deliv4(), got + "proc.crash")
    breaks(Deliv4(), asked + "wire.drop conn=c1 wire=w1 reason=late", (2, 3))
    breaks(Deliv4(), got + "llm.request run=r1 messages=assistant::k1|tool:lost:k1", (3, 4))
    breaks(Deliv4(), got + f"{kept}\nllm.request run=r1 messages=assistant::k1|tool:A:k1", (3, 5))
    breaks(Deliv4(), got, (3,))


def test_the_table_of_locks_is_small(holds: Holds, breaks: Breaks) -> None:
    """LOCK-2: an entry that nobody uses is a finding."""
    used = "lock.wait thread=A run=r1 size=1\nlock.release thread=A run=r1 size="
    holds(Lock2(), used + "0\nquiesce locks=")
    breaks(Lock2(), used + "1", (1,))
    breaks(Lock2(), used + "0\nquiesce locks=A", (2,))


def test_a_lock_is_given_back(holds: Holds, breaks: Breaks) -> None:
    """LOCK-4: a run that is over and holds its lock is a finding, also one that never ends."""
    held = "lock.acquire thread=A run=r1\nrun.status run=r1 new=completed\n"
    holds(Lock4(), held + "lock.release thread=A run=r1\n@9 run.status run=r2 new=failed")
    breaks(Lock4(), held + "@9 run.status run=r2 new=failed", (0,))
    breaks(Lock4(), "lock.acquire thread=A run=r1", (0,))
