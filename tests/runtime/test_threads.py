"""Threads: opened, closed, reset, deleted and read, beside the turns that use them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from trio.testing import MockClock

from hocket.runtime.models.scripted import Reply
from hocket.runtime.protocol.frames import (
    ApprovalClosed,
    History,
    RequestRejected,
    ThreadClose,
    ThreadCreate,
    ThreadDelete,
    ThreadHistory,
    ThreadReset,
    ThreadState,
    TurnCancelled,
    TurnCompleted,
    TurnExpired,
    TurnPaused,
    UserMessage,
)

if TYPE_CHECKING:
    from tests.runtime.conftest import OpenHouse

ACall = Callable[..., Reply]


async def test_a_new_thread_is_used_at_once(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """All devices hear of it; it is not the main one, since there is one."""
    async with open_house() as house:
        ann, other = await house.connect(), await house.connect()
        await ann.send(ThreadCreate("q1"))
        state, told = await ann.expect(ThreadState), await other.expect(ThreadState)
        assert (state.status, state.main, state.request_id) == ("open", False, "q1")
        assert (told.thread_id, told.request_id) == (state.thread_id, None)
        await ann.ask(state.thread_id, request="q2")
        await ann.expect(TurnCompleted)


async def test_closing_cancels_and_expires_what_is_live(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """A turn under way is cancelled, one that waits for an approval expires; then the archive."""
    script = {"A": [[a_call("pay")], [Reply("slow", seconds=50)]]}
    async with open_house(script, pending_approval="allow") as house:
        ann = await house.connect()
        await ann.ask()
        await ann.expect(TurnPaused)
        await ann.ask(request="q2")
        await ann.send(ThreadClose("q3", "A"))
        assert (await ann.expect(ThreadState)).status == "closed"
        await ann.expect(TurnCancelled)
        await ann.expect(TurnExpired)
        assert (await ann.expect(ApprovalClosed)).outcome == "expired"
        await ann.settle()
        assert house.rows("SELECT status, is_main FROM threads WHERE thread_id = 'A'") == [
            ("archived", 0)
        ]


async def test_a_turn_opens_a_closed_thread_again(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """With all that was said there; the job of the earlier close does not archive it."""
    async with open_house({"A": [[Reply("one")], [Reply("two")]]}) as house:
        ann = await house.connect()
        await ann.ask(text="first")
        await ann.expect(TurnCompleted)
        await ann.send(ThreadClose("q2", "A"))
        await ann.send(UserMessage("q3", "second", "A"))
        await ann.expect(TurnCompleted)
        await ann.settle()
        assert house.rows("SELECT status FROM threads WHERE thread_id = 'A'") == [("open",)]
        asked = house.seen("llm.request")[-1]["messages"]
        assert [text for role, text, _ in asked if role == "user"] == ["first", "second"]


async def test_a_reset_puts_a_fresh_thread_in_its_place(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """The fresh one is main, and messages that name none go there, with nothing before them."""
    async with open_house({"A": [[Reply("one")]]}) as house:
        ann = await house.connect()
        await ann.ask()
        await ann.expect(TurnCompleted)
        await ann.send(ThreadReset("q2"))
        closed, fresh = await ann.expect(ThreadState), await ann.expect(ThreadState)
        assert (closed.thread_id, closed.status, closed.main) == ("A", "closed", False)
        assert (fresh.status, fresh.main) == ("open", True)
        await ann.send(UserMessage("q3", "again"))
        assert (await ann.expect(TurnCompleted)).thread_id == fresh.thread_id
        assert house.seen("llm.request")[-1]["messages"] == (("user", "again", None),)


async def test_a_deleted_thread_leaves_nothing(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """Neither rows nor locks nor a history, though a turn was under way."""
    async with open_house({"A": [[a_call("note", seconds=50)]]}) as house:
        ann = await house.connect()
        await ann.ask()
        await ann.send(ThreadDelete("q2", "A"))
        assert (await ann.expect(ThreadState)).status == "deleted"
        await ann.settle()
        for table in ("threads", "runs", "messages"):
            assert house.rows(f"SELECT 1 FROM {table} WHERE thread_id = 'A'") == []
        assert house.runtime.snapshot().locks == ()
        await ann.send(UserMessage("q3", "hello", "A"))
        assert (await ann.expect(RequestRejected)).code == "not_found"


async def test_reading_creates_nothing(open_house: "OpenHouse", autojump_clock: MockClock) -> None:
    """A history is that of completed turns; a user without a thread has none, before and after."""
    async with open_house({"A": [[Reply("hi")], [Reply(error="no")]]}) as house:
        ann = await house.connect()
        for request in ("q1", "q2"):
            await ann.ask(request=request)
        await ann.settle()
        await ann.send(ThreadHistory("q3"))
        said = await ann.expect(History)
        assert [(m.role, m.content) for m in said.messages] == [
            ("user", "hello"),
            ("assistant", "hi"),
        ]
        await ann.send(ThreadDelete("q4", "A"))
        await ann.expect(ThreadState)
        for request in ("q5", "q6"):
            await ann.send(ThreadHistory(request))
            assert (await ann.expect(RequestRejected)).request_id == request


async def test_a_user_without_a_main_thread_gets_one(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """Two devices that speak at once speak on the same one."""
    async with open_house() as house:
        ann, other = await house.connect(), await house.connect()
        await ann.send(ThreadDelete("q1", "A"))
        await ann.expect(ThreadState)
        await ann.send(UserMessage("q2", "one"))
        await other.send(UserMessage("q3", "two"))
        first, second = await ann.expect(TurnCompleted), await ann.expect(TurnCompleted)
        assert first.thread_id == second.thread_id != "A"


async def test_threads_of_others_do_not_exist(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """Whatever is asked about them is refused alike, and changes nothing."""
    async with open_house() as house:
        ben = await house.connect("ben")
        for kind in (ThreadClose, ThreadReset, ThreadDelete, ThreadHistory):
            await ben.send(kind(kind.type, "A"))
            rejected = await ben.expect(RequestRejected)
            assert (rejected.request_id, rejected.code) == (kind.type, "not_found")
        assert house.seen("thread.status") == []
