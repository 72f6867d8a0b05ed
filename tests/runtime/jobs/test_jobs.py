"""Background jobs: what is learned, what becomes of idle threads, and what a restart finds."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import trio
from trio.testing import MockClock

from hocket.runtime.models.contract import ModelReply, ModelRequest, ModelUnavailable, Purpose, Say
from hocket.runtime.models.scripted import Reply, ScriptedModel
from hocket.runtime.policies import Limits
from hocket.runtime.protocol.frames import (
    ApprovalResponse,
    ThreadClose,
    ThreadState,
    TurnCompleted,
    TurnFailed,
    TurnPaused,
)
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.files import Shelf
from hocket.runtime.store.store import Store, UserScope

if TYPE_CHECKING:
    from tests.runtime.conftest import House, OpenHouse

ACall = Callable[..., Reply]


def works(house: "House", status: str = "completed") -> list[str]:
    """The kinds of jobs that ended so, in order."""
    return [str(event["work"]) for event in house.seen("job.end", status=status)]


async def test_a_completed_turn_is_learned_from(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """It is extracted, promoted into the user's own store, and shown to the next turn."""
    async with open_house({"A": [[Reply("ok")], [Reply("ok")]]}, memory="learn") as house:
        ann = await house.connect()
        await ann.ask(text="I like tea")
        await ann.settle()
        await trio.sleep(5)
        assert works(house) == ["extraction", "promotion"]
        commits = [e for e in house.seen("tx.commit") if e["job"] is not None]
        assert {e["store"] for e in commits} == {"shared", "ann"}
        await ann.ask("B", request="q2")
        await ann.expect(TurnCompleted)
        assert house.seen("llm.request")[-1]["blocks"] == (("memory", "I like tea\n"),)


async def test_a_turn_that_did_not_complete_teaches_nothing(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """No job is even scheduled."""
    async with open_house({"A": [[Reply(error="overloaded")]]}, memory="learn") as house:
        ann = await house.connect()
        await ann.ask()
        await ann.expect(TurnFailed)
        await trio.sleep(5)
        assert house.seen("job.sched") == []


async def test_what_was_learned_before_is_not_learned_again(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """Who says the same in a later turn brings no second operation about, and no promotion."""
    async with open_house({"A": [[Reply("ok")]] * 2}, memory="learn") as house:
        ann = await house.connect()
        for number in range(2):
            await ann.ask(text="I like tea", request=f"q{number}")
            await ann.settle()
            await trio.sleep(5)
        assert works(house) == ["extraction", "promotion", "extraction"]
        assert len(house.seen("memory.apply")) == len(house.seen("memory.queue")) == 1


async def test_promotions_wait_for_each_other(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """What comes up while one runs is promoted by the next, and all of it once."""
    scripts = {"A": [[Reply("ok")]] * 3, "B": [[Reply("ok")]] * 3}
    async with open_house(scripts, memory="learn") as house:
        ann = await house.connect()
        for number in range(6):
            await ann.send_message(f"fact {number}", "AB"[number % 2], f"q{number}")
        await trio.sleep(30)
        assert len(house.seen("memory.apply")) == len(house.seen("memory.queue")) == 6
        running = 0
        for event in house.events:
            if event.kind in ("job.start", "job.end") and event["work"] == "promotion":
                running += 1 if event.kind == "job.start" else -1
            assert running <= 1


async def test_turns_make_episodes_each_of_its_thread(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """Some turns make one; closing the thread tells the rest; no turn is told twice."""
    scripts = {"A": [[Reply("ok")]] * 3, "B": [[Reply("ok")]]}
    async with open_house(scripts, memory="learn", limits=Limits(episode_turns=2)) as house:
        ann = await house.connect()
        runs = [await ann.ask(text=f"a{n}", request=f"a{n}") for n in range(3)]
        await ann.ask("B", request="b")
        await ann.settle()
        await ann.send(ThreadClose("q", "A"))
        await ann.expect(ThreadState)
        await trio.sleep(30)
        told = [event["runs"] for event in house.seen("episode.add")]
        assert sorted(told) == [tuple(runs[:2]), (runs[2],)]
        assert {event["thread"] for event in house.seen("episode.add")} == {"A"}


def _set_status(tx: Transaction, run: str, status: str) -> None:
    tx.execute("UPDATE runs SET status = ? WHERE run_id = ?", status, run)


class Moody(ScriptedModel):
    """A model that is out of reach the first time that it is asked for an extraction."""

    failures = 1

    async def reply(self, request: ModelRequest, say: Say) -> ModelReply:
        if request.purpose is Purpose.EXTRACTION and self.failures:
            self.failures -= 1
            raise ModelUnavailable("out of reach")
        return await super().reply(request, say)


async def test_a_job_that_failed_is_done_again(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """As another job, after a while, and with the same result."""
    model = Moody({"A": [[Reply("ok")]]})
    async with open_house(model=model, memory="learn") as house:
        ann = await house.connect()
        await ann.ask(text="tea")
        await trio.sleep(60)
        assert works(house, "failed") == ["extraction"]
        assert works(house) == ["extraction", "promotion"]
        assert len(house.seen("memory.apply")) == 1


async def test_idle_threads_are_closed_and_old_ones_deleted(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """Not while a turn waits for an approval there; and long afterwards they are gone."""
    limits = Limits(
        idle_seconds=300, archive_seconds=3_000, prune_seconds=60, approval_seconds=1_000
    )
    script = {"A": [[a_call("pay"), Reply("paid")]]}
    async with open_house(script, limits=limits, idle_thread="close") as house:
        ann = await house.connect()
        await ann.ask()
        await ann.expect(TurnPaused)
        await trio.sleep(900)
        threads = "SELECT thread_id, status FROM threads ORDER BY 1"
        assert house.rows(threads) == [("A", "open"), ("B", "archived"), ("C", "archived")]
        await trio.sleep(600)
        assert house.rows(threads)[0] == ("A", "archived")
        await trio.sleep(5_000)
        assert house.rows(threads) == []
        assert house.rows("SELECT 1 FROM messages") == []
        kept = await UserScope(house.store, "ann", lambda _event: None).own(
            lambda tx: tx.execute("SELECT thread_id, close_epoch FROM transcripts").fetchall()
        )
        assert ("A", 1) in kept


async def test_a_stopped_process_leaves_its_jobs_to_the_next(
    open_house: "OpenHouse", autojump_clock: MockClock
) -> None:
    """A job that the stop cancelled is stored as such, and done when a process begins again."""
    store = Store(Shelf())
    async with open_house({"A": [[Reply("ok")]]}, memory="learn", store=store) as house:
        ann = await house.connect()
        await ann.ask(text="tea")
        await ann.expect(TurnCompleted)
    assert works(house, "cancelled") == ["extraction"]
    async with open_house(memory="learn", store=store, furnished=True) as again:
        await trio.sleep(30)
        assert works(again) == ["extraction", "promotion"]
        assert len(again.seen("memory.apply")) == 1
    store.close()


async def test_a_new_process_finds_every_run_over_or_waiting(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """A run that was under way has failed; one that waited is told of, decided, and goes on."""
    store = Store(Shelf())
    scripts = {"A": [[a_call("pay"), Reply("paid")]], "B": [[Reply("slow", seconds=99)]]}
    async with open_house(scripts, store=store) as house:
        ann = await house.connect()
        paused = await ann.ask()
        approval = (await ann.expect(TurnPaused)).approval.approval_id
        await ann.ask("B", request="q2")
        await trio.sleep(1)
        running = house.rows("SELECT run_id FROM runs WHERE status = 'running'")
        frozen = store.read(lambda tx: list(tx.execute("SELECT run_id, status FROM runs")))
    # What a crash leaves is what stood there while the process ran.
    for run, status in frozen:
        store.read(partial(_set_status, run=run, status=status))
    rest = {"A": [[Reply("paid")]]}
    async with open_house(rest, store=store, furnished=True) as again:
        assert again.statuses(running[0][0]) == ["failed"]
        assert again.runtime.snapshot().records == (paused,)
        ben, ann = await again.connect("ben"), await again.connect()
        await ben.send(ApprovalResponse(approval, approved=True))
        asked = (await ann.expect(TurnPaused)).approval
        assert (asked.approval_id, asked.tool_name) == (approval, "pay")
        await ann.send(ApprovalResponse(asked.approval_id, approved=True))
        assert (await ann.expect(TurnCompleted)).run_id == paused
        assert len(again.seen("tool.effect")) == 1
    store.close()


async def test_an_approval_expires_after_a_restart_too(
    open_house: "OpenHouse", autojump_clock: MockClock, a_call: ACall
) -> None:
    """For what is left of its time."""
    store = Store(Shelf())
    async with open_house({"A": [[a_call("pay")]]}, store=store) as house:
        ann = await house.connect()
        run = await ann.ask()
        await ann.expect(TurnPaused)
        await trio.sleep(100)
    async with open_house(store=store, furnished=True) as again:
        await trio.sleep(499)
        assert again.statuses(run) == []
        await trio.sleep(2)
        assert again.statuses(run) == ["expired"]
    store.close()
