"""A space-time diagram as a value: what is drawn, in the order in which it happened.

The form is Lamport's (CACM 1978): a line for each task, time running down, and an arrow from
where a message was sent to where it was received.  An arrow slants, so that one message is seen to
overtake another.  Beside the arrows of messages each event knows the events directly before it, by
the vector clocks of the trace, so that a reader can ask for everything that an event depends on.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from attrs import evolve, frozen

__all__ = [
    "EVENTS_MAX",
    "Change",
    "Diagram",
    "Event",
    "Lane",
    "Mark",
    "Message",
    "Pictures",
    "Span",
    "Stretch",
    "parting",
    "window",
]

EVENTS_MAX = 5_000
"""The events of one drawing; of a longer execution a window is drawn."""


class Mark(StrEnum):
    """What an event is, and so by which shape it is drawn."""

    STEP = "step"
    FACT = "fact"
    CHOICE = "choice"
    TIME = "time"
    SEND = "send"
    RECEIVE = "receive"
    CANCEL = "cancel"
    END = "end"


class Stretch(StrEnum):
    """What a lane does over a stretch of events."""

    WAITS = "waits"
    HOLDS = "holds"


@frozen
class Lane:
    """One line of the diagram.

    ``title`` says whose it is, ``detail`` which one of that name, ``told`` whether a reader sees
    it before asking for more: lanes in which nothing but steps happened are hidden at first.
    """

    title: str
    detail: str = ""
    told: bool = True


@frozen
class Event:
    """One row: what happened, in which lane (``None``: in all of them, as time passes).

    ``text`` is what a person reads beside the mark and ``detail`` the rest of it, such as the whole
    message; ``place`` is the program's function and line for a step.  ``time`` is virtual seconds.
    ``parents`` are the numbers of the events directly before it.  A ``quiet`` event is hidden until
    it is asked for, a ``clashing`` one is what the violated property or the error is about.
    """

    lane: int | None
    mark: Mark
    time: float
    text: str = ""
    detail: str = ""
    place: str = ""
    parents: tuple[int, ...] = ()
    quiet: bool = False
    clashing: bool = False


@frozen
class Message:
    """An arrow between two events; ``received`` is ``None`` for one that never arrived."""

    sent: int
    received: int | None
    text: str


@frozen
class Span:
    """A stretch of a lane, from event ``since`` to event ``until`` (``None``: to the end)."""

    lane: int
    kind: Stretch
    since: int
    until: int | None
    text: str


@frozen
class Change:
    """From event ``at`` on, the thing called ``name`` is in this ``state``.

    ``kind`` groups things in the table (``run``, ``approval``, ``task``...); when it is ``over``
    the thing is shown for this one step and then no more.
    """

    at: int
    kind: str
    name: str
    state: str
    over: bool = False


@frozen
class Diagram:
    """An execution, ready to be drawn.

    ``first`` is the number of the first event where earlier ones were left out, ``left_out`` how
    many events are missing after the last.
    """

    lanes: tuple[Lane, ...] = ()
    events: tuple[Event, ...] = ()
    messages: tuple[Message, ...] = ()
    spans: tuple[Span, ...] = ()
    changes: tuple[Change, ...] = ()
    first: int = 0
    left_out: int = 0


@frozen
class Pictures:
    """The diagram of a failure, and beside it that of the nearest schedule that passes, if any."""

    failing: Diagram
    passing: Diagram | None = None


def parting(one: Diagram, other: Diagram) -> int:
    """The number of the first event in which two diagrams differ."""
    pairs = zip(_told(one), _told(other), strict=False)
    return next(
        (number for number, (a, b) in enumerate(pairs) if a != b),
        min(len(one.events), len(other.events)),
    )


def _told(diagram: Diagram) -> Iterable[tuple[str, Mark, str, str]]:
    for event in diagram.events:
        lane = "" if event.lane is None else diagram.lanes[event.lane].title
        yield lane, event.mark, event.text, event.place


def window(diagram: Diagram, around: int, size: int = EVENTS_MAX) -> Diagram:
    """At most ``size`` events with number ``around`` among them, and what belongs to these.

    There are more before it than after it, since what led there matters.  States that things are in
    when the window opens are kept.  Raises :class:`ValueError` for a ``size`` below 1.
    """
    if size < 1:
        raise ValueError(f"a window holds at least one event, not {size}")
    total = len(diagram.events)
    if total <= size:
        return diagram
    end = min(total, around + 1 + size // 4)
    start = max(0, end - size)
    end = start + size

    def inside(number: int | None) -> int | None:
        return number - start if number is not None and start <= number < end else None

    events = tuple(
        evolve(event, parents=tuple(p - start for p in event.parents if inside(p) is not None))
        for event in diagram.events[start:end]
    )
    messages = tuple(
        Message(sent - start, inside(message.received), message.text)
        for message in diagram.messages
        if start <= (sent := message.sent) < end
    )
    return Diagram(
        lanes=diagram.lanes,
        events=events,
        messages=messages,
        spans=tuple(_cut_spans(diagram.spans, start, end)),
        changes=tuple(_cut_changes(diagram.changes, start, end)),
        first=diagram.first + start,
        left_out=total - end,
    )


def _cut_spans(spans: Iterable[Span], start: int, end: int) -> Iterable[Span]:
    for span in spans:
        over = span.until is not None and span.until < start
        if span.since < end and not over:
            until = None if span.until is None or span.until >= end else span.until - start
            yield evolve(span, since=max(0, span.since - start), until=until)


def _cut_changes(changes: Sequence[Change], start: int, end: int) -> Iterable[Change]:
    standing: dict[tuple[str, str], Change] = {}
    for change in changes:
        if change.at < start:
            standing[change.kind, change.name] = evolve(change, at=0)
    yield from (change for change in standing.values() if not change.over)
    yield from (evolve(c, at=c.at - start) for c in changes if start <= c.at < end)
