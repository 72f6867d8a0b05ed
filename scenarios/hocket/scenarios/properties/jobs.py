"""Background jobs: each ends, does its work once and for its own user, and leaves nothing behind.

Work that failed is done again as another job, so what must come of it is judged at the end.
"""

from typing import ClassVar

from attrs import define, field

from hocket.runtime.protocol.lifecycle import JobStatus, ThreadStatus
from hocket.scenarios.properties.base import Property, Runs
from hocket.simulator.invariants import Observation, Violation

__all__ = ["Iso6", "Job1", "Job2", "Job3", "Job4", "Job5", "Job6"]

_PROMOTION = "promotion"
_SHARED = "shared"


@define(eq=False)
class Iso6(Property):
    """A job works in the store of its own user and in the shared one, and in no other."""

    ID: ClassVar[str] = "ISO-6"
    KINDS: ClassVar[frozenset[str]] = frozenset({"job.sched", "job.start", "tx.commit"})

    _users: dict[str, str | None] = field(factory=dict[str, str | None], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        if seen.kind in ("job.sched", "job.start"):
            self._users[seen["job"]] = seen["user"]
            return None
        if seen.kind != "tx.commit":
            return None
        job, store = seen["job"], seen["store"]
        user = self._users.get(job) if job is not None else None
        if user is None or store is None:
            return None
        self.triggered = True
        if store in (_SHARED, user):
            return None
        return self.violated(f"job {job} of {user} wrote to the store of {store}", seen.index)


@define(eq=False)
class Job1(Property):
    """Every job that starts ends, once, and its end is stored; if the process stops in good order,
    before it has stopped.
    """

    ID: ClassVar[str] = "JOB-1"
    KINDS: ClassVar[frozenset[str]] = frozenset({"job.start", "job.end", "proc.stop"})

    _running: dict[str, int] = field(factory=dict[str, int], init=False)
    _ended: dict[str, int] = field(factory=dict[str, int], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        if seen.kind == "proc.stop":
            return self._left_running("was left running when the process stopped")
        job = seen["job"]
        self.triggered = True
        if seen.kind == "job.start":
            first = self._running.setdefault(job, seen.index)
            if first != seen.index or job in self._ended:
                return self.violated(f"job {job} was started twice", *sorted({first, seen.index}))
            return None
        self._running.pop(job, None)
        first = self._ended.setdefault(job, seen.index)
        if first != seen.index:
            return self.violated(f"job {job} ended twice", first, seen.index)
        return None

    def conclude(self, time: float) -> Violation | None:
        return self._left_running("never ended")

    def _left_running(self, what: str) -> Violation | None:
        for job, index in self._running.items():
            return self.violated(f"job {job} {what}", index)
        return None


@define(eq=False)
class Job2(Property):
    """At most one promotion at a time works for a user, and only between its start and its end."""

    ID: ClassVar[str] = "JOB-2"
    KINDS: ClassVar[frozenset[str]] = frozenset({"job.start", "job.end", "memory.apply"})

    _running: dict[str, Observation] = field(factory=dict[str, Observation], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        user = seen["user"]
        running = self._running.get(user)
        if seen.kind == "memory.apply":
            self.triggered = True
            if running is not None and running["job"] == seen["job"]:
                return None
            return self.violated(
                f"promotion {seen['job']} works for {user} outside of its start and end",
                seen.index,
            )
        if seen["work"] != _PROMOTION:
            return None
        if seen.kind == "job.start":
            self.triggered = True
            self._running[user] = seen
            if running is not None:
                return self.violated(
                    f"promotion {seen['job']} began beside {running['job']} for {user}",
                    running.index,
                    seen.index,
                )
        elif running is not None and running["job"] == seen["job"]:
            del self._running[user]
        return None


@define(eq=False)
class Job3(Property):
    """What was queued before a promotion began is applied by its end, what is queued later is
    applied in the end, and every extraction that was scheduled comes to be completed.
    """

    ID: ClassVar[str] = "JOB-3"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"job.sched", "job.start", "job.end", "memory.queue", "memory.apply"}
    )

    _queued: dict[tuple[str, int], int] = field(factory=dict[tuple[str, int], int], init=False)
    _began: dict[str, tuple[tuple[str, int], ...]] = field(
        factory=dict[str, tuple[tuple[str, int], ...]], init=False
    )
    _learning: dict[str, int] = field(factory=dict[str, int], init=False)
    _runs: dict[str, str] = field(factory=dict[str, str], init=False)
    _given_up: set[str] = field(factory=set[str], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        match seen.kind:
            case "memory.queue":
                self.triggered = True
                self._queued[seen["user"], seen["op"]] = seen.index
            case "memory.apply":
                self._queued.pop((seen["user"], seen["op"]), None)
            case "job.sched":
                if seen["work"] == "extraction" and seen["run"] is not None:
                    self.triggered = True
                    self._runs[seen["job"]] = seen["run"]
                    self._learning.setdefault(seen["run"], seen.index)
            case "job.start":
                if seen["work"] == _PROMOTION:
                    own = (op for op in self._queued if op[0] == seen["user"])
                    self._began[seen["job"]] = tuple(own)
            case _:
                return self._end(seen)
        return None

    def conclude(self, time: float) -> Violation | None:
        for (user, op), index in self._queued.items():
            return self.violated(f"memory operation {op} of {user} was never applied", index)
        for run, index in self._learning.items():
            if run not in self._given_up:
                return self.violated(f"what run {run} taught was never stored", index)
        return None

    def _end(self, seen: Observation) -> Violation | None:
        job = seen["job"]
        run = self._runs.get(job)
        if run is not None and seen["status"] == JobStatus.COMPLETED:
            self._learning.pop(run, None)
        elif run is not None and seen["status"] == JobStatus.FAILED:
            self._given_up.add(run)
        begun = self._began.pop(job, ())
        left = [op for op in begun if op in self._queued]
        if left and seen["status"] == JobStatus.COMPLETED:
            return self.violated(
                f"promotion {job} ended without operation {left[0][1]}, queued before it began",
                self._queued[left[0]],
                seen.index,
            )
        return None


@define(eq=False)
class Job4(Property):
    """A turn is in at most one episode, which is one of its own thread; a memory operation is
    applied once; and a thread that is closed is finished by one job.
    """

    ID: ClassVar[str] = "JOB-4"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"run.status", "thread.status", "job.sched", "job.end", "memory.apply", "episode.add"}
    )

    _runs: Runs = field(factory=Runs, init=False)
    _told: dict[str, int] = field(factory=dict[str, int], init=False)
    _applied: dict[tuple[str, int], int] = field(factory=dict[tuple[str, int], int], init=False)
    _closes: dict[str, int] = field(factory=dict[str, int], init=False)
    _jobs: dict[str, str] = field(factory=dict[str, str], init=False)

    def observe(self, seen: Observation) -> Violation | None:
        match seen.kind:
            case "run.status":
                self._runs.learn(seen)
            case "episode.add":
                return self._episode(seen)
            case "memory.apply":
                self.triggered = True
                first = self._applied.setdefault((seen["user"], seen["op"]), seen.index)
                if first != seen.index:
                    return self.violated(
                        f"memory operation {seen['op']} of {seen['user']} was applied twice",
                        first,
                        seen.index,
                    )
            case _:
                return self._close(seen)
        return None

    def _episode(self, seen: Observation) -> Violation | None:
        self.triggered = True
        for run in seen["runs"] or ():
            own = self._runs.get(run)
            if own is not None and own.thread != seen["thread"]:
                return self.violated(
                    f"an episode of thread {seen['thread']} tells of run {run} of {own.thread}",
                    seen.index,
                )
            first = self._told.setdefault(run, seen.index)
            if first != seen.index:
                return self.violated(f"run {run} is in two episodes", first, seen.index)
        return None

    def _close(self, seen: Observation) -> Violation | None:
        if seen.kind == "thread.status":
            if seen["new"] == ThreadStatus.CLOSED != seen["old"]:
                thread = seen["thread"]
                self._closes[thread] = self._closes.get(thread, 0) + 1
        elif seen.kind == "job.end":
            if seen["status"] != JobStatus.COMPLETED and seen["job"] in self._jobs:
                self._closes[self._jobs[seen["job"]]] += 1
        elif seen["work"] == "close" and seen["thread"] is not None:
            thread = self._jobs[seen["job"]] = seen["thread"]
            self.triggered = True
            left = self._closes[thread] = self._closes.get(thread, 0) - 1
            if left < 0:
                return self.violated(f"thread {thread} is finished by two jobs", seen.index)
        return None


@define(eq=False)
class Job5(Property):
    """Once the process stopped in good order, no job does anything any more."""

    ID: ClassVar[str] = "JOB-5"
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"proc.start", "proc.stop", "job.start", "job.end", "tx.commit"}
    )

    _stopped: int | None = field(default=None, init=False)

    def observe(self, seen: Observation) -> Violation | None:
        if seen.kind == "proc.stop":
            self._stopped = seen.index
        elif seen.kind == "proc.start":
            self.triggered, self._stopped = True, None
        elif self._stopped is not None and seen["job"] is not None:
            return self.violated(
                f"job {seen['job']} went on after the process had stopped",
                self._stopped,
                seen.index,
            )
        return None


@define(eq=False)
class Job6(Property):
    """What was added to a block of a user's memory stays in it when others add to it."""

    ID: ClassVar[str] = "JOB-6"
    KINDS: ClassVar[frozenset[str]] = frozenset({"block.write"})

    _added: dict[tuple[str, str], dict[str, int]] = field(
        factory=dict[tuple[str, str], dict[str, int]], init=False
    )

    def observe(self, seen: Observation) -> Violation | None:
        added = self._added.setdefault((seen["user"], seen["block"]), {})
        self.triggered = self.triggered or bool(added)
        added.setdefault(seen["added"], seen.index)
        for line, index in added.items():
            if line not in seen["text"]:
                return self.violated(
                    f"block {seen['block']} of {seen['user']} lost {line!r}",
                    *sorted({index, seen.index}),
                )
        return None
