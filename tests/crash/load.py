"""Clients that keep a server busy until it dies: turns, tools on both sides, approvals, cancels."""

from random import Random

import trio
from attrs import define, field
from tests.crash.ledger import Ledger

from hocket.runtime.chat.dialing import Unreachable, Where, dialed
from hocket.runtime.protocol.codec import decode_server, encode
from hocket.runtime.protocol.frames import (
    ApprovalResponse,
    Auth,
    AuthOk,
    Cancel,
    ClientFrame,
    ResultStatus,
    RunStarted,
    ServerFrame,
    ToolExecute,
    ToolResult,
    ToolSchema,
    ToolSchemas,
    TurnPaused,
    UserMessage,
    is_terminal_frame,
)
from hocket.runtime.server.channel import WebSocketChannel

__all__ = ["Client", "under_load"]

TURNS = (
    "hello {n}",
    "call record\nthen\nrecorded {n}",
    'call touch {{"what": "x"}}\nthen\ntouched {n}',
    "call record\ncall pay\ncall record\nthen\npaid {n}",
    "call pay\nthen\npaid {n}",
    'call touch {{"what": "y"}}\ncall record\nthen\nwait 0.02\nboth {n}',
    "wait 0.2\nslow {n}",
)
_CANCELS = 0.15
_REPEATS = 0.2
_QUIET_SECONDS = 0.5


@define(eq=False)
class Client:
    """One client of one user.  It answers what it is asked, and repeats itself now and then."""

    name: str
    user: str
    ledger: Ledger
    chance: Random
    _channel: WebSocketChannel = field(init=False)
    _asked: int = field(default=0, init=False)

    async def work(self, url: str, cycle: int, ready: trio.Event) -> None:
        """Have turns, one after another, until the server is no more."""
        try:
            async with dialed(Where.parse(url)) as socket:
                self._channel = WebSocketChannel(socket)
                await self._begin()
                ready.set()
                while True:
                    await self._turn(f"{self.name}-{cycle}")
        except* (trio.EndOfChannel, trio.BrokenResourceError, Unreachable):
            ready.set()

    async def decide_all(self, url: str, approvals: list[str]) -> None:
        """Say yes or no to approvals, whether they pend or not, and wait for what comes of it."""
        async with dialed(Where.parse(url)) as socket:
            self._channel = WebSocketChannel(socket)
            await self._begin()
            for approval in approvals:
                await self._say(ApprovalResponse(approval, self.chance.random() < 0.5))
            quiet = False
            while not quiet:
                with trio.move_on_after(_QUIET_SECONDS) as waiting:
                    await self._hear()
                quiet = waiting.cancelled_caught

    async def is_let_in(self, url: str) -> None:
        """Wait until the server lets a client in, and leave."""
        async with dialed(Where.parse(url)) as socket:
            self._channel = WebSocketChannel(socket)
            await self._begin()

    async def _begin(self) -> None:
        await self._say(Auth(f"the-token-of-{self.user}"))
        while not isinstance(await self._hear(), AuthOk):
            pass
        await self._say(ToolSchemas(1, (ToolSchema("touch", "", {}),)))
        pending = [a for a, run in self.ledger.approvals.items() if run not in self.ledger.ends]
        for approval in pending[-20:]:  # also those of others, and those decided before
            await self._say(ApprovalResponse(approval, self.chance.random() < 0.5))

    async def _turn(self, label: str) -> None:
        self._asked += 1
        request = f"{label}-{self._asked}"
        text = self.chance.choice(TURNS).format(n=request)
        self.ledger.asked[request] = text
        await self._say(UserMessage(request, text))
        run = ""
        while True:
            frame = await self._hear()
            if isinstance(frame, RunStarted) and frame.request_id == request:
                run = frame.run_id
                if self.chance.random() < _CANCELS:
                    await trio.sleep(self.chance.random() * 0.02)
                    await self._say(Cancel(run))
            over = is_terminal_frame(frame) and getattr(frame, "run_id", "") == run
            if over and not isinstance(frame, TurnPaused):
                return
            if getattr(frame, "request_id", None) == request and not run:
                return

    async def _hear(self) -> ServerFrame:
        frame = decode_server(await self._channel.receive())
        self.ledger.told(frame)
        match frame:
            case TurnPaused(approval=approval):
                await self._often(ApprovalResponse(approval.approval_id, approved=True))
            case ToolExecute(wire_id=wire, tool_name=tool, call_uid=call, run_id=run):
                self.ledger.effects.append(f"{tool} of {call} in {run}")
                await self._often(ToolResult(wire, tool, ResultStatus.SUCCESS, f"did {call}"))
            case _:
                pass
        return frame

    async def _often(self, frame: ClientFrame) -> None:
        await self._say(frame)
        if self.chance.random() < _REPEATS:
            await self._say(frame)

    async def _say(self, frame: ClientFrame) -> None:
        await self._channel.send(encode(frame))


async def under_load(url: str, clients: list[Client], cycle: int, ready: trio.Event) -> None:
    """All clients at work, until the server is no more; ``ready`` when the first is let in."""
    async with trio.open_nursery() as nursery:
        for client in clients:
            nursery.start_soon(client.work, url, cycle, ready)
