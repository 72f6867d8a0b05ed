"""What a runtime says about itself: the one source of the event vocabulary.

A runtime calls ``emit(Event(kind, fields))`` at the moment a fact becomes true.  Observers
(invariants, properties, reports) number the events and stamp them with virtual time; a runtime
knows nothing of who listens.  The words of the scenario language are mapped onto these kinds.

Identifiers are printable strings.  ``conn`` is a connection that is never reused, ``run`` one
turn, ``exec`` one execution of a tool, ``wire`` the id a delegated call has on its connection,
``call`` the runtime's own id of a proposed call, and ``model_call`` the id the model gave it.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from attrs import field, frozen

__all__ = ["EVENT_FIELDS", "Emit", "Event", "ignore"]


@frozen
class Event:
    """One fact: a kind from :data:`EVENT_FIELDS` and the values of its fields.

    >>> Event("run.status", {"run": "run-1", "old": None, "new": "accepted"})["new"]
    'accepted'
    """

    kind: str
    fields: Mapping[str, Any] = field(factory=dict[str, Any])

    def __getitem__(self, name: str) -> Any:
        return self.fields[name]

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a field, or ``default`` where the event lacks it."""
        return self.fields.get(name, default)


Emit = Callable[[Event], None]


def ignore(_event: Event) -> None:
    """The listener of a runtime that nobody watches."""


EVENT_FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # connections: noticed, authenticated, seen to be gone, and all of its tasks ended
        "conn.open": ("conn",),
        "conn.auth": ("conn", "user", "resumed"),
        "conn.ready": ("conn", "user", "epoch", "tools"),
        "conn.close": ("conn", "user"),
        "conn.end": ("conn", "user"),
        # frames; `content` is what a person could read in it, `terminal` whether it ends a segment
        "frame.in": ("conn", "user", "type", "ref"),
        "frame.out": ("conn", "user", "run", "thread", "type", "terminal", "content"),
        # turns; `accept` tells what is fixed then: what the origin offers, how the model answers
        "turn.request": ("user", "conn", "thread", "request", "text"),
        "turn.accept": ("run", "conn", "tools", "options"),
        "turn.reject": ("user", "conn", "thread", "request", "code"),
        "run.status": ("run", "thread", "user", "conn", "request", "old", "new", "by"),
        # threads; `main` is whether the user's messages go there when they name none
        "thread.status": ("thread", "user", "old", "new", "main", "by"),
        # the per-thread lock; `leave` without having had it; `size` of the table, entries
        "lock.wait": ("thread", "run", "size"),
        "lock.acquire": ("thread", "run"),
        "lock.release": ("thread", "run", "size"),
        "lock.leave": ("thread", "run", "size"),
        # history; a digest names a sequence of messages
        "hist.load": ("run", "thread", "digest"),
        # messages; those of a run that failed are withdrawn from what later turns are shown
        "msg.append": ("thread", "seq", "run", "role", "call", "in_context"),
        "msg.withdraw": ("thread", "run"),
        # the model; `messages` are (role, content, call) triples, the conversation in order,
        # `blocks` (name, text) pairs of the system prompt (summary is the thread's, memory the
        # user's), `mentions` the names that its fixed part quotes, `arguments` the (tool, names)
        # pairs of the tools that say what they take
        "llm.request": (
            *("run", "thread", "user", "step", "messages", "history", "tools", "options"),
            *("blocks", "mentions", "arguments"),
        ),
        "llm.delta": ("run", "step", "text"),
        "llm.result": ("run", "step", "calls"),
        "llm.error": ("run", "step", "error"),
        # tools; `site` is server or client, `effect` is the side effect itself
        "call.propose": ("run", "step", "call", "model_call", "tool", "args_hash"),
        "tool.start": ("exec", "run", "call", "tool", "site", "approval", "args_hash"),
        "tool.effect": ("exec", "run", "call", "tool"),
        "tool.end": ("exec", "run", "call", "model_call", "tool", "outcome"),
        # delegated calls: sent, answered, and what became of the answer
        "wire.execute": ("conn", "wire", "exec", "run", "tool"),
        "wire.result": ("conn", "wire", "tool", "value"),
        "wire.resolve": ("conn", "wire", "exec", "run", "tool", "status", "value"),
        "wire.drop": ("conn", "wire", "reason", "value"),
        # approvals; `decide` only when the decision took effect, `refuse` when it did not
        "appr.new": ("approval", "run", "call", "tool", "args_hash"),
        "appr.decide": ("approval", "run", "conn", "user", "tool", "verdict", "args_hash"),
        "appr.refuse": ("approval", "conn", "user", "reason"),
        "appr.consume": ("approval", "run", "exec"),
        "appr.end": ("approval", "run", "tool", "reason"),
        # cancellation: asked for, answered with the status it led to, seen by the turn
        "cancel.request": ("run", "conn", "user"),
        "cancel.ack": ("run", "status"),
        "cancel.seen": ("run",),
        # storage: one unit of work, committed in the store of that name; or put off, since
        # somebody outside holds the database
        "tx.commit": ("unit", "store", "job"),
        "row.wait": ("unit", "store", "seconds"),
        # a unit of work that the store could not take: no room, held for too long, damaged
        "store.error": ("unit", "store", "error"),
        # sessions that outlive a unit of work, where a runtime has such; `owner` is a run or a job
        "tx.begin": ("session", "owner"),
        "tx.end": ("session", "owner"),
        "sess.use": ("session", "owner"),
        # a unit of work that was undone: by a constraint, or by an error
        "tx.rollback": ("unit", "store", "job", "constraint"),
        # background jobs, and what they bring about
        "job.sched": ("job", "user", "work", "run", "thread"),
        "job.start": ("job", "user", "work"),
        "job.end": ("job", "user", "work", "status"),
        "memory.queue": ("user", "op", "run"),
        "memory.apply": ("user", "op", "job"),
        "block.write": ("user", "block", "added", "text"),
        "episode.add": ("user", "thread", "first", "last", "runs"),
        # the process: begun, ended in good order, or not
        "proc.start": (),
        "proc.stop": (),
        "proc.crash": (),
        # what must be given back: transports, files, databases
        "res.open": ("resource",),
        "res.close": ("resource",),
        # the login of a user was revoked, and all was done about it; said by those who revoke it
        "login.revoked": ("user",),
        # nothing can happen any more; what is still open, by id: stored runs with their statuses,
        # runs known in memory, locks in use, and threads whose history in memory is not the
        # stored one
        "quiesce": ("runs", "approvals", "calls", "connections", "records", "locks", "stale"),
    }
)
"""Every kind of event with the names of its fields, in the order they are printed."""
