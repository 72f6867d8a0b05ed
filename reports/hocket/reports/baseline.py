"""What a release is compared by: a few facts of each scenario, which every run finds again.

A baseline is a file to commit: a line that says what made it, then one line for each scenario,
sorted.  It holds what the simulator decides and no wall time, so a change in it is a change of the
program, and two branches that change different scenarios merge without a conflict.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from attrs import frozen

from hocket.reports.bundle import RESULTS, Bundle, BundleError, read_bundle
from hocket.reports.results import Row
from hocket.reports.schema import SCHEMA_VERSION, plain
from hocket.simulator.engine.outcome import ExitReason, Origin, Verdict

__all__ = ["Standing", "baseline", "finding", "read_standings", "standing_of"]


@frozen
class Standing:
    """Where a scenario stands: the part of a :class:`Row` that is compared.

    ``findings`` identify what failed (see :func:`finding`), and ``found_after`` counts the
    schedules until the first of them, 0 if there is none; ``classes`` counts the happens-before
    classes of its schedules.  ``cut`` says that time ran out, so that
    ``schedules``, ``classes`` and ``pairs`` would be others on another day.
    """

    file: str
    name: str
    strategy: str
    verdict: Verdict
    schedules: int
    classes: int | None
    found_after: int
    cut: bool
    findings: tuple[str, ...] = ()
    vacuous: tuple[str, ...] = ()
    pairs: tuple[str, ...] = ()


def finding(origin: Origin) -> str:
    """The identity of a failure over releases: its origin without the numbers of lines."""
    place = re.sub(r":\d+", "", origin.place)
    return f"{origin.kind}: {origin.name}" + (f" in {place}" if place else "")


def standing_of(row: Row) -> Standing:
    """Where the scenario of ``row`` stands."""
    failed = [f for f in row.result.failures if f.kind.verdict is Verdict.FAILED]
    findings = {finding(failure.origin) for failure in failed}
    if row.verdict is Verdict.FAILED and not failed:
        findings = {f"never seen: {unmet}" for unmet in row.unmet}
    return Standing(
        file=row.file,
        name=row.name,
        strategy=row.result.strategy,
        verdict=row.verdict,
        schedules=row.result.schedules,
        classes=row.result.classes,
        found_after=min((failure.schedule for failure in failed), default=0),
        cut=row.result.exit_reason in (ExitReason.TIME, ExitReason.INTERRUPTED),
        findings=tuple(sorted(findings)),
        vacuous=tuple(sorted(row.vacuous)),
        pairs=row.pairs,
    )


def baseline(bundle: Bundle) -> str:
    """The text of the baseline that ``bundle`` makes."""
    made_by: dict[str, Any] = {"schema_version": SCHEMA_VERSION}
    for name in ("tool", "python", "trio", "commit"):
        values = sorted({str(getattr(e, name)) for e in bundle.environments})
        made_by[name] = ", ".join(values)
    made_by["strategy"] = ", ".join(sorted({row.result.strategy for row in bundle.rows}))
    lines = sorted(json.dumps(plain(standing_of(row))) for row in bundle.rows)
    return "".join(f"{line}\n" for line in (json.dumps({"baseline": made_by}), *lines))


def read_standings(path: Path) -> tuple[Standing, ...]:
    """The standings of a bundle, if ``path`` is a folder, or of a baseline, if it is a file.

    Raises :class:`BundleError` for what is neither.
    """
    if path.is_dir():
        return tuple(map(standing_of, read_bundle(path).rows))
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(
            f"cannot read the baseline {path}; write one with -o baseline={path}"
        ) from error
    try:
        return tuple(_standings(text.splitlines()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BundleError(
            f"{path} is neither a baseline nor a bundle with its {RESULTS}: {error}"
        ) from error


def _standings(lines: Iterable[str]) -> list[Standing]:
    values = [json.loads(line) for line in lines if line.strip()]
    (head,) = (value["baseline"] for value in values if "baseline" in value)
    if head["schema_version"] != SCHEMA_VERSION:
        raise ValueError(f"it has schema version {head['schema_version']}")
    return [msgspec.convert(value, Standing) for value in values if "baseline" not in value]
