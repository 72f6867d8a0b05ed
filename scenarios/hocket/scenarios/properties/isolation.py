"""Isolation of words: no text of one user or thread reaches another's prompt or device.

Texts carry the mark of their owner (:mod:`hocket.scenarios.tokens`), so a leak is seen by reading
a prompt or a frame.
"""

from collections.abc import Collection, Iterable
from typing import ClassVar

from attrs import define, field

from hocket.scenarios.properties.base import Connections, Property, Runs
from hocket.scenarios.tokens import Token, tokens
from hocket.simulator.invariants import Observation, Violation

__all__ = ["Iso1", "Iso2", "Iso8", "Iso9"]

_CONVERSATION = frozenset({"user", "assistant", "tool"})


def _marks(request: Observation, roles: Collection[str] | None = None) -> Iterable[Token]:
    for role, content, _call in request["messages"]:
        if roles is None or role in roles:
            yield from tokens(content)


def _of_prompt(request: Observation) -> Iterable[Token]:
    yield from _marks(request)
    for _name, text in request["blocks"] or ():
        yield from tokens(text)


@define(eq=False)
class Iso1(Property):
    """Every message of a conversation in a prompt belongs to the run's own user and thread."""

    ID: ClassVar[str] = "ISO-1"
    KINDS: ClassVar[frozenset[str]] = frozenset({"run.status", "llm.request"})

    _runs: Runs = field(factory=Runs, init=False)

    def observe(self, seen: Observation) -> Violation | None:
        if seen.kind == "run.status":
            self._runs.learn(seen)
            return None
        own = self._runs.get(seen["run"])
        if own is None:
            return None
        for mark in _marks(seen, _CONVERSATION):
            self.triggered = True
            if (mark.user, mark.thread) != (own.user, own.thread):
                return self.violated(
                    f"the prompt of run {seen['run']} on thread {own.thread} of {own.user} holds"
                    f" a message of thread {mark.thread} of {mark.user}",
                    seen.index,
                )
        return None


@define(eq=False)
class Iso2(Property):
    """No prompt and no frame of a run holds words of a user other than the run's own."""

    ID: ClassVar[str] = "ISO-2"
    KINDS: ClassVar[frozenset[str]] = frozenset({"run.status", "llm.request", "frame.out"})

    _runs: Runs = field(factory=Runs, init=False)

    def observe(self, seen: Observation) -> Violation | None:
        if seen.kind == "run.status":
            self._runs.learn(seen)
            return None
        prompt = seen.kind == "llm.request"
        own = self._runs.get(seen["run"])
        users = (seen["user"], own.user if own is not None else None)
        allowed = {user for user in users if user is not None}
        for mark in _of_prompt(seen) if prompt else tokens(seen["content"] or ""):
            self.triggered = True
            if allowed - {mark.user}:
                where = "prompt" if prompt else f"frame {seen['type']}"
                return self.violated(
                    f"a {where} of run {seen['run']} of {'/'.join(sorted(allowed))}"
                    f" holds words of {mark.user}",
                    seen.index,
                )
        return None


@define(eq=False)
class Iso8(Property):
    """A frame of a run goes only to connections of the run's user, from their authentication on
    and until they ended.
    """

    ID: ClassVar[str] = "ISO-8"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"run.status", "conn.auth", "conn.end", "frame.out"}
    )

    _runs: Runs = field(factory=Runs, init=False)
    _connections: Connections = field(factory=Connections, init=False)
    _ended: dict[str, int] = field(factory=dict[str, int], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        match seen.kind:
            case "run.status":
                self._runs.learn(seen)
            case "conn.auth":
                self._connections.learn(seen)
            case "conn.end":
                self._ended[seen["conn"]] = seen.index
            case _:
                return self._judge(seen)
        return None

    def _judge(self, seen: Observation) -> Violation | None:
        run, conn = seen["run"], seen["conn"]
        own = self._runs.get(run)
        if own is None:
            return None
        self.triggered = True
        if conn in self._ended:
            return self.violated(
                f"a frame {seen['type']} of run {run} went to {conn}, which had ended",
                self._ended[conn],
                seen.index,
            )
        user = self._connections.user(conn)
        if user == own.user:
            return None
        return self.violated(
            f"a frame {seen['type']} of run {run} of {own.user} went to {conn} of"
            f" {user or 'nobody yet'}",
            seen.index,
        )


@define(eq=False)
class Iso9(Property):
    """The history in the first prompt of a segment is the one that the segment loaded."""

    ID: ClassVar[str] = "ISO-9"
    KINDS: ClassVar[frozenset[str]] = frozenset({"hist.load", "llm.request", "lock.release"})

    _loaded: dict[str, Observation] = field(factory=dict[str, Observation], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        if seen.kind == "hist.load":
            self._loaded[seen["run"]] = seen
            return None
        loaded = self._loaded.pop(seen["run"], None)
        if loaded is None or seen.kind == "lock.release":
            return None
        self.triggered = True
        if seen["history"] == loaded["digest"]:
            return None
        return self.violated(
            f"the history of run {seen['run']} changed between its load and its first prompt",
            loaded.index,
            seen.index,
        )
