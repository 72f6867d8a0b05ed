"""Logs for machines: one JSON object a line, with no secrets and nothing that anybody wrote.

A line has ``time`` (UTC), ``level``, ``event`` and the event's own fields.  What users, models and
tools say never enters the log: the fields of each kind of event that do are listed here.
"""

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TextIO

from attrs import define, field

from hocket.runtime.protocol.events import Event

__all__ = ["JsonLog", "Level"]

Level = str

_INFO: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "conn.open": ("conn",),
        "conn.auth": ("conn", "user", "resumed"),
        "conn.close": ("conn", "user"),
        "turn.reject": ("user", "conn", "thread", "code"),
        "run.status": ("run", "thread", "user", "conn", "old", "new", "by"),
        "tool.end": ("run", "call", "tool", "outcome"),
        "appr.new": ("approval", "run", "tool"),
        "appr.decide": ("approval", "run", "user", "tool", "verdict"),
        "appr.end": ("approval", "run", "tool", "reason"),
        "cancel.request": ("run", "conn", "user"),
    }
)
_WARNING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "llm.error": ("run", "step"),
        "wire.drop": ("conn", "wire", "reason"),
        "appr.refuse": ("approval", "conn", "user", "reason"),
    }
)
_ERROR: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"store.error": ("unit", "store", "error")}
)


@define(eq=False)
class JsonLog:
    """Writes lines to ``stream``; also told from worker threads.

    A line that cannot be written, say to a full disk, is no reason to stop: the next one that can
    be says how many are missing.
    """

    stream: TextIO
    _missing: int = field(default=0, init=False)
    _guard: threading.Lock = field(factory=threading.Lock, init=False)

    def __call__(self, event: Event) -> None:
        """Write the line of an event of the runtime, if it is one of those that are logged."""
        kind = event.kind
        if kind == "frame.out" and event["type"] == "protocol_error":
            self.write("warning", "frame.refused", conn=event["conn"], user=event["user"])
        elif fields := _INFO.get(kind):
            self.write("info", kind, **{name: event[name] for name in fields})
        elif fields := _WARNING.get(kind):
            self.write("warning", kind, **{name: event[name] for name in fields})
        elif fields := _ERROR.get(kind):
            self.write("error", kind, **{name: event[name] for name in fields})

    def write(self, level: Level, event: str, **fields: Any) -> None:
        """Write one line; ``level`` is ``info``, ``warning`` or ``error``."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        head = {"time": now, "level": level}
        with self._guard:
            missing = {"missing": self._missing} if self._missing else {}
            line = json.dumps({**head, "event": event, **fields, **missing}, default=str)
            try:
                self.stream.write(f"{line}\n")
                self.stream.flush()
            except OSError:
                self._missing += 1
            else:
                self._missing = 0
