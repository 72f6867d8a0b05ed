"""From a trace, and what an onlooker saw, to a space-time diagram.

What a program means is not known here.  A :class:`~hocket.reports.telling.Telling` says in whose
lane a task is drawn, how a fact is worded and which states it changes; without one, tasks are lanes
and facts are told as they were reported.

What happened before what is drawn by the vector clocks of the trace, by the messages, and by lane:
tasks that share one also share what they know, so each event comes after the one above it there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, evolve, field

from hocket.reports.diagram import Change, Diagram, Event, Lane, Mark, Message, Span, Stretch
from hocket.reports.telling import Fact, LaneOf, Telling, as_reported
from hocket.simulator.engine.outcome import Failure, FailureKind
from hocket.simulator.engine.sightings import Sight, Sighting
from hocket.simulator.engine.trace import Trace, TraceEvent

__all__ = ["diagram_of"]


def diagram_of(
    trace: Trace,
    sightings: Sequence[Sighting],
    names: Mapping[str, str],
    failure: Failure | None = None,
    telling: Telling | None = None,
) -> Diagram:
    """Draw ``trace`` with its ``sightings``; ``names`` has the full name of each task by its path.

    The events that ``failure`` is about are marked, if one is given.
    """
    drawing = _Drawing(telling or Telling(), names, failure)
    pending = iter(sightings)
    sighting = next(pending, None)
    for number, event in enumerate(trace):
        while sighting is not None and sighting.at <= number:
            drawing.see(sighting)
            sighting = next(pending, None)
        drawing.add(event)
    if sighting is not None:
        for late in (sighting, *pending):
            drawing.see(late)
    return drawing.finish()


@define
class _Drawing:
    """A diagram that is being drawn."""

    telling: Telling
    names: Mapping[str, str]
    failure: Failure | None
    events: list[Event] = field(factory=list[Event], init=False)
    messages: dict[str, Message] = field(factory=dict[str, Message], init=False)
    spans: list[Span] = field(factory=list[Span], init=False)
    changes: list[Change] = field(factory=list[Change], init=False)
    _lanes: dict[str, tuple[str, LaneOf]] = field(factory=dict[str, tuple[str, LaneOf]], init=False)
    _busy: set[str] = field(factory=set[str], init=False)
    _keys: list[str] = field(factory=list[str], init=False)
    _steps: dict[str, int] = field(factory=dict[str, int], init=False)
    _last: dict[str, int] = field(factory=dict[str, int], init=False)
    _woken: dict[str, tuple[str, int]] = field(factory=dict[str, tuple[str, int]], init=False)
    _open: dict[tuple[str, str], int] = field(factory=dict[tuple[str, str], int], init=False)
    _running: str = field(default="", init=False)
    _over_at: int | None = field(default=None, init=False)
    _observations: int = field(default=0, init=False)

    # -- events of the trace -----------------------------------------------------------------

    def add(self, event: TraceEvent) -> None:
        match event.kind:
            case "step":
                self._step(event)
            case "observation":
                self._fact(event)
            case "choice":
                self._put(event.task.partition("@")[0], Mark.CHOICE, event.time, event.text)
            case _:
                self._event("", Event(None, Mark.TIME, event.time, f"{event.time:g} s"))

    def _step(self, event: TraceEvent) -> None:
        path = event.task.partition("@")[0]
        parents = event.cause.parents if event.cause is not None else ()
        waker, woken_at = self._woken.pop(path, ("", 0))
        others = (p for p in parents if p.partition("@")[0] not in (path, waker))
        causes = [self._steps[parent] for parent in others if parent in self._steps]
        if waker:
            causes.append(woken_at)
        self._running = path
        self._steps[event.task] = len(self.events)
        text = event.text.replace("<locals>.", "") or "goes on"
        quiet = not self.telling.steps_told
        self._put(path, Mark.STEP, event.time, text, place=event.text, causes=causes, quiet=quiet)

    def _fact(self, event: TraceEvent) -> None:
        told = self.telling.fact(Fact(event.text, event.fields))
        clashing = self.failure is not None and self._observations in self.failure.clashing
        plain = as_reported(Fact(event.text, event.fields)).text
        self._observations += 1
        self._put(
            event.task,
            Mark.FACT,
            event.time,
            told.text or event.text,
            detail=plain,
            quiet=not told.text and not clashing,
            clashing=clashing,
        )
        for kind, name, state, over in told.changes:
            self._change(kind, name, state, over=over)
        if event.text == self.telling.ends_with:
            self._over_at = len(self.events) - 1

    def _put(self, path: str, mark: Mark, time: float, text: str, **more: Any) -> None:
        path = path if path in self.names or mark is not Mark.CHOICE else self._running
        causes = more.pop("causes", ())
        last = self._last.get(self._lane(path)[1].key)
        parents = (*(() if last is None else (last,)), *causes)
        more["quiet"] = more.get("quiet", False) or self._over_at is not None
        event = Event(None, mark, time, text, parents=tuple(dict.fromkeys(parents)), **more)
        self._event(path, event)

    def _event(self, path: str, event: Event) -> None:
        if event.lane is None and event.mark is not Mark.TIME:
            key = self._lane(path)[1].key
            self._last[key] = len(self.events)
            if not event.quiet:
                self._busy.add(key)
        self._keys.append("" if event.mark is Mark.TIME else self._lane(path)[1].key)
        self.events.append(event)

    def _lane(self, path: str) -> tuple[str, LaneOf]:
        """The first task of the lane of ``path``, and the lane."""
        lane = self.telling.lane(path, self.names.get(path, path))
        return self._lanes.setdefault(lane.key, (path, lane))

    # -- sightings ---------------------------------------------------------------------------

    def see(self, seen: Sighting) -> None:
        if seen.task == "init" or not self.events:
            return
        first, lane = self._lane(seen.task)
        now = self.events[-1].time
        running = self._lane(self._running)[1].key
        if seen.sight is Sight.WOKEN and self._last.get(running) == len(self.events) - 1:
            self._woken[seen.task] = self._running, len(self.events) - 1
        match seen.sight:
            case Sight.SENDS:
                if words := self.telling.message(seen.what):
                    self.messages[seen.key] = Message(len(self.events), None, words)
                    self._put(seen.task, Mark.SEND, now, words, detail=seen.what)
            case Sight.RECEIVES:
                self._receive(seen, now)
            case Sight.CANCELLED:
                self._put(seen.task, Mark.CANCEL, now, "is cancelled", place=seen.what)
            case Sight.TAKES | Sight.GIVES:
                self._hold(seen, lane)
            case _ if first == seen.task:
                self._life(seen, lane, now)
            case _:
                pass

    def _receive(self, seen: Sighting, now: float) -> None:
        sent = self.messages.get(seen.key)
        if sent is None:
            return
        self.messages[seen.key] = evolve(sent, received=len(self.events))
        causes = (sent.sent,)
        self._put(seen.task, Mark.RECEIVE, now, sent.text, detail=seen.what, causes=causes)

    def _hold(self, seen: Sighting, lane: LaneOf) -> None:
        which = f"{seen.what} #{seen.key.partition('#')[0]}"
        if seen.sight is Sight.TAKES:
            self._begin(("lock", seen.key), lane, Stretch.HOLDS, f"holds {seen.what}")
            self._change("lock", which, f"held by {lane.name}")
        else:
            self._finish(("lock", seen.key))
            self._change("lock", which, "free", over=True)

    def _life(self, seen: Sighting, lane: LaneOf, now: float) -> None:
        name = lane.name
        match seen.sight:
            case Sight.WAITS:
                held = ", ".join(self._lane(path)[1].name for path in seen.held_by)
                text = f"waits for {seen.what}" + (f" (held by {held})" if held else "")
                self._begin(("wait", seen.task), lane, Stretch.WAITS, text)
                self._change("task", name, text)
            case Sight.WOKEN:
                self._finish(("wait", seen.task))
                self._change("task", name, "can run")
            case _:
                self._put(seen.task, Mark.END, now, "ends", quiet=True)
                self._change("task", name, "ended", over=True)

    def _begin(self, key: tuple[str, str], lane: LaneOf, kind: Stretch, text: str) -> None:
        self._finish(key)
        self._open[key] = len(self.spans)
        number = list(self._lanes).index(lane.key)
        self.spans.append(Span(number, kind, len(self.events) - 1, None, text))

    def _finish(self, key: tuple[str, str]) -> None:
        if key in self._open:
            number = self._open.pop(key)
            self.spans[number] = evolve(self.spans[number], until=len(self.events) - 1)

    def _change(self, kind: str, name: str, state: str, *, over: bool = False) -> None:
        self.changes.append(Change(len(self.events) - 1, kind, name, state, over))

    # -- the end -----------------------------------------------------------------------------

    def finish(self) -> Diagram:
        """The diagram, its lanes in the order of the tree of tasks."""
        keys = list(self._lanes)
        order = sorted(keys, key=lambda key: _tree_order(self._lanes[key][0]))
        at = {key: order.index(key) for key in keys}
        guilty = self._guilty()
        events = (
            evolve(event, lane=at.get(key), clashing=event.clashing or number in guilty)
            for number, (event, key) in enumerate(zip(self.events, self._keys, strict=True))
        )
        return Diagram(
            lanes=tuple(self._drawn(self._lanes[key][1]) for key in order),
            events=tuple(events),
            messages=tuple(self.messages.values()),
            spans=tuple(evolve(span, lane=at[keys[span.lane]]) for span in self.spans),
            changes=tuple(self.changes),
        )

    def _drawn(self, lane: LaneOf) -> Lane:
        return Lane(lane.title, lane.detail, lane.key in self._busy)

    def _guilty(self) -> frozenset[int]:
        """Where no observation clashes: where it was raised, or who waits in a circle.

        What should have happened and did not is told where nothing more could happen.
        """
        failure = self.failure
        if failure is None or failure.clashing or not self.events:
            return frozenset()
        if failure.kind is FailureKind.INVARIANT:
            facts = [n for n, event in enumerate(self.events) if event.mark is Mark.FACT]
            return frozenset(facts[-1:] if self._over_at is None else [self._over_at])
        if failure.waits:
            stuck = failure.wait_cycle or tuple(wait.task for wait in failure.waits)
            return frozenset(self._last.get(self._lane(path)[1].key, -1) for path in stuck)
        function = failure.origin.place.rpartition(":")[0]
        steps = [n for n, event in enumerate(self.events) if event.mark is Mark.STEP]
        here = [n for n in steps if self.events[n].place.rpartition(":")[0] == function]
        return frozenset((here or steps)[-1:])


def _tree_order(path: str) -> tuple[int, ...]:
    return tuple(int(part) for part in path.split("/")[1:] if part.isdigit())
