"""The report of a run for programs: one JSON object a line, one line for each row.

The keys are an interface: they may grow within a ``schema_version`` and never change their meaning.
A file is written beside its place and renamed into it, so that a reader sees the old report or the
new one and never half of one.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from attrs import asdict

from hocket.reports.results import FailureReport, Row
from hocket.reports.verdicts import hints, worth
from hocket.simulator.engine.choices import Deviation
from hocket.simulator.engine.explanation import Explanation
from hocket.simulator.engine.injection import Coverage, Means
from hocket.simulator.engine.lockstep import LockstepLabel
from hocket.simulator.engine.statistics import Sample

__all__ = ["SCHEMA_VERSION", "row_to_json", "write_jsonl"]

SCHEMA_VERSION = 1
"""Raised when a key changes its meaning or goes away."""


def row_to_json(row: Row) -> dict[str, Any]:
    """One row as plain values that :mod:`json` writes and reads back equal.

    ``seconds`` is wall time; ``exit_reason`` is ``failure``, ``budget``, ``time``, ``exhausted`` or
    ``interrupted``.
    """
    result = row.result
    return {
        "schema_version": SCHEMA_VERSION,
        "name": row.name,
        "file": row.file,
        "line": row.line,
        "target": result.target,
        "verdict": row.verdict.value,
        "worth": worth(row),
        "schedules": result.schedules,
        "strategy": result.strategy,
        "seed": result.seed,
        "model": result.model,
        "exit_reason": result.exit_reason.name.lower(),
        "seconds": result.seconds,
        "triggered": sorted(result.triggered),
        "vacuous": list(row.vacuous),
        "unmet": list(row.unmet),
        "note": row.note,
        "failures": [_failure(report) for report in row.failures],
        "statistics": _statistics(row),
        "coverage": None if result.coverage is None else _coverage(result.coverage),
    }


def _lockstep(label: LockstepLabel) -> dict[str, Any]:
    return {
        "fails": label.fails,
        "schedules": label.schedules,
        "slow_waits": list(label.slow_waits),
        "unpromised": label.unpromised,
        "sentence": str(label),
    }


def _statistics(row: Row) -> dict[str, Any]:
    return {
        "classes": row.result.classes,
        "hints": list(hints(row)),
        "samples": [
            {**asdict(s), "bound": s.bound, "chance_of_new": s.chance_of_new, **_guarantee(s)}
            for s in row.result.samples
        ],
    }


def _guarantee(sample: Sample) -> dict[str, Any]:
    chance = None if sample.guarantee is None else sample.guarantee.chance
    return {"guaranteed_chance": chance}


def _coverage(coverage: Coverage) -> dict[str, Any]:
    return {
        "cancellation_points": coverage.total(),
        "hit": coverage.hit(),
        "expired": coverage.hit(Means.EXPIRED),
        "moved": coverage.hit(Means.MOVED),
        "places": list(coverage.places),
        "undelivered": [
            {"point": point.point, "ended": point.ended} for point in coverage.undelivered
        ],
    }


def _failure(report: FailureReport) -> dict[str, Any]:
    failure = report.failure
    return {
        "kind": failure.kind.value,
        "origin": str(failure.origin),
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
        "deviations": _deviations(failure.deviations),
        "explanation": _explanation(failure.explanation),
        "lockstep": None if failure.lockstep is None else _lockstep(failure.lockstep),
        "waits": [{**asdict(wait), "held_by": list(wait.held_by)} for wait in failure.waits],
        "wait_cycle": list(failure.wait_cycle),
    }


def _deviations(deviations: Iterable[Deviation]) -> list[dict[str, Any]]:
    return [{**asdict(deviation), "kind": deviation.kind.value} for deviation in deviations]


def _explanation(explanation: Explanation | None) -> dict[str, Any] | None:
    if explanation is None:
        return None
    passing = explanation.passing
    return {
        "anomaly": explanation.anomaly,
        "facts": [asdict(fact) for fact in explanation.facts],
        "events": list(explanation.events),
        "passing": None if passing is None else _deviations(passing),
        "parting": explanation.parting,
        "executions": explanation.executions,
    }


def write_jsonl(path: Path, rows: Iterable[Row]) -> None:
    """Write ``rows`` to ``path``, whole or not at all.

    Raises :class:`OSError` if the file cannot be written; whatever is raised, a file that was there
    before is left as it was, and nothing is left beside it.
    """
    place = path.resolve()
    draft = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    try:
        with draft.open("x", encoding="utf-8", newline="\n") as file:
            for row in rows:
                file.write(json.dumps(row_to_json(row)) + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
