"""Wrong and hostile frames against the runtime, under explored schedules: they are refused.

Ann has a turn that waits for a tool on her laptop, and one that waits for her approval.  Ben, who
got to know all ids of both, does what he can on his own connection.  Whatever he sends, nothing
that is Ann's changes, he reads nothing of hers, and her turns come to their ends.
"""

from collections import Counter
from collections.abc import Hashable
from typing import Any

import pytest
import trio
from attrs import define, field
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.runtime.hostile import ANYBODY, LONG, SECRET, Victim, hostile_texts

from hocket.runtime.connections import Connection
from hocket.runtime.delegation import Delegation
from hocket.runtime.models.contract import ModelCall
from hocket.runtime.models.scripted import Reply, ScriptedModel
from hocket.runtime.policies import Limits
from hocket.runtime.protocol.codec import decode_server, encode
from hocket.runtime.protocol.frames import (
    ApprovalResponse,
    Auth,
    AuthOk,
    ClientFrame,
    ProtocolFault,
    RequestRejected,
    ResultStatus,
    ServerFrame,
    ThreadClose,
    ThreadDelete,
    ThreadHistory,
    ThreadReset,
    ToolExecute,
    ToolResult,
    ToolSchema,
    ToolSchemas,
    TurnCompleted,
    TurnPaused,
    UserMessage,
)
from hocket.runtime.runtime import Parts, Runtime
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.files import Shelf
from hocket.runtime.store.store import Store
from hocket.runtime.tools import DelegatedTool, ToolBox
from hocket.simulator import CounterexampleFound, explore_or_raise
from hocket.simulator.connections import connect

SCHEDULES = 2
SCRIPTS = {
    "A": [[Reply(SECRET, (ModelCall("x", "look", {"for": SECRET}),)), Reply(SECRET)]],
    "B": [[Reply(SECRET, (ModelCall("x", "deploy", {"to": SECRET}),)), Reply(SECRET)]],
}
TABLES = ("runs", "messages", "approvals", "steps", "threads")


def furnish(tx: Transaction) -> None:
    """Ann has two threads, and Ben one."""
    tx.execute("INSERT INTO users VALUES ('ann'), ('ben')")
    for user, thread, is_main in (("ann", "A", 1), ("ann", "B", 0), ("ben", "C", 1)):
        row = (thread, user, is_main)
        tx.execute("INSERT INTO threads (thread_id, user_id, is_main) VALUES (?, ?, ?)", *row)


def numbered() -> Any:
    """Ids in the order in which they are made, so that the attacker knows them."""
    made: Counter[str] = Counter()

    def new_id(kind: str) -> str:
        made[kind] += 1
        return f"{kind}-{made[kind]}"

    return new_id


@define(eq=False)
class Peer:
    """A client that looks for the frames it wants."""

    channel: trio.abc.Channel[str]
    got: list[ServerFrame] = field(factory=list[ServerFrame], init=False)

    async def send(self, *frames: ClientFrame) -> None:
        for frame in frames:
            await self.channel.send(encode(frame))

    async def expect(self, kind: type[Any]) -> Any:
        with trio.fail_after(100):
            while True:
                self.got.append(frame := decode_server(await self.channel.receive()))
                if isinstance(frame, kind):
                    return frame

    async def settle(self) -> None:
        """Take what comes until nothing does for a while."""
        while True:
            with trio.move_on_after(1) as waiting:
                self.got.append(decode_server(await self.channel.receive()))
            if waiting.cancelled_caught:
                return


def rows(store: Store, table: str) -> list[Any]:
    """What a table holds of Ann's: all of it but what Ben's own threads may have."""

    def read(tx: Transaction) -> list[Any]:
        own = {t for (t,) in tx.execute("SELECT thread_id FROM threads WHERE user_id = 'ben'")}
        found = tx.execute(f"SELECT * FROM {table}").fetchall()
        return [row for row in found if not {"ben", "C", *own} & {*row}]

    return store.read(read)


@define(eq=False)
class Stage:
    """A runtime in the simulator, in which Ann has got to where she waits."""

    store: Store
    runtime: Runtime
    nursery: trio.Nursery

    async def connect(self, user: str) -> Peer:
        ours, theirs = connect(user, "server")
        self.nursery.start_soon(self.runtime.serve, theirs)
        peer = Peer(ours)
        await peer.send(Auth(f"token of {user}"))
        await peer.expect(AuthOk)
        return peer

    async def ann_waits(self) -> tuple[Peer, ToolExecute, TurnPaused]:
        ann = await self.connect("ann")
        names = ("look", "deploy")
        await ann.send(ToolSchemas(1, tuple(ToolSchema(name, "", {}) for name in names)))
        await ann.send(UserMessage("qb", "deploy it", "B"))
        paused = await ann.expect(TurnPaused)
        await ann.send(UserMessage("qa", "look for it", "A"))
        return ann, await ann.expect(ToolExecute), paused

    async def ann_goes_on(self, ann: Peer, call: ToolExecute, paused: TurnPaused) -> None:
        found = (ResultStatus.SUCCESS, "found")
        await ann.send(ToolResult(call.wire_id, "look", *found))
        assert (await ann.expect(TurnCompleted)).run_id == call.run_id
        await ann.send(ApprovalResponse(paused.approval.approval_id, approved=True))
        again = await ann.expect(ToolExecute)
        await ann.send(ToolResult(again.wire_id, "deploy", *found))
        assert (await ann.expect(TurnCompleted)).run_id == paused.run_id


async def on_stage(texts: list[str], parts: Parts | None = None) -> list[str]:
    """The whole story: Ann waits, Ben sends, nothing has changed, and Ann goes on.

    The codes of the refusals that Ben gets.
    """
    store = Store(Shelf())
    store.read(furnish)
    runtime = Runtime(
        store=store,
        model=ScriptedModel(SCRIPTS),
        tools=ToolBox(delegated=[DelegatedTool("deploy", needs_approval=True)]),
        users={"token of ann": "ann", "token of ben": "ben"},
        limits=Limits(frame_characters=LONG),
        new_id=numbered(),
        parts=parts or Parts(),
    )
    async with trio.open_nursery() as nursery:
        async with runtime.open():
            stage = Stage(store, runtime, nursery)
            ann, call, paused = await stage.ann_waits()
            approval = paused.approval.approval_id
            known = Victim(call.run_id, paused.run_id, "A", call.wire_id, "look", approval)
            assert set(known.ids) <= set(ANYBODY.ids)
            codes = await ben_tries(stage, texts)
            await stage.ann_goes_on(ann, call, paused)
        nursery.cancel_scope.cancel()
    store.close()
    return codes


async def ben_tries(stage: Stage, texts: list[str]) -> list[str]:
    """Send it all; what Ann has stays as it is, and every frame is answered with a refusal."""
    before = {table: rows(stage.store, table) for table in TABLES}
    ben = await stage.connect("ben")
    own = len(ben.got)
    for text in texts:
        await ben.channel.send(text)
    await ben.settle()
    assert {table: rows(stage.store, table) for table in TABLES} == before
    answers = [f for f in ben.got[own:] if isinstance(f, ProtocolFault | RequestRejected)]
    assert len(answers) >= len(texts) - harmless(texts)
    assert SECRET not in "".join(map(encode, ben.got))
    return [answer.code for answer in answers]


def harmless(texts: list[str]) -> int:
    """How many texts may be frames that a client may send, and that do nothing to others."""
    kinds = ('"tool_schemas"', '"user_message"', '"thread_')
    return sum(any(kind in text for kind in kinds) for text in texts)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(hostile_texts(ANYBODY))
def test_nothing_that_ben_sends_does_anything_to_ann(texts: list[str]) -> None:
    """Under explored schedules; her turns come to their ends, and she sees no trace of him."""

    async def story() -> None:
        await on_stage(texts)

    explore_or_raise(story, schedules=SCHEDULES)


@pytest.mark.parametrize("order", [ThreadClose, ThreadReset, ThreadDelete, ThreadHistory])
def test_a_thread_of_another_is_there_for_nobody(order: Any) -> None:
    """It is refused as one that does not exist, and what runs or waits on it goes on."""

    async def story() -> None:
        texts = [encode(order("q", thread)) for thread in ("A", "B")]
        assert await on_stage(texts) == ["not_found"] * 2

    explore_or_raise(story, schedules=SCHEDULES)


class _ByWireAlone(Delegation):
    """A planted fault: a call is found by its wire id, on whatever connection."""

    def key(self, connection: Connection, wire: str) -> Hashable:
        return wire


def test_an_answer_that_reaches_a_call_of_another_is_seen() -> None:
    """The same story fails with a runtime that takes it."""
    forged = encode(ToolResult("w1", "look", ResultStatus.SUCCESS, "forged"))

    async def story() -> None:
        await on_stage([forged], Parts(delegation=_ByWireAlone))

    with pytest.raises(CounterexampleFound):
        explore_or_raise(story, schedules=1)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["{}", "", "[", encode(Auth("token of eve")), encode(Auth(""))]))
def test_who_does_not_say_who_he_is_hears_nothing(text: str) -> None:
    """But that; nothing that he says afterwards is heard."""

    async def story() -> None:
        store = Store(Shelf())
        store.read(furnish)
        runtime = Runtime(store=store, model=ScriptedModel({}), users={"token of ann": "ann"})
        async with trio.open_nursery() as nursery, runtime.open():
            ours, theirs = connect("eve", "server")
            nursery.start_soon(runtime.serve, theirs)
            peer = Peer(ours)
            await ours.send(text)
            fault = await peer.expect(ProtocolFault)
            assert fault.code in ("unauthenticated", "malformed", "unknown_type")
            nursery.cancel_scope.cancel()
        store.close()

    explore_or_raise(story, schedules=SCHEDULES)
