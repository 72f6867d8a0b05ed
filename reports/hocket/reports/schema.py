"""Results as plain JSON values, and back: the one place that knows the keys of a bundle.

The keys are an interface: they may grow within a ``schema_version`` and never change their meaning.
Beside what is needed to read a result back there are keys that say it to others, such as ``worth``;
these are made from the rest and ignored when it is read.  The values are made by msgspec, which
knows attrs classes; the text by :mod:`json`, since foreign texts may hold halves of surrogate
pairs, which JSON can escape and UTF-8 cannot write.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from attrs import evolve, frozen

from hocket.reports.diagram import Pictures
from hocket.reports.results import FailureReport, Moment, Row
from hocket.reports.verdicts import hints, worth
from hocket.simulator.campaign import CampaignResult
from hocket.simulator.engine.injection import Coverage, Means
from hocket.simulator.engine.lockstep import LockstepLabel
from hocket.simulator.engine.outcome import ExitReason, Failure
from hocket.simulator.engine.statistics import Sample

__all__ = [
    "SCHEMA_VERSION",
    "TIME_FIELDS",
    "Story",
    "json_line",
    "plain",
    "row_from_json",
    "row_to_json",
    "story_from_json",
    "story_to_json",
]

SCHEMA_VERSION = 1
"""Raised when a key changes its meaning or goes away."""

TIME_FIELDS = ("seconds",)
"""The keys of a row that hold wall time; all others are the same whenever it is run again."""


@frozen
class Story:
    """What happened in a failing execution, in moments and as a picture."""

    lanes: tuple[str, ...] = ()
    moments: tuple[Moment, ...] = ()
    pictures: Pictures | None = None

    @classmethod
    def of(cls, report: FailureReport) -> "Story":
        """The part of a report that fills a file of its own."""
        return cls(report.lanes, report.moments, report.pictures)


def plain(value: object) -> Any:
    """A value of attrs classes, enums and collections as :mod:`json` writes it, sets sorted."""
    return json.loads(json.dumps(msgspec.to_builtins(value, order="deterministic")))


def json_line(value: object) -> str:
    """A plain value on one line, with its line break."""
    return json.dumps(value) + "\n"


def row_to_json(row: Row) -> dict[str, Any]:
    """One row as plain values that :mod:`json` writes and reads back equal.

    ``seconds`` is wall time; ``exit_reason`` is ``failure``, ``budget``, ``time``, ``exhausted``,
    ``swept`` or ``interrupted``.  The lanes and moments of failures are left to stories.
    """
    result = row.result
    return {
        "schema_version": SCHEMA_VERSION,
        "name": row.name,
        "file": row.file,
        "line": row.line,
        "position": row.position,
        "target": result.target,
        "verdict": row.verdict.value,
        "worth": worth(row),
        "schedules": result.schedules,
        "strategy": result.strategy,
        "seed": result.seed,
        "model": result.model,
        "exit_reason": result.exit_reason.name.lower(),
        "seconds": result.seconds,
        "unfair": result.unfair,
        "triggered": sorted(result.triggered),
        "vacuous": list(row.vacuous),
        "unmet": list(row.unmet),
        "note": row.note,
        "pairs": list(row.pairs),
        "failures": [_failure(report) for report in row.failures],
        "statistics": _statistics(row),
        "coverage": None if result.coverage is None else _coverage(result.coverage),
    }


def row_from_json(value: Mapping[str, Any], stories: Iterable[Story] = ()) -> Row:
    """The row that :func:`row_to_json` made ``value`` from, with a story for each failure.

    Without stories the failures have no moments.  The campaign's verdict is the row's, since that
    is what was written.  Raises :class:`ValueError` for values that no row was made into.
    """
    if value.get("schema_version") != SCHEMA_VERSION:
        raise ValueError(f"it has schema version {value.get('schema_version')}")
    try:
        told = value["failures"]
        failures = tuple(_failure_from(each) for each in told)
        reason = ExitReason[str(value["exit_reason"]).upper()]
        counted = value.get("statistics", {})
        plain_result = {**value, **counted, "failures": (), "exit_reason": reason.value}
        result = msgspec.convert(plain_result, CampaignResult)
        known = tuple(stories) or (Story(),) * len(failures)
        reports = tuple(
            FailureReport(
                failure=failure,
                sentence=each["sentence"],
                lanes=story.lanes,
                moments=story.moments,
                place=each["place"],
                statement=each["statement"],
                command=each["command"],
                pictures=story.pictures,
            )
            for each, failure, story in zip(told, failures, known, strict=True)
        )
        return _row(value, result, reports)
    except KeyError as error:
        raise ValueError(f"it has no {error}") from error


def _row(
    value: Mapping[str, Any], result: CampaignResult, reports: tuple[FailureReport, ...]
) -> Row:
    return Row(
        name=value["name"],
        file=value["file"],
        line=value["line"],
        result=evolve(result, failures=tuple(report.failure for report in reports)),
        failures=reports,
        vacuous=tuple(value["vacuous"]),
        unmet=tuple(value["unmet"]),
        note=value["note"],
        position=value["position"],
        pairs=tuple(value["pairs"]),
    )


def story_to_json(story: Story) -> dict[str, Any]:
    """A story as plain values."""
    return {"schema_version": SCHEMA_VERSION, **plain(story)}


def story_from_json(value: Mapping[str, Any]) -> Story:
    """The story that ``value`` was made from; raises :class:`ValueError` if there is none."""
    return msgspec.convert(value, Story)


def _failure(report: FailureReport) -> dict[str, Any]:
    failure = report.failure
    return {
        "kind": failure.kind.value,
        "origin": str(failure.origin),
        "property": failure.origin.name,
        "origin_place": failure.origin.place,
        "sentence": report.sentence,
        "message": failure.message,
        "statement": report.statement,
        "place": report.place,
        "command": report.command,
        "token": failure.token,
        "digest": failure.digest,
        "schedule": failure.schedule,
        "strategy": failure.strategy,
        "model": failure.model,
        "preemptions": failure.preemptions,
        "reorderings": failure.reorderings,
        "deviations": plain(failure.deviations),
        "explanation": plain(failure.explanation),
        "lockstep": None if failure.lockstep is None else _lockstep(failure.lockstep),
        "clashing": list(failure.clashing),
        "waits": plain(failure.waits),
        "wait_cycle": list(failure.wait_cycle),
    }


def _failure_from(value: Mapping[str, Any]) -> Failure:
    origin = {"kind": value["kind"], "name": value["property"], "place": value["origin_place"]}
    return msgspec.convert({**value, "origin": origin}, Failure)


def _lockstep(label: LockstepLabel) -> dict[str, Any]:
    return {
        **plain(label),
        "slow_waits": list(label.slow_waits),
        "unpromised": label.unpromised,
        "sentence": str(label),
    }


def _statistics(row: Row) -> dict[str, Any]:
    return {
        "classes": row.result.classes,
        "hints": list(hints(row)),
        "samples": [
            {**plain(s), "bound": s.bound, "chance_of_new": s.chance_of_new, **_guarantee(s)}
            for s in row.result.samples
        ],
    }


def _guarantee(sample: Sample) -> dict[str, Any]:
    chance = None if sample.guarantee is None else sample.guarantee.chance
    return {"guaranteed_chance": chance}


def _coverage(coverage: Coverage) -> dict[str, Any]:
    return {
        **plain(coverage),
        "cancellation_points": coverage.total(),
        "hit": coverage.hit(),
        "expired": coverage.hit(Means.EXPIRED),
        "moved": coverage.hit(Means.MOVED),
        "places": list(coverage.places),
        "undelivered": [
            {"point": point.point, "ended": point.ended} for point in coverage.undelivered
        ],
    }
