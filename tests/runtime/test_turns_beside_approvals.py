"""Other turns of a thread while one of its turns waits for an approval."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from trio.testing import MockClock

from hocket.runtime.models.scripted import Reply
from hocket.runtime.policies import Limits
from hocket.runtime.protocol.frames import (
    ApprovalClosed,
    ApprovalResponse,
    Cancel,
    ProtocolFault,
    RequestRejected,
    TurnCancelled,
    TurnCompleted,
    TurnFailed,
    TurnPaused,
    UserMessage,
)

if TYPE_CHECKING:
    from tests.runtime.conftest import OpenHouse

ACall = Callable[..., Reply]


async def test_new_turns_are_rejected_while_an_approval_pends(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """By default a paused thread takes no other turn; other threads do."""
    async with open_house({"A": [[a_call("pay")]]}) as house:
        ann = await house.connect()
        await ann.ask()
        await ann.expect(TurnPaused)
        await ann.send(UserMessage("q2", "again", "A"))
        assert (await ann.expect(RequestRejected)).code == "approval_pending"
        await ann.ask("B", request="q3")
        await ann.expect(TurnCompleted)


async def test_a_new_turn_can_void_the_approval(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """Under ``void_approval`` the paused turn is cancelled and the new one runs."""
    async with open_house(
        {"A": [[a_call("pay")], [Reply("new")]]}, pending_approval="void_approval"
    ) as house:
        ann = await house.connect()
        old = await ann.ask()
        await ann.expect(TurnPaused)
        await ann.ask(request="q2")
        assert (await ann.expect(TurnCompleted)).response == "new"
        assert house.statuses(old)[-1] == "cancelled"
        assert any(isinstance(f, ApprovalClosed) for f in ann.got)


async def test_a_turn_may_run_beside_the_pause(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """Under ``allow`` another turn runs meanwhile, without the half turn in its prompt; the paused
    one goes on behind it, knowing what was said.
    """
    script = [[a_call("pay"), Reply("paid")], [Reply("meanwhile")], []]
    async with open_house({"A": script}, pending_approval="allow") as house:
        ann = await house.connect()
        first = await ann.ask(text="one")
        approval = (await ann.expect(TurnPaused)).approval.approval_id
        second = await ann.ask(text="two", request="q2")
        await ann.expect(TurnCompleted)
        await ann.send(ApprovalResponse(approval, approved=True))
        await ann.expect(TurnCompleted)
        await ann.ask(text="three", request="q3")
        await ann.expect(TurnCompleted)
        prompts = [[text for _, text, _ in e["messages"]] for e in house.seen("llm.request")]
        paid = ["one", "{}", "noted"]
        assert house.seen("llm.request", run=second)[0]["messages"] == (("user", "two", None),)
        assert prompts[-2] == ["two", "meanwhile", *paid]
        assert (
            house.seen("llm.request", run=first)[-1]["history"]
            == (house.seen("hist.load", run=first)[-1]["digest"])
        )
        cached = prompts[-1]
        assert cached == ["two", "meanwhile", *paid, "paid", "three"]


async def test_the_store_gives_the_same_order_as_the_cache(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """A history that was evicted has its turns in order of completion again."""
    script = [[a_call("pay"), Reply("paid")], [Reply("meanwhile")], []]
    limits = Limits(cached_threads=1)
    async with open_house({"A": script}, pending_approval="allow", limits=limits) as house:
        ann = await house.connect()
        await ann.ask(text="one")
        approval = (await ann.expect(TurnPaused)).approval.approval_id
        await ann.ask(text="two", request="q2")
        await ann.expect(TurnCompleted)
        await ann.send(ApprovalResponse(approval, approved=True))
        await ann.expect(TurnCompleted)
        await ann.ask("B", request="q3")
        await ann.expect(TurnCompleted)
        await ann.ask(text="three", request="q4")
        await ann.expect(TurnCompleted)
        last = [text for _, text, _ in house.seen("llm.request")[-1]["messages"]]
        assert last == ["two", "meanwhile", "one", "{}", "noted", "paid", "three"]


async def test_two_approvals_never_pend_on_one_thread(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """A turn that was queued before the pause runs, but fails if it needs an approval itself."""
    script = [[a_call("pay", seconds=1)], [a_call("pay")]]
    async with open_house({"A": script}) as house:
        ann = await house.connect()
        await ann.send(UserMessage("q1", "one", "A"))
        await ann.send(UserMessage("q2", "two", "A"))
        await ann.expect(TurnPaused)
        assert (await ann.expect(TurnFailed)).error == "approval_pending"
        assert len(house.runtime.snapshot().approvals) == 1


async def test_a_decision_waits_for_the_turn_under_way(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """A paused turn goes on only when the thread is free again, with what was said meanwhile."""
    script = [[a_call("pay"), Reply("paid")], [Reply("meanwhile", seconds=9)]]
    async with open_house({"A": script}, pending_approval="allow") as house:
        ann = await house.connect()
        first = await ann.ask(text="one")
        approval = (await ann.expect(TurnPaused)).approval.approval_id
        await ann.ask(text="two", request="q2")
        await ann.send(ApprovalResponse(approval, approved=True))
        assert (await ann.expect(TurnCompleted)).response == "meanwhile"
        assert (await ann.expect(TurnCompleted)).response == "paid"
        resumed = house.events.index(house.seen("run.status", run=first, new="resuming")[0])
        ended = house.events.index(house.seen("run.status", new="completed")[0])
        assert ended < resumed
        last = [text for _, text, _ in house.seen("llm.request")[-1]["messages"]]
        assert last[:2] == ["two", "meanwhile"]


async def test_a_paused_turn_is_cancelled_while_a_decision_waits(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """The decision that waited for the thread then finds the approval closed."""
    script = [[a_call("pay")], [Reply("meanwhile", seconds=9)]]
    async with open_house({"A": script}, pending_approval="allow") as house:
        ann = await house.connect()
        paused = await ann.ask()
        approval = (await ann.expect(TurnPaused)).approval.approval_id
        await ann.ask(request="q2")
        await ann.send(ApprovalResponse(approval, approved=True))
        await ann.send(Cancel(paused))
        await ann.expect(TurnCancelled)
        await ann.expect(TurnCompleted)
        assert (await ann.expect(ProtocolFault)).code == "approval_closed"
        assert house.seen("tool.start") == []
