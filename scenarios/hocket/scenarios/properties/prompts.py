"""Prompts: what a model is shown and offered is what the run is entitled to, and consistent."""

import json
from collections import Counter
from typing import Any, ClassVar, Self, cast

from attrs import define, field

from hocket.scenarios.properties.base import Property, Runs, Setup
from hocket.scenarios.tokens import tokens
from hocket.simulator.invariants import Observation, Violation

__all__ = ["Iso3", "Llm1", "Ord4", "Ord5", "Prompt1"]

_THREAD_BLOCKS = frozenset({"summary"})


@define(eq=False)
class Iso3(Property):
    """A block of a system prompt that belongs to a thread is of the run's own thread."""

    ID: ClassVar[str] = "ISO-3"
    KINDS: ClassVar[frozenset[str]] = frozenset({"run.status", "llm.request"})

    _runs: Runs = field(factory=Runs, init=False)

    def observe(self, seen: Observation) -> Violation | None:
        if seen.kind == "run.status":
            self._runs.learn(seen)
            return None
        own = self._runs.get(seen["run"])
        if own is None:
            return None
        for name, text in seen["blocks"] or ():
            for mark in tokens(text) if name in _THREAD_BLOCKS else ():
                self.triggered = True
                if mark.thread != own.thread:
                    return self.violated(
                        f"the {name} in a prompt of run {seen['run']} on thread {own.thread} is"
                        f" of thread {mark.thread}",
                        seen.index,
                    )
        return None


@define(eq=False)
class Ord4(Property):
    """In every prompt the user's own message of the run occurs once, and is the last of the user's.

    Two turns may be asked for in the same words; then it is not looked for.
    """

    ID: ClassVar[str] = "ORD-4"
    KINDS: ClassVar[frozenset[str]] = frozenset({"turn.request", "run.status", "llm.request"})

    _texts: dict[tuple[str, str], str] = field(factory=dict[tuple[str, str], str], init=False)
    _asked: Counter[str] = field(factory=Counter[str], init=False)
    _own: dict[str, str] = field(factory=dict[str, str], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        if seen.kind == "turn.request":
            text = seen["text"]
            if text is not None:
                self._texts[seen["conn"], seen["request"]] = text
                self._asked[text] += 1
            return None
        if seen.kind == "run.status":
            text = self._texts.get((seen["conn"], seen["request"]))
            if text is not None:
                self._own.setdefault(seen["run"], text)
            return None
        own = self._own.get(seen["run"])
        if own is None or self._asked[own] > 1:
            return None
        self.triggered = True
        said = [content for role, content, _call in seen["messages"] if role == "user"]
        if said.count(own) == 1 and said[-1] == own:
            return None
        fault = "not the last" if said.count(own) == 1 else f"{said.count(own)} times"
        return self.violated(
            f"a prompt of run {seen['run']} holds its user's message {fault}", seen.index
        )


@define(eq=False)
class Ord5(Property):
    """A run is offered the server's tools and those that its connection had registered when it was
    accepted, in every prompt; and an older list of tools never replaces a newer one.
    """

    ID: ClassVar[str] = "ORD-5"
    KINDS: ClassVar[frozenset[str]] = frozenset({"conn.ready", "turn.accept", "llm.request"})

    server_tools: frozenset[str] = frozenset()
    _ready: dict[str, Observation] = field(factory=dict[str, Observation], init=False)
    _accepted: dict[str, Observation] = field(factory=dict[str, Observation], init=False)

    @classmethod
    def of(cls, setup: Setup) -> Self:
        return cls(server_tools=setup.server_tools)

    def observe(self, seen: Observation) -> Violation | None:
        match seen.kind:
            case "conn.ready":
                last = self._ready.get(seen["conn"])
                self._ready[seen["conn"]] = seen
                if last is not None and _number(seen["epoch"]) <= _number(last["epoch"]):
                    return self.violated(
                        f"tools of {seen['conn']} were replaced by older ones",
                        last.index,
                        seen.index,
                    )
            case "turn.accept":
                self._accepted[seen["run"]] = seen
                ready = self._ready.get(seen["conn"])
                offered = frozenset(ready["tools"] if ready is not None else ())
                return self._compare(seen, offered | self.server_tools)
            case _:
                accepted = self._accepted.get(seen["run"])
                if accepted is not None:
                    return self._compare(seen, frozenset(accepted["tools"]))
        return None

    def _compare(self, seen: Observation, entitled: frozenset[str]) -> Violation | None:
        self.triggered = True
        wrong = sorted(frozenset(seen["tools"]) ^ entitled)
        if not wrong:
            return None
        fault = "lacks" if wrong[0] in entitled else "is offered"
        return self.violated(f"run {seen['run']} {fault} the tool {wrong[0]}", seen.index)


@define(eq=False)
class Llm1(Property):
    """Every prompt of a run is sent with the options that were set when the run was accepted."""

    ID: ClassVar[str] = "LLM-1"
    KINDS: ClassVar[frozenset[str]] = frozenset({"turn.accept", "llm.request"})

    _options: dict[str, Observation] = field(factory=dict[str, Observation], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        accepted = self._options.setdefault(seen["run"], seen)
        if accepted is seen:
            return None
        self.triggered = True
        if seen["options"] == accepted["options"]:
            return None
        return self.violated(
            f"run {seen['run']} was accepted with the options {accepted['options']} and asks its"
            f" model with {seen['options']}",
            accepted.index,
            seen.index,
        )


@define(eq=False)
class Prompt1(Property):
    """Every name that a prompt's fixed part puts in back quotes, and every argument of a call that
    a prompt shows, is in the schemas of the tools that it offers.

    A call that the runtime refused is the model's own mistake, and is shown as it was made.
    """

    ID: ClassVar[str] = "PROMPT-1"
    KINDS: ClassVar[frozenset[str]] = frozenset({"call.propose", "llm.request"})

    _tools: dict[str, str] = field(factory=dict[str, str], init=False)
    _names: dict[tuple[str, str], tuple[str, ...]] = field(
        factory=dict[tuple[str, str], tuple[str, ...]], init=False
    )

    def observe(self, seen: Observation) -> Violation | None:
        if seen.kind == "call.propose":
            self._tools[seen["call"]] = seen["tool"]
            return None
        known: dict[str, tuple[str, ...]] = dict(seen["arguments"] or ())
        allowed = {*(seen["tools"] or ()), *(name for names in known.values() for name in names)}
        for name in seen["mentions"] or ():
            self.triggered = True
            if name not in allowed:
                return self.violated(
                    f"a prompt of run {seen['run']} speaks of {name!r}, which no tool knows",
                    seen.index,
                )
        return self._replayed(seen, known)

    def _replayed(self, seen: Observation, known: dict[str, tuple[str, ...]]) -> Violation | None:
        shown = seen["messages"]
        refused = {c for r, text, c in shown if r == "tool" and (text or "").startswith("error:")}
        for role, content, call in shown:
            tool = self._tools.get(call) if role == "assistant" else None
            if tool is None or tool not in known or call in refused:
                continue
            self.triggered = True
            for name in self._arguments(call, content):
                if name not in known[tool]:
                    return self.violated(
                        f"a prompt of run {seen['run']} shows {tool} called with {name!r}, which"
                        " its schema lacks",
                        seen.index,
                    )
        return None

    def _arguments(self, call: str, content: str) -> tuple[str, ...]:
        names = self._names.get((call, content))
        if names is None:
            names = self._names[call, content] = _names_in(content)
        return names


def _names_in(text: str) -> tuple[str, ...]:
    try:
        given = cast("object", json.loads(text))
    except ValueError:
        return ()
    return tuple(cast("dict[str, Any]", given)) if isinstance(given, dict) else ()


def _number(epoch: object) -> float:
    return float(epoch) if isinstance(epoch, int | float) else 0.0
