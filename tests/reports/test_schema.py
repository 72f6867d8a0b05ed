"""Results as plain JSON: the keys, and that what is written is read back."""

import json
from collections.abc import Callable

import pytest
from attrs import evolve
from hypothesis import given
from tests.reports.strategies import rows

from hocket.reports.formats.machine import jsonl
from hocket.reports.results import Row
from hocket.reports.schema import (
    Story,
    row_from_json,
    row_to_json,
    story_from_json,
    story_to_json,
)
from hocket.simulator.engine.outcome import ExitReason, Verdict

MakeRow = Callable[..., Row]

ROW_KEYS = (
    "schema_version name file line position target verdict worth schedules strategy seed "
    "model exit_reason seconds unfair triggered vacuous unmet note pairs failures statistics "
    "coverage"
)
FAILURE_KEYS = (
    "kind origin property origin_place sentence message statement place command token digest "
    "schedule strategy model preemptions reorderings deviations explanation lockstep clashing "
    "waits wait_cycle"
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


def test_one_line_for_each_row(row: MakeRow) -> None:
    """A name with a line break stays on its line."""
    rows = [row(name="one\nline"), row(Verdict.FAILED, name="two")]
    lines = jsonl(rows).splitlines()
    assert [json.loads(line) for line in lines] == [row_to_json(each) for each in rows]


@given(rows())
def test_a_row_is_read_back_as_it_was_written(row: Row) -> None:
    """With its stories nothing is lost; its verdict is the one that was written."""
    stories = [Story.of(report) for report in row.failures]
    told = [story_from_json(json.loads(json.dumps(story_to_json(one)))) for one in stories]
    assert told == stories
    back = row_from_json(json.loads(json.dumps(row_to_json(row))), told)
    assert back == evolve(row, result=evolve(row.result, verdict=row.verdict))
    assert row_to_json(back) == row_to_json(row)


@given(rows())
def test_a_row_without_its_stories_can_be_read(row: Row) -> None:
    """A bundle whose stories were thrown away still says what failed and how to replay it."""
    back = row_from_json(row_to_json(row))
    assert back.result.failures == row.result.failures
    assert all(report.moments == () for report in back.failures)


@pytest.mark.parametrize(
    "change", [{"schema_version": 2}, {"exit_reason": "tired"}, {"schedules": "many"}]
)
def test_a_line_of_another_version_is_refused(row: MakeRow, change: dict[str, object]) -> None:
    """A guess at what it meant would be a false report."""
    with pytest.raises(ValueError, match=r"schema version|TIRED|schedules"):
        row_from_json({**row_to_json(row()), **change})
