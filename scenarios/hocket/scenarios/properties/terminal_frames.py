"""Terminal frames: every device of a user hears once of each pause and of the fate of a run.

The property is followed through *ends* rather than through locks: each change of a run's status to
a pause or to a fate is one end, wherever the thread's lock was, and each owes one frame to each
connection.  Frames are compared with ends connection by connection, in the order in which the
connection sent them, because a slow connection may send the frame of a pause long after the run
went on.  Three races are legal and shape the rules:

- A cancellation, or the close of the thread, may commit between a pause and its frame; the pause
  may then go unsaid.
- A connection that authenticates after an end may or may not be told of it.
- A connection that closes may miss whatever was on its way.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from attrs import define, field

from hocket.runtime.protocol.lifecycle import RunStatus
from hocket.scenarios.properties.base import Property, RunFacts, Runs
from hocket.simulator.invariants import Observation, Violation

__all__ = ["Term3"]

_FRAME_OF: Mapping[str, str] = MappingProxyType(
    {
        RunStatus.COMPLETED: "turn_completed",
        RunStatus.FAILED: "turn_failed",
        RunStatus.CANCELLED: "turn_cancelled",
        RunStatus.EXPIRED: "turn_expired",
        RunStatus.AWAITING_APPROVAL: "turn_paused",
    }
)
_PROGRESS = frozenset({"message_delta", "tool_call", "tool_return", "tool_execute"})
"""The frames by which a turn tells of its progress.  Frames about its beginning, about approvals
and about calls that are called off may come after its end."""


@define
class _End:
    """A pause or the fate of a run; a pause may be resumed, or superseded by a cancellation."""

    frame: str
    index: int
    time: float
    resumed: bool = False
    superseded: bool = False


@define
class _View:
    """What one connection was told of one run.

    ``due`` is the first end not told yet; ``spare`` are frames of ends from before the connection
    authenticated, which may come; ``last`` is the last frame told, and ``at`` the end it told.
    """

    due: int
    spare: list[str]
    last: Observation | None = None
    at: _End | None = None


@define(eq=False)
class Term3(Property):
    """For each pause and for the end of a run, each connection of its user is sent exactly one
    frame, of the matching kind, and no frame of the turn's progress after it.
    """

    ID: ClassVar[str] = "TERM-3"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"run.status", "conn.auth", "conn.close", "conn.end", "frame.out", "quiesce"}
    )

    _runs: Runs = field(factory=Runs, init=False)
    _ends: dict[str, list[_End]] = field(factory=dict[str, list[_End]], init=False)
    _since: dict[str, Observation] = field(factory=dict[str, Observation], init=False)
    _closed: set[str] = field(factory=set[str], init=False)
    _views: dict[tuple[str, str], _View] = field(factory=dict[tuple[str, str], _View], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        match seen.kind:
            case "run.status":
                self._runs.learn(seen)
                self._status(seen)
            case "conn.auth":
                self._since[seen["conn"]] = seen
            case "conn.close" | "conn.end":
                self._closed.add(seen["conn"])
            case "quiesce":
                return self._left_out()
            case _:
                if seen["terminal"]:
                    return self._told(seen)
                if seen["type"] in _PROGRESS:
                    return self._progress(seen)
        return None

    def conclude(self, time: float) -> Violation | None:
        return self._left_out()

    def _left_out(self) -> Violation | None:
        """A frame that a connection which is open was not sent."""
        owed = (
            self._missing(run, own, conn)
            for run, own in self._runs
            for conn, auth in self._since.items()
            if auth["user"] == own.user and conn not in self._closed
        )
        return next((violation for violation in owed if violation is not None), None)

    def _status(self, seen: Observation) -> None:
        new, ends = seen["new"], self._ends.setdefault(seen["run"], [])
        if new == RunStatus.RESUMING and ends:
            ends[-1].resumed = True
        if new not in _FRAME_OF:
            return
        self.triggered = True
        if ends and (new == RunStatus.CANCELLED or ends[-1].time == seen.time):
            ends[-1].superseded = ends[-1].frame == "turn_paused" and not ends[-1].resumed
        ends.append(_End(_FRAME_OF[new], seen.index, seen.time))

    def _view(self, conn: str, run: str) -> _View:
        view = self._views.get((conn, run))
        if view is None:
            auth, ends = self._since.get(conn), self._ends.get(run, [])
            early = [end.frame for end in ends if auth is not None and end.index < auth.index]
            view = self._views[conn, run] = _View(len(early), early)
        return view

    def _told(self, seen: Observation) -> Violation | None:
        conn, run, frame = seen["conn"], seen["run"], seen["type"]
        if run is None:
            return None
        view, ends = self._view(conn, run), self._ends.get(run, [])
        if view.last is not None and view.last["type"] != "turn_paused":
            return self._after(view.last, seen)
        due = view.due
        while due < len(ends) and ends[due].frame != frame and ends[due].superseded:
            due += 1
        if due < len(ends) and ends[due].frame == frame:
            view.due, view.at = due + 1, ends[due]
        elif frame in view.spare:
            view.spare.remove(frame)
            view.at = None
        elif due < len(ends):
            return self.violated(
                f"{conn} was sent {frame} of run {run} instead of {ends[due].frame}",
                ends[due].index,
                seen.index,
            )
        elif view.last is not None:
            return self._after(view.last, seen)
        else:
            return self.violated(
                f"{conn} was sent {frame} of run {run}, which had neither paused nor ended",
                seen.index,
            )
        view.last = seen
        return None

    def _progress(self, seen: Observation) -> Violation | None:
        view = self._views.get((seen["conn"], seen["run"]))
        if view is None or view.last is None:
            return None
        if view.last["type"] == "turn_paused" and (view.at is None or view.at.resumed):
            return None
        return self._after(view.last, seen)

    def _after(self, last: Observation, seen: Observation) -> Violation:
        return self.violated(
            f"{seen['conn']} was sent {seen['type']} of run {seen['run']} after {last['type']}",
            last.index,
            seen.index,
        )

    def _missing(self, run: str, own: RunFacts, conn: str) -> Violation | None:
        ends = self._ends.get(run, [])
        for end in ends[self._view(conn, run).due :]:
            if not end.superseded:
                return self.violated(
                    f"{conn} of {own.user} was never sent {end.frame} of run {run}", end.index
                )
        return None
