"""A runtime with clients around it, in one process, in virtual time, and watched."""

from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

import pytest
import trio
import trio.testing
from attrs import define, field

from hocket.runtime.models.contract import Model, ModelCall, ModelOptions
from hocket.runtime.models.scripted import Reply, ScriptedModel
from hocket.runtime.policies import Limits, Policies
from hocket.runtime.protocol.codec import decode_server, encode
from hocket.runtime.protocol.events import EVENT_FIELDS, Event
from hocket.runtime.protocol.frames import (
    Auth,
    AuthOk,
    ClientFrame,
    ResultStatus,
    RunStarted,
    ServerFrame,
    ToolExecute,
    ToolResult,
    ToolSchema,
    ToolSchemas,
    UserMessage,
)
from hocket.runtime.runtime import Parts, Runtime
from hocket.runtime.store.database import Transaction
from hocket.runtime.store.files import Shelf
from hocket.runtime.store.store import Store
from hocket.runtime.tool_rules import ToolRules
from hocket.runtime.tools import DelegatedTool, Tool, ToolBox, ToolContext

F = TypeVar("F")


@define(eq=False)
class MemoryChannel(trio.abc.Channel[str]):
    """One end of a connection in memory."""

    outgoing: trio.MemorySendChannel[str]
    incoming: trio.MemoryReceiveChannel[str]

    async def send(self, value: str) -> None:
        await self.outgoing.send(value)

    async def receive(self) -> str:
        return await self.incoming.receive()

    async def aclose(self) -> None:
        await self.outgoing.aclose()
        await self.incoming.aclose()


@define(eq=False)
class Client:
    """A client that looks for the frames it wants and keeps all that it got."""

    channel: MemoryChannel
    auth: AuthOk = field(init=False)
    got: list[ServerFrame] = field(factory=list[ServerFrame], init=False)
    _unseen: list[ServerFrame] = field(factory=list[ServerFrame], init=False)

    async def send(self, frame: ClientFrame) -> None:
        await self.channel.send(encode(frame))

    async def expect(self, kind: type[F]) -> F:
        """The first frame of a kind that was not asked for yet; others are kept for later."""
        for frame in self._unseen:
            if isinstance(frame, kind):
                self._unseen.remove(frame)
                return frame
        with trio.fail_after(1000):
            while True:
                frame = decode_server(await self.channel.receive())
                self.got.append(frame)
                if isinstance(frame, kind):
                    return frame
                self._unseen.append(frame)

    async def settle(self) -> list[ServerFrame]:
        """All frames so far, once nothing happens any more."""
        await trio.testing.wait_all_tasks_blocked()
        while True:
            try:
                self.got.append(decode_server(self.channel.incoming.receive_nowait()))
            except (trio.WouldBlock, trio.EndOfChannel):
                return self.got
            await trio.testing.wait_all_tasks_blocked()

    async def ask(self, thread: str = "A", text: str = "hello", request: str = "q1") -> str:
        """Ask for a turn; its run."""
        await self.send(UserMessage(request, text, thread))
        while True:
            started = await self.expect(RunStarted)
            if started.request_id == request:
                return started.run_id

    async def send_message(self, text: str, thread: str, request: str) -> None:
        """Ask for a turn, without waiting for its beginning."""
        await self.send(UserMessage(request, text, thread))

    async def offer(self, *names: str, epoch: int = 1) -> None:
        """Register tools."""
        await self.send(ToolSchemas(epoch, tuple(ToolSchema(name, "", {}) for name in names)))

    async def answer(self, call: ToolExecute, result: str = "found", **changes: Any) -> None:
        """Answer a delegated call."""
        fields: dict[str, Any] = {
            "wire_id": call.wire_id,
            "tool_name": call.tool_name,
            "result": result,
        }
        await self.send(ToolResult(**{**fields, "status": ResultStatus.SUCCESS, **changes}))

    async def close(self) -> None:
        await self.channel.aclose()


@define(eq=False)
class House:
    """A runtime, its store, and everything that it said."""

    runtime: Runtime
    nursery: trio.Nursery
    store: Store
    events: list[Event]
    began: float = field(factory=trio.current_time)

    @property
    def clock(self) -> float:
        """Virtual seconds since the house was opened."""
        return trio.current_time() - self.began

    async def connect(self, user: str = "ann", resume: str | None = None) -> Client:
        client = self.dial()
        await client.send(Auth(f"token of {user}", resume))
        client.auth = await client.expect(AuthOk)
        return client

    def dial(self, capacity: float = 1000) -> Client:
        """A connection that said nothing yet, which takes ``capacity`` frames before it blocks."""
        up_send, up_receive = trio.open_memory_channel[str](1000)
        down_send, down_receive = trio.open_memory_channel[str](capacity)
        self.nursery.start_soon(self.runtime.serve, MemoryChannel(down_send, up_receive))
        return Client(MemoryChannel(up_send, down_receive))

    def seen(self, kind: str, **fields: Any) -> list[Event]:
        """The events of a kind with these values."""
        return [
            event
            for event in self.events
            if event.kind == kind and all(event[name] == value for name, value in fields.items())
        ]

    def statuses(self, run: str) -> list[str]:
        """The statuses that a run went through."""
        return [str(event["new"]) for event in self.seen("run.status", run=run)]

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """What stands in the store."""
        return self.store.read(lambda tx: tx.execute(sql, *values).fetchall())


async def note(arguments: Mapping[str, Any], context: ToolContext) -> str:
    """A local tool that takes the seconds it is told to."""
    await trio.sleep(arguments.get("seconds", 0))
    if "fail" in arguments:
        raise ValueError(arguments["fail"])
    context.effect()
    return "noted"


TOOLS = ToolBox(
    local=[Tool("note", {}, note), Tool("pay", {}, note, needs_approval=True)],
    delegated=[DelegatedTool("slow", 5.0), DelegatedTool("bash", 30.0, needs_approval=True)],
)


def _furnish(tx: Transaction) -> None:
    tx.execute("INSERT INTO users VALUES ('ann'), ('ben')")
    for user, thread, is_main in (("ann", "A", 1), ("ann", "B", 0), ("ben", "C", 1)):
        tx.execute(
            "INSERT INTO threads (thread_id, user_id, is_main) VALUES (?, ?, ?)",
            *(thread, user, is_main),
        )


def checked(event: Event) -> Event:
    assert tuple(event.fields) == EVENT_FIELDS[event.kind], event
    return event


@asynccontextmanager
async def _open_house(
    scripts: Mapping[str, Sequence[Sequence[Reply]]] | None = None,
    *,
    limits: Limits | None = None,
    parts: Parts | None = None,
    model: Model | None = None,
    options: ModelOptions | None = None,
    order: ToolRules | None = None,
    store: Store | None = None,
    furnished: bool = False,
    **policies: str,
) -> AsyncGenerator[House]:
    own = store is None
    store = store or Store(Shelf())
    if not furnished:
        store.read(_furnish)
    events: list[Event] = []
    made: Counter[str] = Counter()

    def new_id(kind: str) -> str:
        made[kind] += 1
        return f"{kind}-{made[kind]}"

    runtime = Runtime(
        store=store,
        model=model or ScriptedModel(scripts or {}),
        tools=ToolBox(
            local=TOOLS.local.values(),
            delegated=TOOLS.delegated.values(),
            order=order or ToolRules(),
        ),
        options=options or ModelOptions(),
        users={"token of ann": "ann", "token of ben": "ben"},
        policies=Policies(**policies),
        limits=limits or Limits(),
        emit=lambda event: events.append(checked(event)),
        new_id=new_id,
        clock=trio.current_time,
        parts=parts or Parts(),
    )
    async with trio.open_nursery() as nursery:
        async with runtime.open():
            yield House(runtime, nursery, store, events)
        assert runtime.snapshot().connections == ()
        assert runtime.snapshot().calls == ()
    if own:
        store.close()


OpenHouse = Callable[..., AbstractAsyncContextManager[House]]


async def _run_sync(function: Callable[..., Any], *args: Any, limiter: Any = None) -> Any:
    """Does in place what a worker thread would do, since virtual time cannot wait for one."""
    if limiter is None:
        await trio.lowlevel.checkpoint()
        result = function(*args)
    else:
        async with limiter:
            result = function(*args)
    with trio.CancelScope(shield=True):
        await trio.lowlevel.checkpoint()
    return result


@pytest.fixture
def open_house(monkeypatch: pytest.MonkeyPatch) -> OpenHouse:
    """Opens a house: ``async with open_house(scripts, limits=..., policy=value) as house``.

    Tests ask for ``autojump_clock`` beside it: pytest-trio looks for the clock among their own
    arguments only.
    """
    monkeypatch.setattr(trio.to_thread, "run_sync", _run_sync)
    return _open_house


@pytest.fixture
def open_real_house() -> OpenHouse:
    """Opens a house in real time, with real worker threads."""
    return _open_house


def call(name: str, call_id: str | None = "x", **arguments: Any) -> Reply:
    """A model's reply that proposes one call."""
    return Reply(calls=(ModelCall(call_id, name, arguments),))


@pytest.fixture
def a_call() -> Callable[..., Reply]:
    """Makes a model's reply that proposes one call."""
    return call
