"""Who is there, and what they do: setups, and lanes that can be followed in them."""

from collections.abc import Sequence

from attrs import define, field, frozen
from hypothesis import strategies as st

from hocket.scenarios.language.model import (
    POLICIES,
    Approve,
    Argument,
    Call,
    Calls,
    Cancel,
    Client,
    Close,
    Connect,
    Deny,
    Drop,
    Duration,
    Fail,
    Fork,
    Lane,
    ModelReply,
    ModelTurn,
    Name,
    OnApproval,
    OnCall,
    OnEnd,
    OnPause,
    Parameter,
    Policy,
    Range,
    Reply,
    Say,
    Site,
    Start,
    Step,
    Thread,
    Together,
    Tool,
    User,
    Wait,
)

__all__ = ["Cast", "casts", "clients", "durations", "texts"]

_USERS = ("ann", "ben", "cleo")
_THREADS = ("A", "B", "C")
_TOOLS = ("read_file", "deploy", "search")
_CLIENTS = ("laptop", "phone", "watch")
_PARAMETERS = ("delay", "outage")


@frozen
class Cast:
    """What a scenario declares; ``owners`` are the users of its threads, in their order."""

    users: tuple[User, ...]
    threads: tuple[Thread, ...]
    policies: tuple[Policy, ...]
    models: tuple[ModelTurn, ...]
    tools: tuple[Tool, ...]
    parameters: tuple[Parameter | Together, ...]

    def calls_of(self, tool: str) -> list[Call]:
        """The calls of a tool that the model proposes."""
        return [
            call
            for turn in self.models
            for reply in turn.replies
            if isinstance(reply, Calls)
            for call in reply.calls
            if call.tool == tool
        ]

    def names(self) -> tuple[str, ...]:
        """The names of all parameters."""
        varied = (v.parameters if isinstance(v, Together) else (v,) for v in self.parameters)
        return tuple(parameter.name for group in varied for parameter in group)


def texts() -> st.SearchStrategy[str]:
    """Texts that a scenario can say: what can be printed, line ends and tabs."""
    shown = st.characters(codec="utf-8", exclude_categories=("C", "Z"), include_characters=" \n\t")
    return st.text(shown, min_size=1, max_size=12)


def durations() -> st.SearchStrategy[Duration]:
    """Durations from nothing to an hour, down to the nanosecond."""
    return st.one_of(
        st.integers(0, 3_600).map(lambda n: Duration(float(n))),
        st.integers(0, 10**12).map(lambda n: Duration(round(n / 10**9, 9))),
    )


@st.composite
def casts(draw: st.DrawFn) -> Cast:
    """Users, their threads, tools that the model calls, and parameters."""
    users = tuple(User(name) for name in _USERS[: draw(st.integers(1, 3))])
    count = draw(st.integers(len(users), 3))
    threads = tuple(Thread(_THREADS[i], users[i % len(users)].name) for i in range(count))
    parameters = draw(_parameters())
    tools = tuple(draw(_tool(name)) for name in _TOOLS[: draw(st.integers(0, 3))])
    models = draw(_models(threads, tools))
    chosen = draw(st.lists(st.sampled_from(list(POLICIES)), unique=True, max_size=2))
    policies = tuple(Policy(name, draw(st.sampled_from(POLICIES[name]))) for name in chosen)
    return Cast(users, threads, policies, models, tools, parameters)


@st.composite
def _parameters(draw: st.DrawFn) -> tuple[Parameter | Together, ...]:
    def varied(name: str, count: int) -> Parameter:
        values = draw(st.lists(durations(), min_size=count, max_size=count))
        return Parameter(name, tuple(values))

    names = _PARAMETERS[: draw(st.integers(0, 2))]
    if len(names) == 2 and draw(st.booleans()):
        count = draw(st.integers(1, 3))
        return (Together(tuple(varied(name, count) for name in names)),)
    return tuple(varied(name, draw(st.integers(1, 3))) for name in names)


@st.composite
def _tool(draw: st.DrawFn, name: str) -> Tool:
    site = draw(st.sampled_from(Site))
    approval = draw(st.booleans())
    if site is Site.DELEGATED:
        return Tool(name, site, approval, timeout=draw(st.none() | durations()))
    takes = draw(st.none() | durations() | _ranges())
    use = draw(st.none() | st.just(f"shop.tools:{name}"))
    return Tool(name, site, approval, takes=takes, use=use)


def _ranges() -> st.SearchStrategy[Range]:
    bounds = st.tuples(durations(), durations())
    ordered = bounds.map(lambda pair: sorted(pair, key=lambda d: d.seconds))
    return ordered.map(lambda pair: Range(pair[0], pair[1]))


@st.composite
def _models(
    draw: st.DrawFn, threads: Sequence[Thread], tools: Sequence[Tool]
) -> tuple[ModelTurn, ...]:
    takes = st.none() | durations()
    left = [tool.name for tool in tools]
    models: list[ModelTurn] = []
    for number, thread in enumerate(threads):
        share = left if number == len(threads) - 1 else left[: draw(st.integers(0, len(left)))]
        left = left[len(share) :]
        replies: list[ModelReply] = []
        for tool in share:
            again = draw(st.lists(_call(tool), max_size=1))
            replies.append(Calls((draw(_call(tool)), *again), draw(takes)))
        said, seconds = draw(texts()), draw(takes)
        replies.append(Say(said, seconds) if draw(st.booleans()) else Fail(said, seconds))
        models.append(ModelTurn(thread.name, tuple(replies)))
    return tuple(models)


@st.composite
def _call(draw: st.DrawFn, tool: str) -> Call:
    names = draw(st.lists(st.sampled_from(["path", "env", "n"]), unique=True, max_size=2))
    value = st.one_of(texts(), st.integers(-9, 10**9), st.booleans(), durations(), _floats())
    arguments = tuple(Argument(name, draw(value)) for name in names)
    return Call(tool, arguments, draw(st.none() | st.sampled_from(["c1", "c2"])))


def _floats() -> st.SearchStrategy[float]:
    return st.integers(-(10**9), 10**9).map(lambda n: n / 1_000)


@define
class _Script:
    """The lane of a client that is being written; ``bound`` counts the names it has bound."""

    draw: st.DrawFn
    cast: Cast
    client: str
    turns: list[str]
    bound: int = 0
    sessions: list[str] = field(factory=list[str])

    def new(self, letter: str) -> str:
        """A name that nothing else in the scenario has."""
        self.bound += 1
        return f"{self.client}_{letter}{self.bound}"

    def connect(self, *, resuming: str | None = None) -> Connect:
        """Open a connection."""
        name = self.new("s")
        self.sessions.append(name)
        return Connect(name, resuming)

    def some(self) -> list[Step]:
        """A few steps that make sense together."""
        cast, draw = self.cast, self.draw
        kinds = [self.await_end, self.pass_time, self.come_back]
        if any(tool.site is Site.DELEGATED for tool in cast.tools):
            kinds.append(self.answer)
        if any(tool.approval for tool in cast.tools):
            kinds.append(self.decide)
        if self.turns:
            kinds.append(self.cancel)
        return draw(st.sampled_from(kinds))()

    def answer(self) -> list[Step]:
        """Wait for a delegated call and answer it."""
        draw = self.draw
        delegated = [t.name for t in self.cast.tools if t.site is Site.DELEGATED]
        tool = draw(st.sampled_from(delegated))
        ids = [call.id for call in self.cast.calls_of(tool)]
        name = self.new("c")
        wait = OnCall(
            tool,
            name,
            draw(st.sampled_from([None, *self.turns])),
            draw(st.sampled_from([None, *ids])),
            draw(st.booleans()),
        )
        claimed = draw(st.none() | st.just(tool))
        session = draw(st.sampled_from([None, *self.sessions]))
        return [wait, Reply(name, draw(texts()), claimed, session, draw(st.booleans()))]

    def decide(self) -> list[Step]:
        """Wait for a question and answer it."""
        draw = self.draw
        tool = draw(st.sampled_from([t.name for t in self.cast.tools if t.approval]))
        name = self.new("p")
        turn = draw(st.sampled_from([None, *self.turns]))
        answer = Approve(name) if draw(st.booleans()) else Deny(name)
        return [OnApproval(tool, name, turn, draw(st.booleans())), answer]

    def cancel(self) -> list[Step]:
        """Cancel a turn of one's own."""
        return [Cancel(self.draw(st.sampled_from(self.turns)))]

    def await_end(self) -> list[Step]:
        """Wait for an end, or a pause."""
        if not self.turns:
            return self.pass_time()
        turn, else_skip = self.draw(st.sampled_from(self.turns)), self.draw(st.booleans())
        ends = self.draw(st.booleans())
        return [OnEnd(turn, else_skip) if ends else OnPause(turn, else_skip)]

    def pass_time(self) -> list[Step]:
        """Let time pass."""
        named = [Name(name) for name in self.cast.names()]
        return [Wait(self.draw(durations() | st.sampled_from(named) if named else durations()))]

    def come_back(self) -> list[Step]:
        """Lose the connection, or close it, and connect again."""
        draw = self.draw
        last = self.sessions[-1]
        session = draw(st.sampled_from([None, last]))
        end = Drop(session) if draw(st.booleans()) else Close(session)
        return [end, self.connect(resuming=draw(st.none() | st.just(last)))]

    def fork(self) -> Fork:
        """Two lanes side by side, which leave the connections alone."""
        kinds = [self.await_end, self.pass_time]
        lanes = [self.draw(st.sampled_from(kinds))() for _ in range(2)]
        return Fork(tuple(Lane(f"lane{i}", tuple(steps)) for i, steps in enumerate(lanes, 1)))


@st.composite
def clients(draw: st.DrawFn, cast: Cast) -> tuple[Client, ...]:
    """A client for each user at least; each thread is started, each parameter used."""
    count = draw(st.integers(len(cast.users), 3))
    acting: list[Client] = []
    started: list[str] = []
    for number in range(count):
        user = cast.users[number % len(cast.users)].name
        script = _Script(draw, cast, _CLIENTS[number], [])
        steps: list[Step] = [script.connect()]
        if number == 0:
            steps += [Wait(Name(name)) for name in cast.names()]
        for thread in cast.threads:
            if thread.user == user and thread.name not in started:
                started.append(thread.name)
                turn = script.new("t")
                script.turns.append(turn)
                steps.append(Start(thread.name, turn, draw(st.none() | texts())))
        for _ in range(draw(st.integers(0, 3))):
            steps += script.some()
        if draw(st.booleans()):
            steps.append(script.fork())
        acting.append(Client(_CLIENTS[number], user, tuple(steps)))
    return tuple(acting)
