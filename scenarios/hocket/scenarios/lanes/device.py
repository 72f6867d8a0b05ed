"""A client's side of its connections: sessions, one inbox for all of them, and sending."""

from collections.abc import Callable, Sequence

import trio
from attrs import define, field

from hocket.runtime.protocol import codec, frames
from hocket.scenarios.lanes.bench import Bench
from hocket.scenarios.lanes.faults import rule_of
from hocket.scenarios.language import model
from hocket.scenarios.tool_schemas import parameters
from hocket.simulator.connections import Endpoint, Rule

__all__ = ["Device", "Session"]

ServerFrame = frames.ServerFrame


@define(eq=False)
class Session:
    """One connection of a client; ``successor`` is the one that resumed it."""

    name: str | None
    channel: trio.abc.Channel[str]
    ready: trio.Event = field(factory=trio.Event)
    alive: bool = True
    resume_token: str | None = None
    successor: "Session | None" = None
    epoch: int = 0


@define(eq=False)
class Device:
    """A client as the runtime meets it."""

    bench: Bench
    client: model.Client
    inbox: list[ServerFrame] = field(factory=list[ServerFrame], init=False)
    _sessions: list[Session] = field(factory=list[Session], init=False)
    _rules: list[Rule] = field(factory=list[Rule], init=False)
    _asked: set[str] = field(factory=set[str], init=False)

    def __attrs_post_init__(self) -> None:
        # Made once, so that their limits hold over all connections of the client.
        limits = self.bench.scenario.schedule
        faults = [limit for limit in limits if not isinstance(limit, model.Fix)]
        self._rules = [rule_of(fault) for fault in faults if fault.client == self.client.name]

    async def connect(self, name: str | None, resuming: str | None) -> None:
        """Open a connection, authenticate, and offer the delegated tools of the scenario."""
        adapter, user, setup = self.bench.adapter, self.client.user, self.bench.scenario.setup
        before = self.session(resuming) if resuming else None
        session = Session(name, await adapter.connect(user))
        if before is not None:
            before.successor = session
        self._sessions.append(session)
        self.bench.nursery.start_soon(self._read, session, name=f"{self.client.name} reader")
        resume_token = before.resume_token if before is not None else None
        await self.send(frames.Auth(adapter.token(user), resume_token), session)
        await session.ready.wait()
        delegated = (t for t in setup.tools if t.site is model.Site.DELEGATED)
        await self.offer([tool.name for tool in delegated], session)
        if isinstance(session.channel, Endpoint):
            session.channel.outgoing.rules.extend(self._rules)

    async def offer(self, tools: Sequence[str], session: Session | None = None) -> None:
        """Offer these tools over a connection, in place of those that it offered before."""
        session = session or self.session(None)
        session.epoch += 1
        setup = self.bench.scenario.setup
        schemas = tuple(frames.ToolSchema(name, "", parameters(setup, name)) for name in tools)
        await self.send(frames.ToolSchemas(session.epoch, schemas), session)

    async def lose(self, name: str | None) -> None:
        """Lose a connection without a word."""
        session = self.session(name)
        session.alive = False
        if isinstance(session.channel, Endpoint):
            session.channel.cut()
            await trio.lowlevel.checkpoint()
        else:
            await session.channel.aclose()

    async def close(self, name: str | None) -> None:
        """Close a connection in good order."""
        session = self.session(name)
        session.alive = False
        await session.channel.aclose()

    async def send(self, frame: frames.ClientFrame, session: Session | None = None) -> None:
        """Send over a connection; one that is gone takes the frame with it."""
        session = session or self.session(None)
        try:
            await session.channel.send(codec.encode(frame))
        except (trio.ClosedResourceError, trio.BrokenResourceError):
            session.alive = False

    def take(self, wanted: Callable[[ServerFrame], bool]) -> ServerFrame | None:
        """Take the first frame out of the inbox that is wanted, if there is one."""
        for frame in self.inbox:
            if wanted(frame):
                self.inbox.remove(frame)
                return frame
        return None

    def session(self, name: str | None) -> Session:
        """The connection of that name, or the last one; if it is gone, what resumed it."""
        session = [s for s in self._sessions if name is None or s.name == name][-1]
        while not session.alive and session.successor is not None:
            session = session.successor
        return session

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
            case frames.TurnPaused(approval=approval) if approval.approval_id in self._asked:
                pass  # the same question, to a client that came back
            case frames.TurnPaused(approval=approval):
                self._asked.add(approval.approval_id)
                self.inbox.append(frame)
            case _:
                self.inbox.append(frame)
        self.bench.stir()
