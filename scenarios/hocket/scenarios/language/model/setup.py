"""What is there before anything happens: users, threads, tools, policies, the model's script."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from attrs import frozen

from hocket.scenarios.language.model.values import Argument, Duration, Name, Node, Range, Value

__all__ = [
    "POLICIES",
    "Call",
    "Calls",
    "Fail",
    "ModelReply",
    "ModelTurn",
    "Parameter",
    "Policy",
    "Say",
    "Setup",
    "Site",
    "Thread",
    "Together",
    "Tool",
    "User",
]

POLICIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "second_turn": ("enqueue", "reject", "interrupt"),
        "pending_approval": ("reject", "allow", "void_approval"),
        "disconnect": ("keep_running", "cancel"),
        "lost_call": ("fail", "wait_for_resume"),
        "memory": ("off", "learn"),
        "idle_thread": ("keep", "close"),
    }
)
"""The policies of a runtime with the values each may have, the default first."""


@frozen
class Parameter(Node):
    """``vary NAME = VALUE, ...``: the scenario is run once for each value."""

    name: str
    values: tuple[Value, ...]


@frozen
class Together(Node):
    """``vary together``: parameters that take their k-th values at the same time."""

    parameters: tuple[Parameter, ...]


@frozen
class User(Node):
    """A person, who owns threads and may have several clients."""

    name: str


@frozen
class Thread(Node):
    """A conversation thread of a user."""

    name: str
    user: str


@frozen
class Policy(Node):
    """A choice of the runtime's conduct: a key of :data:`POLICIES` and one of its values."""

    name: str
    value: str


@frozen
class Call(Node):
    """A tool call that the model proposes, with the id the model gives it (or none)."""

    tool: str
    arguments: tuple[Argument, ...] = ()
    id: str | None = None


@frozen
class Calls(Node):
    """One reply of the model that proposes one call or several; it takes ``takes`` to come."""

    calls: tuple[Call, ...]
    takes: Duration | Name | None = None


@frozen
class Say(Node):
    """One reply of the model that is plain text, and so ends the turn.

    ``in_pieces`` it is said word by word, evenly over the time that it takes.
    """

    text: str
    takes: Duration | Name | None = None
    in_pieces: bool = False


@frozen
class Fail(Node):
    """One request to the model that fails with ``message``."""

    message: str
    takes: Duration | Name | None = None


ModelReply = Calls | Say | Fail


@frozen
class ModelTurn(Node):
    """The model's replies to one turn of a thread; the k-th of a thread is for its k-th turn."""

    thread: str
    replies: tuple[ModelReply, ...]


class Site(StrEnum):
    """Where a tool runs: in the runtime, or at the client that started the turn."""

    LOCAL = "local"
    DELEGATED = "delegated"


@frozen
class Tool(Node):
    """A tool: ``timeout`` bounds a delegated call, ``takes`` is how long a local one runs.

    A local tool has its effect when it has run for that long, and then a result.  ``use`` is the
    ``package.module:function`` that a local tool calls for its result.
    """

    name: str
    site: Site
    approval: bool = False
    timeout: Duration | Name | None = None
    takes: Duration | Range | Name | None = None
    use: str | None = None


@frozen
class Setup(Node):
    """What is there before anything happens."""

    users: tuple[User, ...] = ()
    threads: tuple[Thread, ...] = ()
    policies: tuple[Policy, ...] = ()
    models: tuple[ModelTurn, ...] = ()
    tools: tuple[Tool, ...] = ()

    def policy(self, name: str) -> str:
        """The value of a policy: the one chosen, else its default; KeyError if there is none."""
        return next((p.value for p in self.policies if p.name == name), POLICIES[name][0])
