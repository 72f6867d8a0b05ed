"""What the checkers of agents have in common: their shape, and the facts several of them follow.

A checker sees events only, never the runtime.  Two rules keep it cheap and honest.  It looks things
up in dictionaries and never scans what went by, since it is called for every event of every
schedule.  And it judges what is *missing* only once nothing can happen any more or a deadline of
virtual time has passed, while what is *wrong* is judged at once: a slow runtime is no defect.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Mapping
from typing import ClassVar, Generic, Self, TypeVar

from attrs import define, field, frozen
from attrs.validators import in_

from hocket.runtime.protocol.lifecycle import RUN_TABLE, RunStatus, is_terminal
from hocket.simulator.invariants import Observation, Violation

__all__ = [
    "GRACE_SECONDS",
    "POLICIES",
    "TERMINAL",
    "Connections",
    "Deadlines",
    "Property",
    "RunFacts",
    "Runs",
    "Setup",
    "Wires",
]

Debt = TypeVar("Debt")

GRACE_SECONDS = 1.0
"""Virtual seconds that a runtime has for what it owes at once.  Virtual time moves only when
nothing can run, so a runtime that merely was scheduled late never uses any of it."""

TERMINAL: frozenset[str] = frozenset(s for s in RunStatus if is_terminal(RUN_TABLE, s))
"""The statuses of a run that nothing may follow."""

POLICIES: Mapping[str, tuple[str, ...]] = {
    "second_turn": ("enqueue", "reject", "interrupt"),
    "pending_approval": ("reject", "allow", "void_approval"),
    "disconnect": ("keep_running", "cancel"),
    "lost_call": ("fail", "wait_for_resume"),
    "memory": ("off", "learn"),
    "idle_thread": ("keep", "close"),
}
"""The policies of an agent runtime and their values, the default first."""


@frozen
class Setup:
    """What a checker has to know of a scenario's setup, since no event tells it."""

    disconnect: str = field(default="keep_running", validator=in_(POLICIES["disconnect"]))
    lost_call: str = field(default="fail", validator=in_(POLICIES["lost_call"]))
    pending_approval: str = field(default="reject", validator=in_(POLICIES["pending_approval"]))
    memory: str = field(default="off", validator=in_(POLICIES["memory"]))
    server_tools: frozenset[str] = frozenset()
    gated_tools: frozenset[str] = frozenset()


@define(eq=False)
class Property(ABC):
    """One invariant of agent runtimes, followed over one execution.

    A subclass gives its id and the kinds it wants to see; the first paragraph of its docstring is
    its statement.  ``triggered`` turns true when the execution first gave the property something
    to judge: one that holds without it has shown nothing.
    """

    ID: ClassVar[str]
    KINDS: ClassVar[frozenset[str]]
    STATEMENT: ClassVar[str]

    triggered: bool = field(default=False, init=False)

    def __init_subclass__(cls) -> None:
        cls.STATEMENT = " ".join((cls.__doc__ or "").split("\n\n")[0].split())

    @property
    def name(self) -> str:
        """The id, by which reports and scenarios know the property."""
        return self.ID

    @property
    def statement(self) -> str:
        """What must hold, in one sentence."""
        return self.STATEMENT

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of events to be shown."""
        return self.KINDS

    @classmethod
    def of(cls, _setup: Setup) -> Self:
        """A fresh checker for executions of a scenario with this setup."""
        return cls()

    @abstractmethod
    def observe(self, seen: Observation) -> Violation | None:
        """Judge one event; ``None`` while the property holds."""

    def conclude(self, time: float) -> Violation | None:
        """Judge what is missing at the end, at virtual ``time`` in seconds."""
        return None

    def violated(self, message: str, *indices: int) -> Violation:
        """The violation of this property by the events at ``indices``."""
        return Violation(self.name, message, indices)


@define
class RunFacts:
    """What the events have said of one run; ``index`` is that of its last change of status."""

    user: str | None
    thread: str | None
    origin: str | None
    status: str
    index: int

    @property
    def live(self) -> bool:
        """Whether the run was accepted and has not met its fate."""
        return self.status not in TERMINAL


@define
class Runs:
    """The runs seen so far, learned from ``run.status``: a run belongs to who had it accepted."""

    _facts: dict[str, RunFacts] = field(factory=dict[str, RunFacts], init=False)

    def learn(self, seen: Observation) -> RunFacts:
        """Take in one ``run.status``; the facts of its run as they are now."""
        facts = self._facts.get(seen["run"])
        if facts is None:
            facts = RunFacts(seen["user"], seen["thread"], seen["conn"], seen["new"], seen.index)
            self._facts[seen["run"]] = facts
        facts.status, facts.index = seen["new"], seen.index
        return facts

    def get(self, run: str | None) -> RunFacts | None:
        """The facts of ``run``; ``None`` for one that was never accepted."""
        return None if run is None else self._facts.get(run)

    def __iter__(self) -> Iterator[tuple[str, RunFacts]]:
        return iter(self._facts.items())


@define
class Connections:
    """The authenticated connections, learned from ``conn.auth``, and whom each of them resumed."""

    _users: dict[str, str] = field(factory=dict[str, str], init=False)
    _families: dict[str, frozenset[str]] = field(factory=dict[str, frozenset[str]], init=False)
    resumed: set[str] = field(factory=set[str], init=False)

    def learn(self, seen: Observation) -> None:
        """Take in one ``conn.auth``."""
        conn, old = seen["conn"], seen["resumed"]
        self._users[conn] = seen["user"]
        if old is not None:
            self._families[conn] = self.family(old) | {conn}
            self.resumed.add(old)

    def user(self, conn: str | None) -> str | None:
        """Whose connection this is; ``None`` before it authenticated."""
        return None if conn is None else self._users.get(conn)

    def family(self, conn: str) -> frozenset[str]:
        """The connection and all that it resumed, directly or through others."""
        return self._families.get(conn) or frozenset({conn})


@define
class Wires:
    """Which executions were sent under which wire id, seen through resumed connections."""

    connections: Connections = field(factory=Connections)
    _sent: dict[tuple[str, str], set[str]] = field(
        factory=dict[tuple[str, str], set[str]], init=False
    )

    def learn(self, seen: Observation) -> None:
        """Take in one ``conn.auth`` or ``wire.execute``."""
        if seen.kind == "conn.auth":
            self.connections.learn(seen)
        else:
            self._sent.setdefault((seen["conn"], seen["wire"]), set()).add(seen["exec"])

    def on(self, conn: str, wire: str) -> set[str]:
        """The executions sent on this very connection under this id."""
        return self._sent.get((conn, wire), set())

    def through(self, conn: str, wire: str) -> set[str]:
        """The executions sent under this id on the connection or on one that it resumed."""
        family = self.connections.family(conn)
        return set[str]().union(*(self.on(member, wire) for member in family))


@define
class Deadlines(Generic[Debt]):
    """What is owed within :data:`GRACE_SECONDS`, in the order in which it falls due."""

    _owed: deque[tuple[float, Debt]] = field(factory=deque[tuple[float, Debt]], init=False)

    def add(self, time: float, debt: Debt) -> None:
        """Owe ``debt`` from virtual ``time`` on, which never runs backwards."""
        self._owed.append((time + GRACE_SECONDS, debt))

    def passed(self, time: float) -> Iterator[Debt]:
        """The debts whose deadline lies before ``time``, each handed out once."""
        while self._owed and self._owed[0][0] < time:
            yield self._owed.popleft()[1]
