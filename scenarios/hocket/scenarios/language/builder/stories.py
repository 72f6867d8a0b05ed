"""A story as it is being written: what is there, who acts, and what is explored."""

from attrs import define, field

from hocket.scenarios.language.builder.expecting import Expectations
from hocket.scenarios.language.builder.lanes import LaneScript
from hocket.scenarios.language.builder.values import Time, arguments_of, time_of
from hocket.scenarios.language.checks import read
from hocket.scenarios.language.diagnostics import render
from hocket.scenarios.language.formatter import format_scenarios
from hocket.scenarios.language.model import (
    Call,
    Calls,
    Client,
    Duplicate,
    Duration,
    Fail,
    Fix,
    Hold,
    Limit,
    Lose,
    ModelReply,
    ModelTurn,
    Name,
    Parameter,
    Policy,
    Range,
    Say,
    Scenario,
    Setup,
    Site,
    StepName,
    Thread,
    Together,
    Tool,
    User,
    Value,
    Without,
)
from hocket.scenarios.language.phrases import duration_of

__all__ = ["Story", "StoryMistakes", "call", "calls", "fail", "say"]


class StoryMistakes(ValueError):
    """A story that the checks find fault with; the message shows each mistake in its text."""


def call(tool: str, call_id: str | None = None, /, **arguments: Value) -> Calls:
    """A reply of the model that calls one tool, with the id that the model gives the call."""
    return Calls((Call(tool, arguments_of(arguments), call_id),))


def calls(*replies: Calls) -> Calls:
    """One reply that makes the calls of several."""
    return Calls(tuple(one for reply in replies for one in reply.calls))


def say(text: str, *, takes: Time | None = None) -> Say:
    """A reply of the model that is plain text."""
    return Say(text, None if takes is None else time_of(takes))


def fail(message: str, *, takes: Time | None = None) -> Fail:
    """A request to the model that fails."""
    return Fail(message, None if takes is None else time_of(takes))


@define(eq=False)
class Story:
    """A scenario that is being written; see the package for an example."""

    name: str
    story: str = ""
    expect: Expectations = field(factory=Expectations, init=False)
    _parameters: list[Parameter | Together] = field(
        factory=list[Parameter | Together], init=False, repr=False
    )
    _users: list[User] = field(factory=list[User], init=False, repr=False)
    _threads: list[Thread] = field(factory=list[Thread], init=False, repr=False)
    _policies: list[Policy] = field(factory=list[Policy], init=False, repr=False)
    _models: list[ModelTurn] = field(factory=list[ModelTurn], init=False, repr=False)
    _tools: list[Tool] = field(factory=list[Tool], init=False, repr=False)
    _clients: list[tuple[str, LaneScript]] = field(
        factory=list[tuple[str, LaneScript]], init=False, repr=False
    )
    _limits: list[Limit] = field(factory=list[Limit], init=False, repr=False)
    _without: list[Without] = field(factory=list[Without], init=False, repr=False)

    def scenario(self) -> Scenario:
        """The model, checked; raises :class:`StoryMistakes`."""
        text = self.text()
        result = read(text, name=self.name)
        if result.diagnostics:
            row = result.source.row
            shown = (render(d, file=self.name, source=row(d.line)) for d in result.diagnostics)
            raise StoryMistakes("\n".join(shown))
        (scenario,) = result.scenarios
        return scenario

    def text(self) -> str:
        """The text of the story.

        Raises :class:`~hocket.scenarios.language.formatter.Unwritable` for what no text can say.
        """
        setup = Setup(
            tuple(self._users),
            tuple(self._threads),
            tuple(self._policies),
            tuple(self._models),
            tuple(self._tools),
        )
        clients = (Client(lane.name, user, lane.steps()) for user, lane in self._clients)
        scenario = Scenario(
            self.name,
            self.story,
            tuple(self._parameters),
            setup,
            tuple(clients),
            tuple(self._limits),
            self.expect.properties(),
            tuple(self._without),
        )
        return format_scenarios([scenario])

    def vary(self, name: str, *values: Value) -> None:
        """Run the story once for each value."""
        self._parameters.append(Parameter(name, values))

    def vary_together(self, **values: tuple[Value, ...]) -> None:
        """Parameters that take their k-th values at the same time."""
        parameters = (Parameter(name, of_one) for name, of_one in values.items())
        self._parameters.append(Together(tuple(parameters)))

    def user(self, *names: str) -> None:
        """People."""
        self._users += map(User, names)

    def thread(self, name: str, *, of: str) -> None:
        """A conversation thread of a user."""
        self._threads.append(Thread(name, of))

    def policy(self, name: str, value: str) -> None:
        """What the runtime does where reasonable runtimes differ."""
        self._policies.append(Policy(name, value))

    def model(self, thread: str, *replies: ModelReply) -> None:
        """What the model answers in the next turn of a thread."""
        self._models.append(ModelTurn(thread, replies))

    def local_tool(
        self,
        name: str,
        *,
        approval: bool = False,
        takes: Time | tuple[str, str] | None = None,
        use: str | None = None,
    ) -> None:
        """A tool of the runtime; ``takes`` is how long it runs, free between two bounds."""
        self._tools.append(Tool(name, Site.LOCAL, approval, takes=_taken(takes), use=use))

    def delegated_tool(
        self, name: str, *, approval: bool = False, timeout: Time | None = None
    ) -> None:
        """A tool that the client runs."""
        bound = None if timeout is None else time_of(timeout)
        self._tools.append(Tool(name, Site.DELEGATED, approval, bound))

    def client(self, name: str, *, of: str) -> LaneScript:
        """A device of a user; its steps are added to what is returned."""
        lane = LaneScript(name)
        self._clients.append((of, lane))
        return lane

    def fix(self, first: str, then: str) -> None:
        """Fix the order of two steps, each as ``laptop.approve`` or ``laptop.approve p``."""
        self._limits.append(Fix(_step_name(first), _step_name(then)))

    def hold(self, where: str, *, up_to: int, lasting: Time) -> None:
        """Frames of a client, or of one verb of it, may be held back for so long."""
        client, _, step = where.partition(".")
        self._limits.append(Hold(client, up_to, time_of(lasting), step or None))

    def duplicate(self, where: str, *, up_to: int) -> None:
        """Frames of a client, or of one verb of it, may arrive twice."""
        client, _, step = where.partition(".")
        self._limits.append(Duplicate(client, up_to, step or None))

    def lose(self, where: str, *, up_to: int) -> None:
        """Frames of a client, or of one verb of it, may never arrive."""
        client, _, step = where.partition(".")
        self._limits.append(Lose(client, up_to, step or None))

    def without(self, invariant: str, reason: str) -> None:
        """Switch off one of the built-in invariants, and say why."""
        self._without.append(Without(invariant, reason))


def _taken(takes: Time | tuple[str, str] | None) -> Duration | Range | Name | None:
    if not isinstance(takes, tuple):
        return None if takes is None else time_of(takes)
    low, high = map(duration_of, takes)
    if low is None or high is None:
        raise ValueError(f"{takes} are no two durations; write 0s and 5s")
    return Range(low, high)


def _step_name(spelt: str) -> StepName:
    step, _, name = spelt.partition(" ")
    client, _, verb = step.partition(".")
    return StepName(client, verb, name or None)
