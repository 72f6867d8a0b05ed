"""The machine format is plain JSON, written whole or not at all."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hocket.reports.formats.machine import row_to_json, write_jsonl
from hocket.reports.results import Row
from hocket.simulator.engine.outcome import ExitReason, Verdict

MakeRow = Callable[..., Row]

ROW_KEYS = (
    "schema_version name file line target verdict worth schedules strategy seed model exit_reason "
    "seconds triggered vacuous unmet note failures statistics coverage"
)
FAILURE_KEYS = (
    "kind origin sentence message statement place command token digest schedule strategy model "
    "preemptions reorderings deviations explanation lockstep waits wait_cycle"
)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_json_round_trip(row: MakeRow, verdict: Verdict) -> None:
    """What is read back equals what was written, for every verdict."""
    value = row_to_json(row(verdict, triggered=frozenset("ba"), unmet=("x\ud800",)))
    assert json.loads(json.dumps(value)) == value
    assert value["triggered"] == ["a", "b"]


def test_the_keys_are_an_interface(row: MakeRow) -> None:
    """A key that goes away or is renamed breaks those who read it."""
    value = row_to_json(row(Verdict.FAILED))
    assert value["schema_version"] == 1
    assert " ".join(value) == ROW_KEYS
    assert " ".join(value["failures"][0]) == FAILURE_KEYS


def test_a_failure_has_all_that_is_needed_to_see_it_again(row: MakeRow) -> None:
    """The token, the command and the choices that differ from the default."""
    (failure,) = row_to_json(row(Verdict.FAILED))["failures"]
    assert failure["token"] == "hkt1.abc"
    assert failure["command"] == "hocket replay hkt1.abc --runtime  mine:adapter"
    assert (failure["preemptions"], failure["reorderings"]) == (1, 0)
    assert failure["deviations"] == [
        {
            "position": 3,
            "kind": "task",
            "label": "next",
            "index": 1,
            "arity": 2,
            "default": "main/1@5",
            "taken": "main/2@7",
            "preemption": True,
        }
    ]
    assert failure["waits"][0]["held_by"] == ["main/2"]


def test_the_verdict_is_the_row_s(row: MakeRow) -> None:
    """An unmet expectation shows in the machine format as it does to a person."""
    value = row_to_json(row(unmet=("sometimes x",), exit_reason=ExitReason.TIME))
    assert (value["verdict"], value["exit_reason"]) == ("inconclusive", "time")


def test_one_line_for_each_row(row: MakeRow, tmp_path: Path) -> None:
    """The file has the rows in order, replaces an older one, and has no neighbour."""
    path = tmp_path / "results.jsonl"
    path.write_text("old", encoding="utf-8")
    rows = [row(name="one\nline"), row(Verdict.FAILED, name="two")]
    write_jsonl(path, rows)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [row_to_json(each) for each in rows]
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("before", ["old", None])
def test_a_write_that_fails_midway_leaves_all_as_it_was(
    row: MakeRow, tmp_path: Path, before: str | None
) -> None:
    """Neither half a report nor a draft is left behind."""
    path = tmp_path / "results.jsonl"
    if before is not None:
        path.write_text(before, encoding="utf-8")

    def rows() -> Iterator[Row]:
        yield row()
        raise RuntimeError("midway")

    with pytest.raises(RuntimeError, match="midway"):
        write_jsonl(path, rows())
    left = [each.read_text(encoding="utf-8") for each in tmp_path.iterdir()]
    assert left == ([] if before is None else [before])


def test_a_link_is_written_through(row: MakeRow, tmp_path: Path) -> None:
    """The file behind a link is replaced, and the link stays one."""
    real, link = tmp_path / "run-1.jsonl", tmp_path / "latest"
    real.write_text("", encoding="utf-8")
    link.symlink_to(real)
    write_jsonl(link, [row()])
    assert link.is_symlink()
    assert json.loads(real.read_text(encoding="utf-8"))["name"] == "approve[n=2]"


def test_an_unwritable_path_raises_os_error(row: MakeRow, tmp_path: Path) -> None:
    """The caller can say which file it was and why."""
    with pytest.raises(OSError, match="nowhere"):
        write_jsonl(tmp_path / "nowhere" / "results.jsonl", [row()])
    with pytest.raises(IsADirectoryError):
        write_jsonl(tmp_path, [row()])


def test_a_reader_of_the_old_report_keeps_it(row: MakeRow, tmp_path: Path) -> None:
    """The new report is another file in the old one's place, so nobody reads half of one."""
    path = tmp_path / "results.jsonl"
    path.write_text("old", encoding="utf-8")
    with path.open(encoding="utf-8") as reader:
        write_jsonl(path, [row()])
        assert reader.read() == "old"
