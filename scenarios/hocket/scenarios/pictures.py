"""An execution as a picture: whose lane a task is in, and which states its events change.

A client has one lane, with the task that reads for it, and so has the runtime's end of a connection
with the task that writes for it.  Each other task of the runtime has a lane of its own, since the
order of these is what a race is about; what it does on a worker thread is drawn in the same lane,
because it waits for that.  A program that is no scenario has a lane for each task.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from attrs import frozen

from hocket.reports.diagram import Diagram, Pictures
from hocket.reports.picturing import diagram_of
from hocket.reports.telling import Changed, Fact, LaneOf, Telling, Told
from hocket.scenarios.language import model
from hocket.scenarios.narration import words_of
from hocket.scenarios.prepared import Prepared
from hocket.scenarios.selection import Subject
from hocket.scenarios.tokens import strip_tokens
from hocket.simulator import Failure
from hocket.simulator.engine.token import Token
from hocket.simulator.looking import Look, look_at

__all__ = ["pictures_of"]

_ENDED = frozenset({"completed", "cancelled", "failed", "expired"})
_END = "quiesce"
_WRITER = ".Connections.write"
_REFERENCES = ("wire_id", "approval_id", "request_id", "run_id")


def pictures_of(subject: Subject, failure: Failure, token: Token, failing: Look) -> Pictures:
    """The execution that was looked at, beside the nearest one that passes if that is known."""
    telling = Telling()
    if isinstance(subject, Prepared):
        lanes = _Lanes.of(subject.scenario)
        telling = Telling(lanes, _told, _message, steps_told=False, ends_with=_END)
    explanation = failure.explanation
    passing = None
    if explanation is not None and explanation.passing is not None:
        passing = _drawn(look_at(subject.target(), token, explanation.passing), telling)
    return Pictures(_drawn(failing, telling, failure), passing)


def _drawn(look: Look, telling: Telling, failure: Failure | None = None) -> Diagram:
    trace = look.execution.trace
    assert trace is not None
    return diagram_of(trace, look.sightings, look.names, failure, telling)


@frozen
class _Lanes:
    """The lanes of a scenario with these clients."""

    clients: tuple[str, ...]

    @classmethod
    def of(cls, scenario: model.Scenario) -> "_Lanes":
        return cls(tuple(client.name for client in scenario.clients))

    def __call__(self, path: str, name: str) -> LaneOf:
        for client in self.clients:
            if name in (client, f"{client} reader") or name.startswith(f"{client}."):
                return LaneOf(f"client {client}", client)
        task, on_thread, spawner = name.rpartition(" from ")
        if on_thread and task:  # as Trio names its worker threads
            return self(path.rpartition("/")[0], spawner)
        if path.count("/") < 2:
            return LaneOf("bench", "scenario")
        if name.endswith(_WRITER):
            path, name = path.rpartition("/")[0], "server"
        return LaneOf(path, ".".join(name.split(".")[-2:]), path)


def _told(fact: Fact) -> Told:
    changes = _CHANGES.get(fact.kind)
    changed = () if changes is None else tuple(changes(fact.fields))
    if fact.kind == _END:
        return Told("nothing can happen any more")
    if fact.kind == "lane.step":
        return Told(str(fact.fields["text"]), changed)
    return Told(strip_tokens(words_of(fact.kind, fact.fields)), changed)


def _message(text: str) -> str:
    """The type of a frame and what it refers to; what is no frame stays inside of a runtime."""
    try:
        frame = json.loads(text)
    except ValueError:
        return ""
    if not isinstance(frame, dict) or "type" not in frame:
        return ""
    fields = cast("dict[str, object]", frame)
    about = next((str(fields[name]) for name in _REFERENCES if name in fields), "")
    return f"{fields['type']} {about}".rstrip()


Fields = Mapping[str, Any]


def _run(e: Fields) -> Iterator[Changed]:
    yield "run", e["run"], str(e["new"]), str(e["new"]) in _ENDED


def _call(e: Fields, state: str, *, over: bool = False) -> Iterator[Changed]:
    yield "call", f"{e['wire']} on {e['conn']}", state, over


def _approval(e: Fields, state: str, *, over: bool = False) -> Iterator[Changed]:
    yield "approval", e["approval"], state, over


def _lock(e: Fields, state: str, *, over: bool = False) -> Iterator[Changed]:
    yield "thread lock", e["thread"], state, over


def _connection(e: Fields, state: str, *, over: bool = False) -> Iterator[Changed]:
    yield "connection", e["conn"], state, over


_CHANGES: Mapping[str, Callable[[Fields], Iterator[Changed]]] = {
    "run.status": _run,
    "appr.new": lambda e: _approval(e, f"asks about {e['tool']} for {e['run']}"),
    "appr.decide": lambda e: _approval(e, str(e["verdict"])),
    "appr.consume": lambda e: _approval(e, f"used by {e['exec']}", over=True),
    "appr.end": lambda e: _approval(e, str(e["reason"]), over=True),
    "wire.execute": lambda e: _call(e, f"{e['tool']} asked for, {e['exec']} of {e['run']}"),
    "wire.result": lambda e: _call(e, "answered"),
    "wire.resolve": lambda e: _call(e, f"resolved {e['exec']} of {e['run']}", over=True),
    "wire.drop": lambda e: _call(e, f"answer dropped: {e['reason']}", over=True),
    "tool.start": lambda e: iter([("tool", e["exec"], f"{e['tool']} runs for {e['run']}", False)]),
    "tool.end": lambda e: iter([("tool", e["exec"], str(e["outcome"]), True)]),
    "lock.acquire": lambda e: _lock(e, f"held by {e['run']}"),
    "lock.release": lambda e: _lock(e, "free", over=True),
    "conn.open": lambda e: _connection(e, "open"),
    "conn.auth": lambda e: _connection(e, f"of {e['user']}"),
    "conn.ready": lambda e: _connection(e, f"of {e['user']}, ready"),
    "conn.close": lambda e: _connection(e, "gone"),
    "conn.end": lambda e: _connection(e, "ended", over=True),
}
"""What a reader of one step wants to know to be pending, and what becomes of it."""
