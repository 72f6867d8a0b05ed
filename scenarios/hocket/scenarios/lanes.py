"""Drives a scenario: its clients' lanes, step by step, through the connections of an adapter.

A lane is a task; its steps are in order, and everything between lanes is free.  A client keeps the
frames of all of its connections in one inbox, where each waiting step looks for the first that it
wants.  A wait that cannot end any more is decided when nothing can happen: ``else skip`` ends its
lane, any other makes the scenario fail as *lane stuck*.
"""

from collections.abc import Callable, Mapping
from functools import singledispatchmethod
from typing import TypeVar

import trio
from attrs import define, field

from hocket.runtime.protocol import codec, frames
from hocket.runtime.protocol.events import Event
from hocket.scenarios.adapters import Adapter
from hocket.scenarios.language import model
from hocket.scenarios.language.parameters import seconds
from hocket.scenarios.tokens import mint
from hocket.simulator.connections import DROP, DUPLICATE, Endpoint, Fate, Hold, Rule, explored
from hocket.simulator.simulation import observe

__all__ = ["Bench", "Stuck"]

QUIET_SECONDS = 3_600.0
"""Virtual time after which nothing scripted can still be on its way."""

ServerFrame = frames.ServerFrame
Found = TypeVar("Found")
Bound = tuple[str, str]
"""A client and a name that it bound."""


class LaneSkipped(Exception):
    """The rest of a lane is left out."""


@define(eq=False)
class Session:
    """One connection of a client; ``successor`` is the one that resumed it."""

    name: str | None
    channel: trio.abc.Channel[str]
    ready: trio.Event = field(factory=trio.Event)
    alive: bool = True
    resume_token: str | None = None
    successor: "Session | None" = None


@define(eq=False)
class Stuck:
    """A step that waits: in which lane, and whether the rest may be skipped."""

    lane: str
    step: model.Step
    text: str
    else_skip: bool
    skipped: bool = False
    woken: trio.Event = field(factory=trio.Event)


@define(eq=False)
class Bench:
    """One execution of a scenario against an adapter.

    ``requests`` gets the request id of each turn that a lane asks for, under the turn's name.
    """

    scenario: model.Scenario
    adapter: Adapter
    requests: dict[str, str]
    nursery: trio.Nursery
    runs: dict[str, str] = field(factory=dict[str, str], init=False)
    calls: dict[Bound, frames.ToolExecute] = field(
        factory=dict[Bound, frames.ToolExecute], init=False
    )
    approvals: dict[Bound, str] = field(factory=dict[Bound, str], init=False)
    model_calls: dict[str, str | None] = field(factory=dict[str, str | None], init=False)
    rejected: set[str] = field(factory=set[str], init=False)
    waiting: list[Stuck] = field(factory=list[Stuck], init=False)
    over: bool = field(default=False, init=False)

    async def run(self) -> tuple[Stuck, ...]:
        """Run all lanes until nothing can happen any more; the waits that never ended."""
        for client in self.scenario.clients:
            driver = Driver(self, client)
            self.nursery.start_soon(driver.lane, client.name, client.steps, name=client.name)
        while True:
            await trio.sleep(QUIET_SECONDS)
            skippable = [wait for wait in self.waiting if wait.else_skip]
            for wait in skippable:
                wait.skipped = True
                wait.woken.set()
            if not skippable:
                return tuple(self.waiting)

    async def wait_until(
        self, lane: str, step: model.Step, text: str, look: Callable[[], Found | None]
    ) -> Found:
        """Wait until ``look`` finds something; anything that happens may be what it looks for."""
        while (found := look()) is None:
            wait = Stuck(lane, step, text, else_skip=getattr(step, "else_skip", False))
            self.waiting.append(wait)
            try:
                await wait.woken.wait()
            finally:
                self.waiting.remove(wait)
            if wait.skipped:
                raise LaneSkipped
        return found

    def emit(self, event: Event) -> None:
        """Hear what the runtime says, and pass it on to those who judge."""
        if event.kind == "call.propose":
            self.model_calls[event["call"]] = event["model_call"]
        if not self.over:
            observe(event.kind, event.fields)

    def end(self) -> None:
        """What follows is shutting down, and nobody judges it."""
        self.over = True

    def find(self, table: Mapping[Bound, Found], client: str, name: str) -> Found | None:
        """What a client means by a name: what it bound itself, else what another client bound."""
        own = table.get((client, name))
        others = (value for (_, bound), value in table.items() if bound == name)
        return own if own is not None else next(others, None)

    def stir(self) -> None:
        """Something happened: let every waiting step look again."""
        for wait in self.waiting:
            wait.woken.set()


@define(eq=False)
class Driver:
    """One client: its connections, its inbox, and what its steps do."""

    bench: Bench
    client: model.Client
    sessions: list[Session] = field(factory=list[Session], init=False)
    inbox: list[ServerFrame] = field(factory=list[ServerFrame], init=False)
    minted: int = field(default=0, init=False)
    _rules: list[Rule] | None = field(default=None, init=False)

    async def lane(self, name: str, steps: tuple[model.Step, ...]) -> None:
        """Do the steps of one lane in order."""
        try:
            for step in steps:
                await self.do(step, name)
        except LaneSkipped:
            self._tell(name, steps[0], "the rest is skipped")

    @singledispatchmethod
    async def do(self, step: model.Step, lane: str) -> None:
        """Do one step."""
        raise TypeError(f"no such step: {step!r}")

    # -- connections -------------------------------------------------------------------------

    @do.register
    async def _connect(self, step: model.Connect, lane: str) -> None:
        self._tell(lane, step, f"connect{' resuming ' + step.resuming if step.resuming else ''}")
        channel = await self.bench.adapter.connect(self.client.user)
        session = Session(step.name, channel)
        before = self._session(step.resuming) if step.resuming else None
        if before is not None:
            before.successor = session
        self.sessions.append(session)
        self.bench.nursery.start_soon(self._read, session, name=f"{self.client.name} reader")
        token = self.bench.adapter.token(self.client.user)
        resume = before.resume_token if before is not None else None
        await self._send(frames.Auth(token, resume), session)
        await session.ready.wait()
        await self._send(frames.ToolSchemas(1, self._tools()), session)
        if isinstance(channel, Endpoint):
            channel.outgoing.rules.extend(self._faults())

    @do.register
    async def _drop(self, step: model.Drop, lane: str) -> None:
        self._tell(lane, step, "lose the connection")
        session = self._session(step.session)
        session.alive = False
        if isinstance(session.channel, Endpoint):
            session.channel.cut()
            await trio.lowlevel.checkpoint()
        else:
            await session.channel.aclose()

    @do.register
    async def _close(self, step: model.Close, lane: str) -> None:
        self._tell(lane, step, "close the connection")
        session = self._session(step.session)
        session.alive = False
        await session.channel.aclose()

    # -- turns -------------------------------------------------------------------------------

    @do.register
    async def _start(self, step: model.Start, lane: str) -> None:
        self._tell(lane, step, f"start {step.thread} as {step.turn}")
        request = f"request-{step.turn}"
        self.bench.requests[step.turn] = request
        text = f"{step.text or 'please'}{self._mint(step.thread)}"
        await self._send(frames.UserMessage(request, text, step.thread))

    @do.register
    async def _cancel(self, step: model.Cancel, lane: str) -> None:
        request = f"request-{step.turn}"
        bench = self.bench

        def look() -> str | None:
            return "" if request in bench.rejected else bench.runs.get(request)

        run = await bench.wait_until(lane, step, f"{step.turn} to be known", look)
        self._tell(lane, step, f"cancel {step.turn}")
        if run:
            await self._send(frames.Cancel(run), self._session(step.session))

    @do.register
    async def _on_end(self, step: model.OnEnd, lane: str) -> None:
        request = f"request-{step.turn}"

        def ends(frame: ServerFrame) -> bool:
            if isinstance(frame, frames.RequestRejected):
                return frame.request_id == request
            final = frames.is_terminal_frame(frame) and not isinstance(frame, frames.TurnPaused)
            return final and getattr(frame, "run_id", None) == self.bench.runs.get(request)

        await self._take(step, lane, f"the end of {step.turn}", ends)

    @do.register
    async def _on_pause(self, step: model.OnPause, lane: str) -> None:
        def pauses(frame: ServerFrame) -> bool:
            run = self.bench.runs.get(f"request-{step.turn}")
            return isinstance(frame, frames.TurnPaused) and frame.run_id == run

        await self._take(step, lane, f"a pause of {step.turn}", pauses)

    # -- tools and approvals -----------------------------------------------------------------

    @do.register
    async def _on_call(self, step: model.OnCall, lane: str) -> None:
        def asked(frame: ServerFrame) -> bool:
            return (
                isinstance(frame, frames.ToolExecute)
                and frame.tool_name == step.tool
                and self._is_of(frame, step.turn)
                and step.id in (None, self.bench.model_calls.get(frame.call_uid))
            )

        frame = await self._take(step, lane, f"a call of {step.tool}", asked)
        assert isinstance(frame, frames.ToolExecute)
        self.bench.calls[self.client.name, step.name] = frame
        self.bench.stir()
        self._tell(lane, step, f"is asked to run {step.tool} ({step.name})")

    @do.register
    async def _reply(self, step: model.Reply, lane: str) -> None:
        call = await self._bound(self.bench.calls, step.call, step, lane)
        self._tell(lane, step, f'reply {step.call} "{step.value}"')
        status = frames.ResultStatus.ERROR if step.error else frames.ResultStatus.SUCCESS
        result = f"{step.value}{self._mint(call.thread_id)}"
        answer = frames.ToolResult(call.wire_id, step.tool or call.tool_name, status, result)
        await self._send(answer, self._session(step.session))

    @do.register
    async def _on_approval(self, step: model.OnApproval, lane: str) -> None:
        def asked(frame: ServerFrame) -> bool:
            return (
                isinstance(frame, frames.TurnPaused)
                and frame.approval.tool_name == step.tool
                and self._is_of(frame, step.turn)
            )

        frame = await self._take(step, lane, f"an approval of {step.tool}", asked)
        assert isinstance(frame, frames.TurnPaused)
        self.bench.approvals[self.client.name, step.name] = frame.approval.approval_id
        self.bench.stir()
        self._tell(lane, step, f"is asked to approve {step.tool} ({step.name})")

    @do.register
    async def _approve(self, step: model.Approve, lane: str) -> None:
        await self._decide(step, lane, "approve", approved=True)

    @do.register
    async def _deny(self, step: model.Deny, lane: str) -> None:
        await self._decide(step, lane, "deny", approved=False)

    async def _decide(
        self, step: model.Approve | model.Deny, lane: str, verb: str, *, approved: bool
    ) -> None:
        approval = await self._bound(self.bench.approvals, step.approval, step, lane)
        self._tell(lane, step, f"{verb} {step.approval}")
        response = frames.ApprovalResponse(approval, approved)
        await self._send(response, self._session(step.session))

    # -- time and forks ----------------------------------------------------------------------

    @do.register
    async def _wait(self, step: model.Wait, lane: str) -> None:
        self._tell(lane, step, f"wait {seconds(step.duration):g} s")
        await trio.sleep(seconds(step.duration))

    @do.register
    async def _fork(self, step: model.Fork, lane: str) -> None:
        async with trio.open_nursery() as nursery:
            for branch in step.lanes:
                name = f"{lane}.{branch.name}"
                nursery.start_soon(self.lane, name, branch.steps, name=name)

    # -- frames ------------------------------------------------------------------------------

    async def _bound(
        self, table: Mapping[Bound, Found], name: str, step: model.Step, lane: str
    ) -> Found:
        """What a name is bound to, once it is, here or by another client."""

        def look() -> Found | None:
            return self.bench.find(table, self.client.name, name)

        return await self.bench.wait_until(lane, step, f"{name} to be known", look)

    def _is_of(self, frame: frames.RunFrame, turn: str | None) -> bool:
        return turn is None or frame.run_id == self.bench.runs.get(f"request-{turn}")

    async def _take(
        self, step: model.Step, lane: str, text: str, wanted: Callable[[ServerFrame], bool]
    ) -> ServerFrame:
        """Wait for the first frame in the inbox that is wanted, and take it out."""

        def look() -> ServerFrame | None:
            return next((frame for frame in self.inbox if wanted(frame)), None)

        frame = await self.bench.wait_until(lane, step, text, look)
        self.inbox.remove(frame)
        return frame

    async def _read(self, session: Session) -> None:
        """Put what arrives on a connection into the inbox, until the connection ends."""
        try:
            async for text in session.channel:
                self._accept(codec.decode_server(text), session)
        except (trio.ClosedResourceError, trio.BrokenResourceError):
            pass
        finally:
            session.alive = False
            session.ready.set()
            self.bench.stir()

    def _accept(self, frame: ServerFrame, session: Session) -> None:
        match frame:
            case frames.AuthOk(resume_token=token):
                session.resume_token = token
                session.ready.set()
            case frames.RunStarted(run_id=run, request_id=request):
                self.bench.runs[request] = run
            case frames.RequestRejected(request_id=request):
                self.bench.rejected.add(request)
                self.inbox.append(frame)
            case _:
                self.inbox.append(frame)
        self.bench.stir()

    async def _send(self, frame: frames.ClientFrame, session: Session | None = None) -> None:
        """Send over a connection; one that is gone takes the frame with it."""
        session = session or self._session(None)
        try:
            await session.channel.send(codec.encode(frame))
        except (trio.ClosedResourceError, trio.BrokenResourceError):
            session.alive = False

    def _session(self, name: str | None) -> Session:
        """The connection of that name, or the last one; if it is gone, what resumed it."""
        named = [s for s in self.sessions if name is None or s.name == name]
        session = named[-1]
        while not session.alive and session.successor is not None:
            session = session.successor
        return session

    def _mint(self, thread: str) -> str:
        self.minted += 1
        return mint(self.client.user, thread, self.minted)

    def _tools(self) -> tuple[frames.ToolSchema, ...]:
        tools = self.bench.scenario.setup.tools
        delegated = (t for t in tools if t.site is model.Site.DELEGATED)
        return tuple(frames.ToolSchema(tool.name, "", {}) for tool in delegated)

    def _faults(self) -> list[Rule]:
        """The rules for what this client sends, with limits that hold over all its connections."""
        if self._rules is None:
            faults = (f for f in self.bench.scenario.schedule if f.client == self.client.name)
            self._rules = [_rule(fault) for fault in faults]
        return self._rules

    def _tell(self, lane: str, step: model.Step, text: str) -> None:
        observe("lane.step", {"lane": lane, "text": text, "line": step.line})


_SENT_BY: Mapping[str | None, tuple[str, str]] = {
    None: ("", ""),
    "start": ('"type": "user_message"', ""),
    "reply": ('"type": "tool_result"', ""),
    "approve": ('"type": "approval_response"', '"approved": true'),
    "deny": ('"type": "approval_response"', '"approved": false'),
    "cancel": ('"type": "cancel"', ""),
}
"""What the text of a frame contains that a step of this verb sends."""


def _rule(fault: model.Fault) -> Rule:
    match fault:
        case model.Hold(duration=duration):
            rule = explored(Hold(seconds(duration)), limit=fault.limit)
        case model.Duplicate():
            rule = explored(DUPLICATE, limit=fault.limit)
        case model.Lose():
            rule = explored(DROP, limit=fault.limit)
    marks = [mark.replace(" ", "") for mark in _SENT_BY[fault.step]]

    def of_step(link: str, message: str) -> Fate | None:
        text = message.replace(" ", "")
        return rule(link, message) if all(mark in text for mark in marks) else None

    return of_step
