"""Isolation of deeds: only its user acts on a run; calls and answers keep to their connection.

Answers to delegated calls carry no mark that could be trusted; they are followed by connection and
wire id.  A runtime settles an answer in the step in which it read it, so the cause of a
``wire.resolve`` is the last ``wire.result``.
"""

from typing import ClassVar, Self

from attrs import define, field

from hocket.scenarios.properties.base import Connections, Property, Runs, Setup, Wires
from hocket.simulator.invariants import Observation, Violation

__all__ = ["Iso4", "Iso5", "Iso7"]


@define(eq=False)
class Iso4(Property):
    """An answer resolves only a call that was sent, under the answer's wire id, on the connection
    the answer came from or on one that this connection resumed.
    """

    ID: ClassVar[str] = "ISO-4"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"conn.auth", "wire.execute", "wire.result", "wire.resolve"}
    )

    _wires: Wires = field(factory=Wires, init=False)
    _answer: Observation | None = field(default=None, init=False)

    def observe(self, seen: Observation) -> Violation | None:
        match seen.kind:
            case "wire.result":
                self._answer = seen
            case "wire.resolve":
                self.triggered = True
                return self._judge(self._answer or seen, seen)
            case _:
                self._wires.learn(seen)
        return None

    def _judge(self, cause: Observation, seen: Observation) -> Violation | None:
        if seen["exec"] in self._wires.through(cause["conn"], cause["wire"]):
            return None
        return self.violated(
            f"an answer for wire {cause['wire']} on {cause['conn']} resolved execution"
            f" {seen['exec']} of run {seen['run']}, which was not sent there under that id",
            *sorted({cause.index, seen.index}),
        )


@define(eq=False)
class Iso5(Property):
    """A delegated call goes to the connection that started its run, or to one that resumed it."""

    ID: ClassVar[str] = "ISO-5"
    KINDS: ClassVar[frozenset[str]] = frozenset({"conn.auth", "run.status", "wire.execute"})

    _runs: Runs = field(factory=Runs, init=False)
    _connections: Connections = field(factory=Connections, init=False)

    def observe(self, seen: Observation) -> Violation | None:
        match seen.kind:
            case "conn.auth":
                self._connections.learn(seen)
            case "run.status":
                self._runs.learn(seen)
            case _:
                own = self._runs.get(seen["run"])
                if own is None or own.origin is None:
                    return None
                self.triggered = True
                if own.origin not in self._connections.family(seen["conn"]):
                    return self.violated(
                        f"a call of run {seen['run']}, started on {own.origin},"
                        f" was sent to {seen['conn']}",
                        seen.index,
                    )
        return None


@define(eq=False)
class Iso7(Property):
    """A decision, a cancellation, an answer or a registration takes effect only from an
    authenticated connection of the run's own user whose login was not revoked, and never on a name
    that the server owns.

    A cancellation leaves no trace of who caused it, so one counts as a stranger's only if nothing
    of the user's own can explain it: no request, no later turn, no lost connection.
    """

    ID: ClassVar[str] = "ISO-7"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {
            *("conn.open", "conn.auth", "conn.ready", "conn.close", "run.status", "turn.request"),
            *("appr.decide", "cancel.request", "cancel.ack", "wire.result", "wire.resolve"),
            *("tool.start", "login.revoked"),
        }
    )

    server_tools: frozenset[str] = frozenset()
    _runs: Runs = field(factory=Runs, init=False)
    _connections: Connections = field(factory=Connections, init=False)
    _opened: set[str] = field(factory=set[str], init=False)
    _logins: dict[str, list[str]] = field(factory=dict[str, list[str]], init=False)
    _revoked: dict[str, int] = field(factory=dict[str, int], init=False)
    _answer: Observation | None = field(default=None, init=False)
    _strangers: dict[str, int] = field(factory=dict[str, int], init=False)
    _explained: set[str] = field(factory=set[str], init=False)
    _unexplained: dict[str, set[str]] = field(factory=dict[str, set[str]], init=False)

    @classmethod
    def of(cls, setup: Setup) -> Self:
        return cls(server_tools=setup.server_tools)

    def observe(self, seen: Observation) -> Violation | None:
        match seen.kind:
            case "conn.open":
                self._opened.add(seen["conn"])
            case "conn.auth":
                self._connections.learn(seen)
                self._logins.setdefault(seen["user"], []).append(seen["conn"])
            case "login.revoked":
                self._revoked |= dict.fromkeys(self._logins.pop(seen["user"], ()), seen.index)
            case "run.status":
                own = self._runs.learn(seen)
                if own.user is not None and seen["run"] not in self._explained:
                    self._unexplained.setdefault(own.user, set()).add(seen["run"])
            case "turn.request" | "conn.close":
                self._explained |= self._unexplained.pop(seen["user"], set())
            case "wire.result":
                self._answer = seen
            case "conn.ready" | "tool.start":
                return self._names(seen)
            case "cancel.request" | "cancel.ack":
                return self._cancel(seen)
            case "appr.decide":
                return self._actor(seen, seen)
            case _:
                return self._actor(self._answer or seen, seen)
        return None

    def _names(self, seen: Observation) -> Violation | None:
        ready = seen.kind == "conn.ready"
        if not ready and seen["site"] != "client":
            return None
        self.triggered = True
        stolen = self.server_tools.intersection(seen["tools"] if ready else (seen["tool"],))
        if not stolen:
            return None
        deed = f"{seen['conn']} registered" if ready else f"run {seen['run']} asked a client for"
        return self.violated(f"{deed} the server's own tool {min(stolen)}", seen.index)

    def _cancel(self, seen: Observation) -> Violation | None:
        run, own = seen["run"], self._runs.get(seen["run"])
        if own is None:
            return None
        if seen.kind == "cancel.request":
            if seen["user"] in (own.user, None):
                self._explained.add(run)
            else:
                self.triggered = True
                self._strangers.setdefault(run, seen.index)
        elif run in self._strangers and run not in self._explained:
            return self.violated(
                f"run {run} of {own.user} was cancelled at the request of another user",
                self._strangers[run],
                seen.index,
            )
        return None

    def _actor(self, cause: Observation, seen: Observation) -> Violation | None:
        own, conn = self._runs.get(seen["run"]), cause["conn"]
        user = self._connections.user(conn)
        if own is None or (user is None and conn not in self._opened):
            return None
        self.triggered = True
        if conn in self._revoked:
            return self.violated(
                f"{conn} acted on run {seen['run']} after its login was revoked",
                *sorted({self._revoked[conn], cause.index, seen.index}),
            )
        if user == own.user:
            return None
        return self.violated(
            f"{conn} of {user or 'nobody'} acted on run {seen['run']} of {own.user}",
            *sorted({cause.index, seen.index}),
        )
