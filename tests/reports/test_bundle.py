"""A bundle is readable at any moment, and ends the same whatever happened to its campaign."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve

from hocket.reports.bundle import BundleError, BundleWriter, numbered_folder, read_bundle
from hocket.reports.environment import Environment, SettingUsed, Shard, here
from hocket.reports.results import Row
from hocket.simulator.engine.outcome import ExitReason, Verdict

MakeRow = Callable[..., Row]


@pytest.fixture
def environment() -> Environment:
    """That of this process, with a setting."""
    settings = {"seed": SettingUsed(7, "flag")}
    return here(settings, sources="0123456789abcdef", selected=3, shard=Shard())


@pytest.fixture
def three(row: MakeRow) -> list[Row]:
    """Three rows in order, the second a failure with a story."""
    kinds = (Verdict.NOT_FOUND, Verdict.FAILED, Verdict.VERIFIED)
    return [row(kind, name=str(kind), position=n) for n, kind in enumerate(kinds)]


def test_a_bundle_reads_back_what_was_added(
    tmp_path: Path, environment: Environment, three: list[Row]
) -> None:
    """Rows in the order of the selection, whatever order they finished in, and their stories."""
    writer = BundleWriter.create(tmp_path / "b", environment)
    for row in reversed(three):
        writer.add(row, {"bb", "aa"})
    closed = writer.close()
    assert closed.rows == tuple(three)
    assert closed.environments == (environment,)
    assert closed == read_bundle(tmp_path / "b")
    assert (tmp_path / "b" / "coverage.txt").read_text("ascii") == "aa\nbb\n"
    lines = (tmp_path / "b" / "results.jsonl").read_text("utf-8").splitlines()
    names = [json.loads(line)["name"] for line in lines]
    assert names == [row.name for row in three]


@pytest.mark.parametrize("cut", [1, 20, 400])
def test_a_line_that_was_cut_is_no_line(
    tmp_path: Path, environment: Environment, three: list[Row], cut: int
) -> None:
    """What a killed campaign leaves is read without it, and resumed as if it had not been begun."""
    writer = BundleWriter.create(tmp_path, environment)
    for row in three[:2]:
        writer.add(row)
    results = tmp_path / "results.jsonl"
    results.write_bytes(results.read_bytes()[:-cut])
    assert read_bundle(tmp_path).rows == (three[0],)
    again = BundleWriter.resume(tmp_path)
    for row in three[1:]:
        again.add(row)
    assert again.close().rows == tuple(three)


def test_a_row_that_is_explored_again_replaces_the_old(
    tmp_path: Path, environment: Environment, row: MakeRow
) -> None:
    """An interrupted one is, when its campaign is resumed; its stories go."""
    writer = BundleWriter.create(tmp_path, environment)
    writer.add(row(Verdict.FAILED, exit_reason=ExitReason.INTERRUPTED))
    assert read_bundle(tmp_path).interrupted
    writer.add(row())
    closed = writer.close()
    assert closed.rows == (row(),)
    assert not closed.interrupted
    assert list((tmp_path / "failures").iterdir()) == []


def test_a_failure_is_told_without_its_story(
    tmp_path: Path, environment: Environment, three: list[Row]
) -> None:
    """Whoever throws the stories away keeps the verdict and the command."""
    writer = BundleWriter.create(tmp_path, environment)
    writer.add(three[1])
    (story,) = (tmp_path / "failures").iterdir()
    story.unlink()
    (report,) = read_bundle(tmp_path).rows[0].failures
    assert report == evolve(three[1].failures[0], lanes=(), moments=())


def test_one_name_in_two_files_is_two_rows(
    tmp_path: Path, environment: Environment, row: MakeRow
) -> None:
    """File, name and strategy are what a row is."""
    writer = BundleWriter.create(tmp_path, environment)
    for file in ("a.hocket", "b.hocket"):
        writer.add(row(Verdict.FAILED, file=file))
    assert [one.file for one in writer.close().rows] == ["a.hocket", "b.hocket"]
    assert len(list((tmp_path / "failures").iterdir())) == 2


def test_a_bundle_is_not_written_over(tmp_path: Path, environment: Environment) -> None:
    """Two campaigns in one folder would be none."""
    BundleWriter.create(tmp_path, environment).close()
    with pytest.raises(BundleError, match="holds a bundle already"):
        BundleWriter.create(tmp_path, environment)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("results.jsonl", "{}\n"),
        ("results.jsonl", "[]\n"),
        ("results.jsonl", "nothing\n"),
        ("environment.json", "{}"),
        ("environment.json", "nothing"),
    ],
)
def test_a_broken_bundle_is_told_with_its_place(
    tmp_path: Path, environment: Environment, name: str, text: str
) -> None:
    """Only the last line can have been cut; anything else is not what was written."""
    BundleWriter.create(tmp_path, environment).close()
    (tmp_path / name).write_text(text)
    with pytest.raises(BundleError, match=name):
        read_bundle(tmp_path)


def test_a_folder_that_is_no_bundle_is_told(tmp_path: Path) -> None:
    """Reading and resuming say the same."""
    with pytest.raises(BundleError, match=r"is no bundle: it has no environment\.json"):
        read_bundle(tmp_path)
    with pytest.raises(BundleError, match="cannot resume"):
        BundleWriter.resume(tmp_path)


def test_folders_are_numbered_and_the_last_is_linked(tmp_path: Path) -> None:
    """A number is never given twice, also where an older folder was thrown away."""
    runs = tmp_path / "runs"
    assert [numbered_folder(runs).name for _ in range(2)] == ["1", "2"]
    (runs / "1").rmdir()
    assert numbered_folder(runs).name == "3"
    assert (runs / "latest").resolve() == (runs / "3").resolve()
    assert sorted(p.name for p in runs.iterdir()) == ["2", "3", "latest"]
