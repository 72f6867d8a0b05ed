"""The reference runtime behind the adapter interface, the same as anyone's.

The database is SQLite in memory, restored for each execution from a snapshot that holds the schema
and the scenario's users and threads.
"""

import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import trio
from attrs import define, field

from hocket.runtime.models.contract import (
    ContextOverflow,
    ModelCall,
    ModelError,
    ModelUnavailable,
)
from hocket.runtime.models.scripted import Reply, ScriptedModel
from hocket.runtime.policies import Limits, Policies
from hocket.runtime.protocol.events import EVENT_FIELDS, Event
from hocket.runtime.runtime import Parts, Runtime
from hocket.runtime.store.files import Shelf
from hocket.runtime.store.schema import PERSONAL, SHARED, add_thread, add_user, migrate
from hocket.runtime.store.store import Store
from hocket.runtime.tools import DelegatedTool, Tool, ToolBox, ToolContext
from hocket.scenarios.adapters import Pending, World
from hocket.scenarios.language import model
from hocket.scenarios.language.parameters import seconds
from hocket.scenarios.tool_schemas import parameters
from hocket.simulator.connections import connect
from hocket.simulator.engine.choices import ChoiceKind
from hocket.simulator.simulation import choose

__all__ = ["ReferenceAdapter", "reference", "restored"]

_FAULTS: Mapping[str, type[ModelError]] = {
    "overloaded": ModelUnavailable,
    "context overflow": ContextOverflow,
}
"""The failures of a model that a runtime meets by asking again, by what the script calls them."""


@define(eq=False)
class ReferenceAdapter:
    """One reference runtime; a planted defect is one of its ``parts`` replaced, or its ``kind``."""

    parts: Parts = field(factory=Parts)
    kind: type[Runtime] = Runtime
    capabilities: frozenset[str] = field(default=frozenset(EVENT_FIELDS), init=False)
    _world: World = field(init=False)
    _runtime: Runtime = field(init=False)
    _stop: trio.CancelScope = field(factory=trio.CancelScope, init=False)
    _stopped: trio.Event = field(factory=trio.Event, init=False)
    _opened: int = field(default=0, init=False)
    _new_id: Callable[[str], str] = field(init=False)
    _model: ScriptedModel = field(init=False)
    store: Store = field(init=False)

    async def open(self, world: World, emit: Callable[[Event], None]) -> None:
        """Start the runtime on a fresh copy of the scenario's database."""
        self._world, self._new_id = world, _numbered()
        self._model = ScriptedModel(_scripts(world.setup))
        await self.start(_SnapshotShelf(world.setup), emit)

    async def start(self, shelf: Shelf, emit: Callable[[Event], None]) -> None:
        """Start a process of the runtime on these databases."""
        setup, self.store = self._world.setup, self.open_store(shelf)
        self._runtime = self.kind(
            store=self.store,
            model=self._model,
            tools=_tool_box(setup, self._world.code),
            users={self.token(user.name): user.name for user in setup.users},
            policies=Policies(**{name: setup.policy(name) for name in model.POLICIES}),
            emit=emit,
            new_id=self._new_id,
            clock=trio.current_time,
            limits=Limits(episode_turns=2, sweep_seconds=120.0),
            parts=self.parts,
        )
        await self._world.nursery.start(self._run)

    def open_store(self, shelf: Shelf) -> Store:
        """The store of a process that begins."""
        return Store(shelf)

    async def _run(self, *, task_status: trio.TaskStatus[None]) -> None:
        with self._stop:
            async with self._runtime.open():
                task_status.started()
                await trio.sleep_forever()
        self._stopped.set()

    async def connect(self, user: str) -> trio.abc.Channel[str]:
        """A fake connection, served by the runtime."""
        self._opened += 1
        ours, theirs = connect(f"{user} {self._opened}", "server")
        self._world.nursery.start_soon(self._runtime.serve, theirs, name=ours.outgoing.name)
        await trio.lowlevel.checkpoint()
        return ours

    def token(self, user: str) -> str:
        """Users authenticate by their name here."""
        return f"token of {user}"

    async def revoke(self, user: str) -> None:
        """Revoke the one token of a user."""
        await self._runtime.revoke(self.token(user))

    def snapshot(self) -> Pending:
        """What the runtime says is still open."""
        open_now = self._runtime.snapshot()
        return Pending(
            runs=tuple(f"{run} {status}" for run, status in open_now.runs),
            approvals=tuple(open_now.approvals),
            calls=tuple(open_now.calls),
            connections=open_now.connections,
            records=open_now.records,
            locks=open_now.locks,
            stale=open_now.stale,
        )

    async def close(self) -> None:
        """Stop the runtime and wait until its tasks have ended."""
        self._stop.cancel()
        await self._stopped.wait()


def reference() -> ReferenceAdapter:
    """The reference runtime as it is shipped."""
    return ReferenceAdapter()


@define(eq=False)
class _SnapshotShelf(Shelf):
    """Databases in memory, as the scenario's setup says, or empty for a user's own."""

    setup: model.Setup

    def shared(self) -> sqlite3.Connection:
        users = tuple(user.name for user in self.setup.users)
        threads = tuple((thread.user, thread.name) for thread in self.setup.threads)
        return restored(_snapshot(SHARED, users, threads))

    def personal(self, user: str) -> sqlite3.Connection:
        return restored(_snapshot(PERSONAL, (), ()))


def restored(snapshot: bytes) -> sqlite3.Connection:
    """A database in memory, as it was serialized."""
    connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    connection.deserialize(snapshot)
    return connection


@lru_cache(maxsize=64)
def _snapshot(
    steps: tuple[str, ...], users: tuple[str, ...], threads: tuple[tuple[str, str], ...]
) -> bytes:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        migrate(connection, steps)
        for user in users:
            add_user(connection, user)
        for user, thread in threads:
            add_thread(connection, user, thread)
        return connection.serialize()
    finally:
        connection.close()


def _numbered() -> Callable[[str], str]:
    """Ids that say what they are of, numbered in the order in which they are made."""
    made: Counter[str] = Counter()

    def new_id(kind: str) -> str:
        made[kind] += 1
        return f"{kind}-{made[kind]}"

    return new_id


def _scripts(setup: model.Setup) -> Mapping[str, list[list[Reply]]]:
    scripts: dict[str, list[list[Reply]]] = {}
    for turn in setup.models:
        scripts.setdefault(turn.thread, []).append([_reply(reply) for reply in turn.replies])
    return scripts


def _reply(reply: model.ModelReply) -> Reply:
    takes = seconds(reply.takes) if reply.takes is not None else 0.0
    match reply:
        case model.Say(text=text):
            pieces = tuple(re.findall(r"\S+\s*", text)) if reply.in_pieces else ()
            return Reply(text, seconds=takes, pieces=pieces)
        case model.Fail(message=message):
            fault = _FAULTS.get(message, ModelError)
            return Reply(seconds=takes, error=message, fault=fault)
        case model.Calls(calls=calls):
            proposed = tuple(ModelCall(c.id, c.tool, _arguments(c)) for c in calls)
            return Reply(calls=proposed, seconds=takes)


def _arguments(call: model.Call) -> dict[str, Any]:
    return {argument.name: _plain(argument.value) for argument in call.arguments}


def _plain(value: model.Value) -> Any:
    if isinstance(value, model.Duration):
        return value.seconds
    return value.text if isinstance(value, model.Name) else value


def _tool_box(setup: model.Setup, code: Mapping[str, Callable[..., object]]) -> ToolBox:
    local = [
        _local(tool, code.get(tool.use or ""), parameters(setup, tool.name))
        for tool in setup.tools
        if tool.site is model.Site.LOCAL
    ]
    delegated = [_delegated(tool) for tool in setup.tools if tool.site is model.Site.DELEGATED]
    return ToolBox(local=local, delegated=delegated)


def _delegated(tool: model.Tool) -> DelegatedTool:
    if tool.timeout is None:
        return DelegatedTool(tool.name, needs_approval=tool.approval)
    return DelegatedTool(tool.name, seconds(tool.timeout), needs_approval=tool.approval)


def _local(
    tool: model.Tool, behaviour: Callable[..., Any] | None, taken: Mapping[str, Any]
) -> Tool:
    async def run(arguments: Mapping[str, Any], context: ToolContext) -> str:
        await trio.sleep(_duration(tool))
        context.effect()
        await trio.lowlevel.checkpoint()
        return str(await behaviour(arguments)) if behaviour is not None else f"{tool.name} done"

    return Tool(tool.name, taken, run, needs_approval=tool.approval)


def _duration(tool: model.Tool) -> float:
    """How long a local tool takes this time; a range is a choice of its ends and its middle."""
    if tool.takes is None:
        return 0.0
    if not isinstance(tool.takes, model.Range):
        return seconds(tool.takes)
    low, high = tool.takes.low.seconds, tool.takes.high.seconds
    values = (low, (low + high) / 2, high)
    options = [f"{value:g} s" for value in values]
    return values[choose(ChoiceKind.DATA, f"duration of {tool.name}", options)]
