"""A bundle: everything one campaign found, in one folder that survives being killed.

- ``environment.json``: what ran it, and with which settings;
- ``results.jsonl``: one line for each scenario, parameters and strategy;
- ``failures/``: what happened in each failing schedule, one file for each;
- ``coverage.txt``: a sorted set of hashes, one for each kind of schedule that was seen.

While a campaign runs, lines are appended and flushed as rows finish, each after the files that it
speaks of, so that whatever is there when it is killed can be read, and gone on with.  A last line
that was cut is no line.  When the campaign ends, ``results.jsonl`` is written once more in the
order of the selection: parallel and resumed campaigns end alike.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from attrs import frozen

from hocket.reports.environment import Environment
from hocket.reports.files import write_whole
from hocket.reports.results import Row
from hocket.reports.schema import (
    SCHEMA_VERSION,
    Story,
    json_line,
    plain,
    row_from_json,
    row_to_json,
    story_from_json,
    story_to_json,
)
from hocket.simulator.engine.outcome import Failure

__all__ = ["Bundle", "BundleError", "BundleWriter", "numbered_folder", "read_bundle"]

ENVIRONMENT = "environment.json"
RESULTS = "results.jsonl"
COVERAGE = "coverage.txt"
FAILURES = "failures"
LATEST = "latest"


class BundleError(Exception):
    """A folder that is no bundle, or a broken one; one sentence that says which and why."""


@frozen
class Bundle:
    """What a bundle holds: its campaigns, their rows in order, and the hashes of its coverage."""

    environments: tuple[Environment, ...]
    rows: tuple[Row, ...]
    coverage: frozenset[str] = frozenset()

    @property
    def interrupted(self) -> bool:
        """Whether a person stopped a campaign, so that what is missing was not tried."""
        return any(row.result.interrupted for row in self.rows)


@frozen
class BundleWriter:
    """A bundle that a campaign adds its rows to; use :meth:`create` or :meth:`resume`."""

    folder: Path

    @classmethod
    def create(cls, folder: Path, environment: Environment) -> "BundleWriter":
        """Begin a bundle in ``folder``, which is made if it is not there.

        Raises :class:`BundleError` if it holds a bundle already, or cannot be written.
        """
        if (folder / RESULTS).exists():
            raise BundleError(f"{folder} holds a bundle already; name another, or resume it")
        try:
            (folder / FAILURES).mkdir(parents=True, exist_ok=True)
            write_whole(folder / ENVIRONMENT, _environments_text([environment]))
            (folder / RESULTS).touch()
        except OSError as error:
            raise BundleError(f"cannot write the bundle {folder}: {error.strerror}") from error
        return cls(folder)

    @classmethod
    def resume(cls, folder: Path) -> "BundleWriter":
        """Go on with a bundle whose campaign was cut; :func:`read_bundle` says what it has.

        Raises :class:`BundleError` if there is none, or it cannot be written.
        """
        try:
            text = (folder / RESULTS).read_text("utf-8")
            write_whole(folder / RESULTS, "".join(_whole_lines(text)))
        except OSError as error:
            raise BundleError(f"cannot resume {folder}: {error.strerror}") from error
        return cls(folder)

    def add(self, row: Row, hashes: Iterable[str] = ()) -> None:
        """Put a finished row into the bundle, with the ``hashes`` of what its schedules covered."""
        _write_stories(self.folder, row)
        with (self.folder / COVERAGE).open("a", encoding="ascii", newline="\n") as coverage:
            coverage.writelines(f"{one}\n" for one in sorted(hashes))
        with (self.folder / RESULTS).open("a", encoding="utf-8", newline="\n") as results:
            results.write(json_line(row_to_json(row)))
            results.flush()
            os.fsync(results.fileno())

    def close(self) -> Bundle:
        """End the bundle: rows in the order of the selection, coverage as a sorted set."""
        bundle = read_bundle(self.folder)
        write_bundle(self.folder, bundle)
        return bundle


def write_bundle(folder: Path, bundle: Bundle) -> None:
    """Write ``bundle`` to ``folder``, over what is there of it; each file is whole at any time."""
    (folder / FAILURES).mkdir(parents=True, exist_ok=True)
    stories = {name for row in bundle.rows for name in _write_stories(folder, row)}
    write_whole(folder / ENVIRONMENT, _environments_text(bundle.environments))
    write_whole(folder / COVERAGE, "".join(f"{one}\n" for one in sorted(bundle.coverage)))
    write_whole(folder / RESULTS, "".join(json_line(row_to_json(row)) for row in bundle.rows))
    for old in (folder / FAILURES).glob("*.json"):
        if f"{FAILURES}/{old.name}" not in stories:
            old.unlink(missing_ok=True)


def read_bundle(folder: Path) -> Bundle:
    """The bundle in ``folder``, also that of a campaign that was killed or still runs.

    Of several lines for one row the last counts.  Raises :class:`BundleError` for what is no
    bundle, or of another version.
    """
    environments = _read_environments(folder / ENVIRONMENT)
    text = _read(folder / RESULTS)
    rows: dict[tuple[str, str, str], Row] = {}
    for number, line in enumerate(_whole_lines(text), 1):
        row = _read_row(folder, line, f"{folder / RESULTS}:{number}")
        rows[row.key] = row
    coverage = folder / COVERAGE
    hashes = _whole_lines(_read(coverage)) if coverage.exists() else []
    return Bundle(environments, in_order(rows.values()), frozenset(map(str.strip, hashes)))


def in_order(rows: Iterable[Row]) -> tuple[Row, ...]:
    """The rows as a selection has them."""
    return tuple(sorted(rows, key=lambda row: (row.position, row.key)))


def numbered_folder(runs: Path) -> Path:
    """Make the next of the folders ``1``, ``2`` and so on in ``runs``, and let ``latest`` be it.

    Raises :class:`OSError` if that cannot be done.
    """
    runs.mkdir(parents=True, exist_ok=True)
    number = max((int(p.name) for p in runs.iterdir() if p.name.isdecimal()), default=0) + 1
    while True:
        folder = runs / str(number)
        try:
            folder.mkdir()
            break
        except FileExistsError:
            number += 1
    draft = runs / f".{LATEST}.{folder.name}"
    draft.unlink(missing_ok=True)
    draft.symlink_to(folder.name)
    draft.replace(runs / LATEST)
    return folder


def _whole_lines(text: str) -> list[str]:
    """The lines that end; a last one without its break was cut while it was written."""
    lines = text.splitlines(keepends=True)
    return lines if not lines or lines[-1].endswith("\n") else lines[:-1]


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError as error:
        raise BundleError(f"{path.parent} is no bundle: it has no {path.name}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(f"cannot read {path}: {error}") from error


def _read_row(folder: Path, line: str, place: str) -> Row:
    try:
        value = json.loads(line)
        row = row_from_json(value)
        if not row.failures:
            return row
        stories = [_read_story(folder / _story_name(row.key, f.failure)) for f in row.failures]
        return row_from_json(value, stories)
    except (ValueError, TypeError, AttributeError) as error:
        raise BundleError(f"{place} is no line of this version of hocket: {error}") from error


def _write_stories(folder: Path, row: Row) -> list[str]:
    """Write what happened in each failure of ``row``, and say where."""
    names: list[str] = []
    for report in row.failures:
        names.append(_story_name(row.key, report.failure))
        write_whole(folder / names[-1], json_line(story_to_json(Story.of(report))))
    return names


def _read_story(path: Path) -> Story:
    """The story of a failure; an empty one if its file was thrown away."""
    return story_from_json(json.loads(path.read_text("utf-8"))) if path.exists() else Story()


def _story_name(key: tuple[str, str, str], failure: Failure) -> str:
    words = "\0".join((*key, str(failure.origin), failure.digest))
    digest = hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{FAILURES}/{digest}.json"


def _environments_text(environments: Iterable[Environment]) -> str:
    value = {"schema_version": SCHEMA_VERSION, "campaigns": [plain(e) for e in environments]}
    return json.dumps(value, indent=2, sort_keys=True) + "\n"


def _read_environments(path: Path) -> tuple[Environment, ...]:
    try:
        value: Mapping[str, Any] = json.loads(_read(path))
        return msgspec.convert(value["campaigns"], tuple[Environment, ...])
    except (ValueError, KeyError, TypeError) as error:
        raise BundleError(f"{path} was not written by this version of hocket: {error}") from error
