"""Turns as a client and the store see them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import trio
import trio.testing
from trio.testing import MockClock

from hocket.runtime.models.contract import ModelCall
from hocket.runtime.models.scripted import Reply
from hocket.runtime.policies import Limits
from hocket.runtime.protocol.frames import (
    RequestRejected,
    RunQueued,
    RunStarted,
    ToolReturn,
    TurnCompleted,
    TurnFailed,
    UserMessage,
)

if TYPE_CHECKING:
    from tests.runtime.conftest import OpenHouse

ACall = Callable[..., Reply]


async def test_a_turn_is_stored_before_it_is_announced(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """The run is committed as accepted before anybody hears of it, and ends with the reply."""
    async with open_house({"A": [[Reply("hi")]]}) as house:
        ann = await house.connect()
        run = await ann.ask(text="hello")
        assert (await ann.expect(TurnCompleted)).response == "hi"
        assert house.statuses(run) == ["accepted", "running", "completed"]
        kinds = [(event.kind, event.get("type")) for event in house.events]
        accepted = kinds.index(("run.status", None))
        assert accepted < kinds.index(("frame.out", "run_started"))
        rows = house.rows("SELECT seq, role, content, in_context FROM messages")
        assert rows == [(1, "user", "hello", 1), (2, "assistant", "hi", 1)]


async def test_a_turn_has_few_units_of_work(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """A turn with one call is four units of work: accept, start, one step, finish."""
    async with open_house({"A": [[a_call("note"), Reply("ok")]]}) as house:
        ann = await house.connect()
        await ann.ask()
        await ann.expect(TurnCompleted)
        units = [event["unit"] for event in house.seen("tx.commit")]
        assert units == ["recover", "accept", "start", "save_step", "finish"]


async def test_without_a_thread_the_main_one_is_meant(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """A message that names no thread goes to the user's first one."""
    async with open_house() as house:
        ann = await house.connect()
        await ann.send(UserMessage("q1", "hello"))
        assert (await ann.expect(RunStarted)).thread_id == "A"


async def test_a_foreign_thread_is_as_unknown_as_none(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """A turn on another user's thread is rejected like one on a thread that does not exist."""
    async with open_house() as house:
        ann = await house.connect()
        for thread in ("C", "nowhere"):
            await ann.send(UserMessage("q", "hello", thread))
        first, second = await ann.expect(RequestRejected), await ann.expect(RequestRejected)
        assert first == second
        assert first.code == "not_found"
        assert house.rows("SELECT * FROM runs") == []
        assert len(house.seen("turn.reject", code="not_found")) == 2


async def test_all_devices_of_a_user_hear_of_a_turn_and_nobody_else(
    open_house: "OpenHouse",
    autojump_clock: MockClock,
) -> None:
    """Every connection of the user is told; one of another user hears nothing."""
    async with open_house() as house:
        ann, other, ben = await house.connect(), await house.connect(), await house.connect("ben")
        run = await ann.ask()
        assert (await other.expect(TurnCompleted)).run_id == run
        assert len(await ben.settle()) == 1


async def test_later_turns_see_completed_ones(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """A prompt is the completed turns of the thread and the turn's own messages, in order."""
    script = [[a_call("note"), Reply("one")], [Reply("two")]]
    async with open_house({"A": script}) as house:
        ann = await house.connect()
        await ann.ask(text="first")
        await ann.expect(TurnCompleted)
        await ann.ask(text="second", request="q2")
        await ann.expect(TurnCompleted)
        assert house.seen("llm.request")[-1]["messages"] == (
            ("user", "first", None),
            ("assistant", "{}", "call-1"),
            ("tool", "noted", "call-1"),
            ("assistant", "one", None),
            ("user", "second", None),
        )


async def test_a_history_loaded_again_is_the_cached_one(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """With room for one thread the histories are evicted and loaded again, and stay the same."""
    async with open_house(limits=Limits(cached_threads=1)) as house:
        ann = await house.connect()
        for number, thread in enumerate(("A", "B", "A", "B", "B")):
            await ann.ask(thread, f"text {number}", f"q{number}")
            await ann.expect(TurnCompleted)
        prompts = [[m[1] for m in e["messages"]] for e in house.seen("llm.request", thread="B")]
        assert prompts[-1] == ["text 1", "done", "text 3", "done", "text 4"]
        digests = [e["digest"] for e in house.seen("hist.load")]
        assert digests == [e["history"] for e in house.seen("llm.request")]


async def test_turns_of_a_thread_queue_in_order(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """Turns of one thread run one at a time, in the order of their acceptance."""
    async with open_house({"A": [[Reply("1", seconds=9)], [Reply("2")], [Reply("3")]]}) as house:
        ann = await house.connect()
        for number in range(3):
            await ann.send(UserMessage(f"q{number}", f"text {number}", "A"))
        replies = [(await ann.expect(TurnCompleted)).response for _ in range(3)]
        assert replies == ["1", "2", "3"]
        ahead = [frame.ahead for frame in ann.got if isinstance(frame, RunQueued)]
        assert ahead == [1, 2]
        order = [e.kind for e in house.events if e.kind in ("lock.acquire", "lock.release")]
        assert order == ["lock.acquire", "lock.release"] * 3


async def test_turns_of_different_threads_run_together(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """A slow turn on one thread does not hold up another thread of the same user."""
    async with open_house({"A": [[Reply("slow", seconds=9)]], "B": [[Reply("fast")]]}) as house:
        ann = await house.connect()
        await ann.ask("A")
        await ann.ask("B", request="q2")
        assert (await ann.expect(TurnCompleted)).response == "fast"
        assert house.clock < 9


async def test_a_model_error_fails_the_turn(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """A failed turn says why, and leaves nothing in later prompts."""
    script = [[a_call("note"), Reply(error="overloaded")], [Reply("fine")]]
    async with open_house({"A": script}) as house:
        ann = await house.connect()
        run = await ann.ask(text="first")
        assert (await ann.expect(TurnFailed)).error == "overloaded"
        await ann.ask(text="second", request="q2")
        await ann.expect(TurnCompleted)
        assert house.seen("llm.request")[-1]["messages"] == (("user", "second", None),)
        assert house.statuses(run)[-1] == "failed"
        assert house.rows("SELECT count(*) FROM messages WHERE run_id = ?", run) == [(3,)]


async def test_steps_are_bounded(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """A model that never stops calling tools is stopped."""
    async with open_house({"A": [[a_call("note")] * 9]}) as house:
        ann = await house.connect()
        await ann.ask()
        assert (await ann.expect(TurnFailed)).error == "max_steps"
        assert [e["step"] for e in house.seen("llm.request")] == list(range(6))


async def test_calls_of_a_step_run_in_order_each_with_its_result(
    open_house: "OpenHouse",
    autojump_clock: MockClock,
) -> None:
    """Equal ids from the model do not matter; unknown tools and failing ones have results too."""
    calls = (
        ModelCall("x", "note", {"seconds": 3}),
        ModelCall("x", "nonsense"),
        ModelCall(None, "note", {"fail": "no paper"}),
    )
    async with open_house({"A": [[Reply("well", calls), Reply("ok")]]}) as house:
        ann = await house.connect()
        await ann.ask()
        await ann.expect(TurnCompleted)
        shown = [(role, text) for role, text, _ in house.seen("llm.request")[-1]["messages"]]
        assert shown == [
            ("user", "hello"),
            ("assistant", "well"),
            ("assistant", '{"seconds": 3}'),
            ("tool", "noted"),
            ("assistant", "{}"),
            ("tool", "error: there is no tool nonsense"),
            ("assistant", '{"fail": "no paper"}'),
            ("tool", "error: no paper"),
        ]
        assert [e["outcome"] for e in house.seen("tool.end")] == ["succeeded", "failed"]
        assert len(house.seen("tool.effect")) == 1
        assert [f.content for f in ann.got if isinstance(f, ToolReturn)] == [
            "noted",
            "error: no paper",
        ]


async def test_second_turns_can_be_rejected(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """Under ``reject`` a thread that is busy takes no other turn."""
    async with open_house({"A": [[Reply("slow", seconds=9)]]}, second_turn="reject") as house:
        ann = await house.connect()
        await ann.ask()
        await ann.send(UserMessage("q2", "again", "A"))
        rejected = await ann.expect(RequestRejected)
        assert (rejected.request_id, rejected.code) == ("q2", "busy")
        await ann.expect(TurnCompleted)
        await ann.ask(request="q3")


async def test_second_turns_can_interrupt(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """Under ``interrupt`` the turn under way is cancelled, and the new one runs without it."""
    script = [[a_call("note", seconds=9)], [Reply("new")]]
    async with open_house({"A": script}, second_turn="interrupt") as house:
        ann = await house.connect()
        old = await ann.ask(text="old")
        new = await ann.ask(text="new", request="q2")
        assert (await ann.expect(TurnCompleted)).response == "new"
        assert house.clock < 9
        assert house.statuses(old)[-1] == "cancelled"
        assert house.seen("llm.request", run=new)[0]["messages"] == (("user", "new", None),)
        assert house.seen("tool.effect") == []


async def test_the_queue_of_a_thread_is_bounded(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """When too many turns wait, the next is rejected with ``limit``."""
    limits = Limits(turns_per_thread=2)
    async with open_house({"A": [[Reply("slow", seconds=9)]]}, limits=limits) as house:
        ann = await house.connect()
        await ann.ask()
        await ann.ask(request="q2")
        await ann.send(UserMessage("q3", "again", "A"))
        assert (await ann.expect(RequestRejected)).code == "limit"


async def test_an_unused_thread_has_no_lock(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """Once nothing runs, the table of locks is empty, and so is what is open."""
    async with open_house() as house:
        ann = await house.connect()
        await ann.ask()
        await ann.expect(TurnCompleted)
        await trio.testing.wait_all_tasks_blocked()
        assert house.runtime.snapshot().runs == ()
        assert len(house.seen("lock.acquire")) == len(house.seen("lock.release")) == 1
