"""A baseline is a file to commit: sorted, one line for each scenario, read back as written."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hocket.reports.baseline import baseline, read_standings, standing_of
from hocket.reports.bundle import Bundle, BundleError, BundleWriter
from hocket.reports.environment import Shard, here
from hocket.reports.results import Row
from hocket.simulator.engine.outcome import Verdict

MakeRow = Callable[..., Row]


@pytest.fixture
def bundle(row: MakeRow) -> Bundle:
    """Two rows of one campaign, not in the order of their names."""
    environment = here({}, sources="", selected=2, shard=Shard())
    rows = (row(name="z", seconds=1.0), row(Verdict.FAILED, name="a", position=1))
    return Bundle((environment,), rows)


def test_a_baseline_is_read_back(bundle: Bundle, tmp_path: Path) -> None:
    """As what a comparison needs of the rows, in any order of lines."""
    path = tmp_path / "baseline.jsonl"
    lines = baseline(bundle).splitlines(keepends=True)
    expected = sorted(map(standing_of, bundle.rows), key=lambda s: s.name)
    for order in (lines, lines[::-1]):
        path.write_text("".join(order))
        assert sorted(read_standings(path), key=lambda s: s.name) == expected


def test_a_baseline_is_sorted_and_says_what_made_it(bundle: Bundle) -> None:
    """So that git merges two changes of different scenarios, and a person knows what to expect."""
    head, *lines = baseline(bundle).splitlines()
    assert lines == sorted(lines)
    made_by = json.loads(head)["baseline"]
    assert made_by["tool"] == bundle.environments[0].tool
    assert {"python", "commit", "strategy", "schema_version"} <= made_by.keys()


def test_a_baseline_has_no_wall_time(row: MakeRow) -> None:
    """A slow day is no change."""
    one, other = (Bundle((), (row(seconds=seconds),)) for seconds in (0.1, 99.0))
    assert baseline(one) == baseline(other)


def test_a_bundle_can_be_a_baseline(bundle: Bundle, tmp_path: Path) -> None:
    """What was committed and what was kept are compared alike."""
    writer = BundleWriter.create(tmp_path, bundle.environments[0])
    for row in bundle.rows:
        writer.add(row)
    assert read_standings(tmp_path) == tuple(map(standing_of, bundle.rows))


@pytest.mark.parametrize("text", ["", "{}", "nothing", '{"baseline": {"schema_version": 99}}'])
def test_a_file_that_is_no_baseline_is_told(tmp_path: Path, text: str) -> None:
    """A gate that compares with nothing would let everything through."""
    path = tmp_path / "baseline.jsonl"
    path.write_text(text)
    with pytest.raises(BundleError, match="is neither a baseline nor a bundle"):
        read_standings(path)


def test_a_missing_baseline_is_told_with_what_makes_one(tmp_path: Path) -> None:
    """The first run of a project has none."""
    with pytest.raises(BundleError, match="write one with -o baseline="):
        read_standings(tmp_path / "none.jsonl")
