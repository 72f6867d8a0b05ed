"""Hypothesis strategies for results: any failure, any row, and bundles that overlap."""

from typing import TypeVar

from hypothesis import strategies as st

from hocket.reports.bundle import Bundle, in_order
from hocket.reports.diagram import (
    Change,
    Diagram,
    Event,
    Lane,
    Mark,
    Message,
    Pictures,
    Span,
    Stretch,
)
from hocket.reports.environment import Environment, Shard
from hocket.reports.results import FailureReport, Moment, Row
from hocket.simulator.campaign import CampaignResult
from hocket.simulator.engine.choices import ChoiceKind, Deviation
from hocket.simulator.engine.explanation import Explanation, OrderFact
from hocket.simulator.engine.injection import Coverage, CoveredPoint, Means
from hocket.simulator.engine.lockstep import LockstepLabel, Overtaking
from hocket.simulator.engine.outcome import (
    ExitReason,
    Failure,
    FailureKind,
    Origin,
    Verdict,
    Wait,
)
from hocket.simulator.engine.statistics import Guarantee, Sample

texts = st.text(max_size=12)
numbers = st.integers(0, 2**40)
Example = TypeVar("Example")


def few(
    examples: st.SearchStrategy[Example], count_max: int = 3
) -> st.SearchStrategy[tuple[Example, ...]]:
    """Tuples of at most so many."""
    return st.lists(examples, max_size=count_max).map(tuple)


names = st.frozensets(texts, max_size=3)
moments = st.builds(Moment, texts, texts, st.none() | numbers)
events = st.builds(
    Event,
    lane=st.none() | numbers,
    mark=st.sampled_from(Mark),
    time=st.floats(0, 1e6),
    text=texts,
    parents=few(numbers),
    quiet=st.booleans(),
)
diagrams = st.builds(
    Diagram,
    lanes=few(st.builds(Lane, texts, texts, st.booleans())),
    events=few(events),
    messages=few(st.builds(Message, numbers, st.none() | numbers, texts)),
    spans=few(st.builds(Span, numbers, st.sampled_from(Stretch), numbers, st.none(), texts)),
    changes=few(st.builds(Change, numbers, texts, texts, texts, st.booleans())),
    first=numbers,
)
pictures = st.builds(Pictures, diagrams, st.none() | diagrams)
deviations = st.builds(
    Deviation,
    numbers,
    st.sampled_from(ChoiceKind),
    texts,
    numbers,
    numbers,
    texts,
    texts,
    st.booleans(),
)
explanations = st.builds(
    Explanation,
    facts=few(st.builds(OrderFact, texts, texts)),
    events=few(texts),
    passing=st.none() | few(deviations),
    parting=texts,
    anomaly=texts,
    executions=numbers,
)
labels = st.builds(
    LockstepLabel,
    st.booleans(),
    numbers,
    few(st.builds(Overtaking, texts, st.booleans())),
)
waits = st.builds(Wait, texts, texts, texts, few(texts), texts, texts)


guarantees = st.builds(Guarantee, *(st.integers(0, 9) for _ in range(4)), st.booleans())
samples = st.builds(
    Sample,
    texts,
    st.integers(0, 9),
    st.booleans(),
    st.none() | numbers,
    st.none() | numbers,
    st.none() | guarantees,
)


@st.composite
def reports(draw: st.DrawFn) -> FailureReport:
    """Any failure at all, with its story."""
    kind = draw(st.sampled_from(FailureKind))
    failure = Failure(
        kind=kind,
        origin=Origin(kind, draw(texts), draw(texts)),
        message=draw(texts),
        token=draw(texts),
        deviations=draw(few(deviations)),
        digest=draw(texts),
        schedule=draw(numbers),
        strategy=draw(texts),
        model=draw(texts),
        clashing=draw(few(numbers)),
        waits=draw(few(waits)),
        explanation=draw(st.none() | explanations),
        lockstep=draw(st.none() | labels),
    )
    return FailureReport(
        failure=failure,
        sentence=draw(texts),
        lanes=draw(few(texts)),
        moments=draw(few(moments)),
        place=draw(texts),
        statement=draw(texts),
        command=draw(texts),
        pictures=draw(st.none() | pictures),
    )


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """Any row at all."""
    told = draw(few(reports(), 2))
    points = st.builds(CoveredPoint, texts, st.sampled_from(Means), texts, st.booleans())
    result = CampaignResult(
        target=draw(texts),
        verdict=draw(st.sampled_from(Verdict)),
        schedules=draw(numbers),
        failures=tuple(report.failure for report in told),
        strategy=draw(texts),
        seed=draw(st.integers(-(2**60), 2**60)),
        model=draw(texts),
        exit_reason=draw(st.sampled_from(ExitReason)),
        seconds=draw(st.floats(0, 1e6)),
        triggered=draw(names),
        coverage=draw(st.none() | few(points).map(Coverage)),
        unfair=draw(numbers),
        samples=draw(few(samples)),
        classes=draw(st.none() | numbers),
    )
    return Row(
        draw(texts),
        draw(texts),
        draw(numbers),
        result,
        told,
        vacuous=tuple(sorted(draw(names))),
        unmet=tuple(sorted(draw(names))),
        note=draw(texts),
        position=draw(numbers),
        pairs=tuple(sorted(draw(names))),
    )


shards = st.sampled_from([Shard(n, total) for total in (1, 3) for n in range(1, total + 1)])
environments = st.builds(
    Environment,
    tool=st.just("1.0"),
    python=st.sampled_from(["3.11.9", "3.13.1"]),
    implementation=st.just("CPython"),
    trio=st.just("0.30"),
    hash_seed=st.sampled_from(["0", "random"]),
    platform=st.just("Linux"),
    commit=st.sampled_from(["", "abc"]),
    started=st.just("2026-01-01T00:00:00+00:00"),
    shard=shards,
)


@st.composite
def small_rows(draw: st.DrawFn) -> Row:
    """Rows of which many have one key, and few differ in more than one thing."""
    result = CampaignResult(
        target="t",
        verdict=draw(st.sampled_from(Verdict)),
        schedules=draw(st.integers(0, 1)),
        failures=(),
        strategy=draw(st.sampled_from(["random", "pct(3)"])),
        seed=draw(st.integers(0, 1)),
        model="free",
        exit_reason=ExitReason.BUDGET,
        seconds=draw(st.sampled_from([0.5, 1.5])),
    )
    name, note = draw(st.sampled_from("ab")), draw(st.sampled_from(["", "so"]))
    return Row(name, "f", 1, result, note=note, position=draw(st.integers(0, 1)))


@st.composite
def bundles(draw: st.DrawFn) -> Bundle:
    """Bundles that are about the same few scenarios."""
    found = {row.key: row for row in draw(few(small_rows()))}
    made = {repr(one): one for one in draw(few(environments))}
    hashes = draw(st.frozensets(st.sampled_from("xyz")))
    return Bundle(tuple(made.values()), in_order(found.values()), hashes)
