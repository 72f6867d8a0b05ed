"""An agent runtime of one page that is not hocket's, and the adapter that puts it under test.

The runtime answers messages with what its model says, and a turn can be stopped.  It knows nothing
of hocket: it tells what becomes of a turn to a function, in words of its own.  The adapter below it
makes events and frames of those words, and calls of the frames that clients send.

    hocket run examples/small_runtime.hocket --runtime examples.small_runtime:careful
    hocket run examples/small_runtime.hocket --runtime examples.small_runtime:careless
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import trio

from hocket.runtime.protocol.codec import decode, encode
from hocket.runtime.protocol.events import Event
from hocket.runtime.protocol.frames import (
    Auth,
    AuthOk,
    Cancel,
    RunStarted,
    ServerFrame,
    TurnCancelled,
    TurnCompleted,
    UserMessage,
)
from hocket.scenarios.adapters import Pending, World
from hocket.scenarios.language.model import Say
from hocket.simulator.connections import connect

# The runtime.

Tell = Callable[[int, str, str], None]
"""Told which turn became what: running, answered or stopped; and its text."""


class SmallRuntime:
    """Turns by number; a careful one looks whether it was stopped while its model thought."""

    def __init__(
        self, model: Callable[[str], Awaitable[str]], tell: Tell, *, careful: bool
    ) -> None:
        self.model, self.tell, self.careful = model, tell, careful
        self.states: list[str] = []

    async def have_turn(self, turn: int, text: str) -> None:
        """One turn, from its beginning to its end."""
        self.becomes(turn, "running", text)
        reply = await self.model(text)
        if self.states[turn] == "running" or not self.careful:
            self.becomes(turn, "answered", reply)

    def stop(self, turn: int) -> None:
        """Stop a turn, unless it is over."""
        if self.states[turn] == "running":
            self.becomes(turn, "stopped", "")

    def becomes(self, turn: int, state: str, text: str) -> None:
        """Note what became of a turn, and tell it."""
        self.states[turn] = state
        self.tell(turn, state, text)


# The adapter.

STATUSES = {"new": None, "running": "running", "answered": "completed", "stopped": "cancelled"}
EVENTS = "conn.open conn.auth conn.close frame.in frame.out run.status cancel.request cancel.ack"


class SmallAdapter:
    """One runtime in one schedule; a turn is the run of its number."""

    capabilities = frozenset(EVENTS.split())

    def __init__(self, *, careful: bool) -> None:
        self.careful = careful
        self.asked: list[tuple[UserMessage, Wire]] = []
        self.statuses: list[str | None] = []
        self.connections = 0

    async def open(self, world: World, emit: Callable[[Event], None]) -> None:
        """Start the runtime in the world, with the model of the scenario."""
        self.world, self.emit = world, emit
        self.thread = world.setup.threads[0].name
        self.replies = [turn.replies[0] for turn in world.setup.models]
        self.runtime = SmallRuntime(self.model, self.tell, careful=self.careful)
        await trio.lowlevel.checkpoint()

    async def model(self, _text: str) -> str:
        """What the scenario says that the model says, in the time that it takes."""
        reply = self.replies.pop(0)
        assert isinstance(reply, Say)
        await trio.sleep(getattr(reply.takes, "seconds", 0.0))
        return reply.text

    async def connect(self, user: str) -> trio.abc.Channel[str]:
        """A connection in memory, with two tasks of ours at its other end."""
        self.connections += 1
        ours, theirs = connect(f"{user} {self.connections}", "server")
        wire = Wire(theirs, {"conn": f"conn-{self.connections}", "user": user}, self.emit)
        self.world.nursery.start_soon(self.hear, wire)
        self.world.nursery.start_soon(wire.write)
        await trio.lowlevel.checkpoint()
        return ours

    def token(self, user: str) -> str:
        """What a client says first."""
        return f"token of {user}"

    async def hear(self, wire: "Wire") -> None:
        """Make calls of the runtime of what a client says."""
        self.emit(Event("conn.open", {"conn": wire.about["conn"]}))
        try:
            while True:
                frame = decode(await wire.channel.receive())
                self.emit(Event("frame.in", {**wire.about, "type": frame.type, "ref": None}))
                if isinstance(frame, Auth):
                    self.emit(Event("conn.auth", {**wire.about, "resumed": None}))
                    wire.say(AuthOk(wire.about["user"], wire.about["conn"], "none"))
                elif isinstance(frame, UserMessage):
                    self.begin(frame, wire)
                elif isinstance(frame, Cancel):
                    self.cancel(frame, wire)
        except trio.EndOfChannel:
            self.emit(Event("conn.close", wire.about))
            await wire.close()

    def begin(self, frame: UserMessage, wire: "Wire") -> None:
        """A turn in a task of its own."""
        turn = len(self.asked)
        self.asked.append((frame, wire))
        self.statuses.append(None)
        self.runtime.states.append("new")
        self.moved(turn, "accepted")
        wire.say(RunStarted(f"run-{turn}", self.thread, frame.request_id))
        self.world.nursery.start_soon(self.runtime.have_turn, turn, frame.text)

    def cancel(self, frame: Cancel, wire: "Wire") -> None:
        """Stop a turn, and say what it has become."""
        self.emit(Event("cancel.request", {"run": frame.run_id, **wire.about}))
        turn = int(frame.run_id.removeprefix("run-"))
        self.runtime.stop(turn)
        self.emit(Event("cancel.ack", {"run": frame.run_id, "status": self.statuses[turn]}))

    def tell(self, turn: int, state: str, text: str) -> None:
        """What the runtime says became of a turn, as an event and, at its end, as a frame."""
        self.moved(turn, STATUSES[state])
        ids, (_, wire) = (f"run-{turn}", self.thread), self.asked[turn]
        if state == "answered":
            wire.say(TurnCompleted(*ids, text))
        elif state == "stopped":
            wire.say(TurnCancelled(*ids))

    def moved(self, turn: int, new: str | None) -> None:
        """One event where the fact becomes true."""
        frame, wire = self.asked[turn]
        old, self.statuses[turn] = self.statuses[turn], new
        about = {"run": f"run-{turn}", "thread": self.thread, "request": frame.request_id}
        self.emit(Event("run.status", {**about, **wire.about, "old": old, "new": new, "by": "us"}))

    def snapshot(self) -> Pending:
        """Turns that are not over."""
        live = (None, "accepted", "running")
        runs = [f"run-{n} {status}" for n, status in enumerate(self.statuses) if status in live]
        return Pending(runs=tuple(runs))

    async def close(self) -> None:
        """There is nothing to shut down: the scenario's nursery owns all tasks."""
        await trio.lowlevel.checkpoint()


class Wire:
    """The server's end of a connection: frames leave in the order in which they were said."""

    def __init__(
        self, channel: trio.abc.Channel[str], about: dict[str, str], emit: Callable[[Event], None]
    ) -> None:
        self.channel, self.about, self.emit = channel, about, emit
        self.outbox, self.queue = trio.open_memory_channel[ServerFrame](100)

    def say(self, frame: ServerFrame) -> None:
        """Put a frame behind those that were said before."""
        self.outbox.send_nowait(frame)

    async def write(self) -> None:
        """Send what is said, until there will be nothing more."""
        async for frame in self.queue:
            ended = isinstance(frame, TurnCompleted | TurnCancelled)
            fields: dict[str, Any] = {**self.about, "type": frame.type, "terminal": ended}
            about = {name: getattr(frame, f"{name}_id", None) for name in ("run", "thread")}
            text = getattr(frame, "response", "")
            self.emit(Event("frame.out", {**fields, **about, "content": text}))
            await self.channel.send(encode(frame))

    async def close(self) -> None:
        """Say good-bye."""
        self.outbox.close()
        await self.channel.aclose()


careful = partial(SmallAdapter, careful=True)
careless = partial(SmallAdapter, careful=False)
