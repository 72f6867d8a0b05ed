"""``hocket run`` keeps a bundle, which a killed run leaves readable and a resumed one completes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.scenarios.cli.conftest import Hocket

from hocket.reports.bundle import read_bundle
from hocket.reports.schema import TIME_FIELDS

SEARCH = (
    "catalogue/deny.hocket",
    "catalogue/cancel_meets_the_reply.hocket",
    "catalogue/approve_twice.hocket",
    "catalogue/turns_in_line.hocket",
    "--mutant=M11",
    "--schedules=25",
    "--time-budget=100000",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def timeless(bundle: Path) -> list[dict[str, Any]]:
    """The lines of a bundle without what is wall time."""
    lines = (bundle / "results.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [{key: v for key, v in row.items() if key not in TIME_FIELDS} for row in rows]


def kill_after(lines: int, bundle: Path, arguments: Sequence[str]) -> None:
    """Run the command in a process of its own, and kill it once ``lines`` rows are kept."""
    command = [sys.executable, "-m", "hocket.scenarios.cli", "run", *arguments]
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "PYTHONHASHSEED": "5"},
    )
    results = bundle / "results.jsonl"
    while process.poll() is None:
        if results.exists() and results.read_bytes().count(b"\n") >= lines:
            os.kill(process.pid, signal.SIGKILL)
            break
        time.sleep(0.005)
    _, errors = process.communicate()
    assert process.returncode == -signal.SIGKILL, errors.decode()


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_killed_run_is_resumed_as_if_nothing_had_happened(
    folder: Path, hocket: Hocket, jobs: str
) -> None:
    """But for wall time, the lines are those of a run that was never cut, in one process."""
    assert hocket("run", *SEARCH, "--bundle", "whole").code == 1
    kill_after(1, folder / "cut", [*SEARCH, "--bundle", "cut", "--jobs", jobs])
    kept = read_bundle(folder / "cut").rows
    assert 1 <= len(kept) < 4
    resumed = hocket("run", "--resume", "cut", "--jobs", jobs)
    assert resumed.code == 1
    assert "4 scenarios: 3 not-found, 1 failed" in resumed.out
    assert timeless(folder / "cut") == timeless(folder / "whole")
    cut, whole = ((folder / b / "coverage.txt").read_bytes() for b in ("cut", "whole"))
    assert cut == whole
    stories = [sorted((folder / b / "failures").iterdir()) for b in ("cut", "whole")]
    assert [p.name for p in stories[0]] == [p.name for p in stories[1]]
    assert stories[0][0].read_bytes() == stories[1][0].read_bytes()


def test_a_finished_run_is_resumed_at_once(folder: Path, hocket: Hocket) -> None:
    """There is nothing left to explore, and the report is the same."""
    first = hocket("run", "catalogue/deny.hocket", "--schedules", "5", "--bundle", "b")
    before = (folder / "b" / "results.jsonl").read_bytes()
    again = hocket("run", "--resume", "b")
    assert again.code == first.code == 0
    assert (folder / "b" / "results.jsonl").read_bytes() == before


def test_runs_are_numbered(folder: Path, hocket: Hocket, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to name a folder; ``latest`` is the newest."""
    monkeypatch.delenv("HOCKET_RUNS")
    for _ in range(2):
        hocket("run", "catalogue/deny.hocket", "--schedules", "3")
    runs = folder / ".hocket" / "runs"
    assert sorted(p.name for p in runs.iterdir()) == ["1", "2", "latest"]
    (row,) = read_bundle(runs / "latest").rows
    assert (row.name, row.result.schedules) == ("deny", 3)


def test_a_bundle_says_what_ran_and_who_set_it(
    folder: Path, hocket: Hocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flag, a variable, a file or nobody: in this order one wins over the next."""
    (folder / "pyproject.toml").write_text(
        "[tool.hocket]\nschedules = 9\nseed = 8\nmodel = 'free'\n"
    )
    monkeypatch.setenv("HOCKET_SEED", "7")
    monkeypatch.setenv("HOCKET_SCHEDULES", "6")
    assert hocket("run", "catalogue/deny.hocket", "--schedules", "3", "--bundle", "b").code == 0
    (environment,) = read_bundle(folder / "b").environments
    used = {key: (s.value, s.source) for key, s in environment.settings.items()}
    assert used["schedules"] == (3, "flag")
    assert used["seed"] == (7, "environment")
    assert used["model"] == ("free", "pyproject.toml")
    assert used["timers"] == (True, "default")
    assert used["paths"] == (["catalogue/deny.hocket"], "flag")
    assert (environment.selected, str(environment.shard)) == (1, "1/1")


def test_shards_are_parts_of_one_selection(folder: Path, hocket: Hocket) -> None:
    """Together they have each scenario once, in its place."""
    for number in (1, 2, 3):
        hocket("run", *SEARCH, "--shard", f"{number}/3", "--bundle", str(number))
    rows = [row for number in "123" for row in read_bundle(folder / number).rows]
    assert sorted(row.position for row in rows) == [0, 1, 2, 3]
    assert [row.position for row in read_bundle(folder / "1").rows] == [0, 3]


def test_the_corpus_is_left_out_of_a_named_bundle(folder: Path, hocket: Hocket) -> None:
    """What is compared must not depend on what an earlier run found."""
    race = ("run", "catalogue/cancel_meets_the_reply.hocket", "--mutant", "M11")
    hocket(*race)
    assert "kept in the corpus by an earlier run" in hocket(*race).out
    assert "kept in the corpus" not in hocket(*race, "--bundle", "b").out


@pytest.mark.parametrize(
    ("settings", "variables", "message"),
    [
        ("schedule = 3", {}, "pyproject.toml has no setting schedule; did you mean schedules?"),
        ("", {"HOCKET_SCHEDULE": "3"}, "no setting HOCKET_SCHEDULE; did you mean HOCKET_SCHEDULES"),
        ("schedules = 'many'", {}, "'many' is not a valid"),
        ("", {"HOCKET_SEED": "x"}, "'x' is not a valid integer"),
        ("schedules 3", {}, "cannot read the settings in"),
    ],
)
def test_a_setting_that_nobody_hears_is_an_error(
    folder: Path,
    hocket: Hocket,
    monkeypatch: pytest.MonkeyPatch,
    settings: str,
    variables: dict[str, str],
    message: str,
) -> None:
    """One sentence, and nothing is run."""
    (folder / "pyproject.toml").write_text(f"[tool.hocket]\n{settings}\n")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    ran = hocket("run", "catalogue/deny.hocket", "--schedules=3")
    if "many" in settings:
        ran = hocket("run", "catalogue/deny.hocket")
    assert ran.code == 2
    assert message in ran.err
    assert ran.out == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--resume", "nothing"], "nothing is no bundle: it has no environment.json"),
        (["--resume", "b", "--seed", "3"], "leave seed away"),
        (["--resume", "b", "more.hocket"], "leave paths away"),
        (["catalogue/deny.hocket", "--bundle", "b"], "b holds a bundle already"),
        (["catalogue/deny.hocket", "--shard", "0/3"], "--shard takes NUMBER/TOTAL"),
        (["catalogue/deny.hocket", "--shard", "4/3"], "--shard takes NUMBER/TOTAL"),
        (["catalogue/deny.hocket", "--bundle", "file/b"], "cannot write the bundle file/b"),
    ],
)
def test_a_bundle_that_cannot_be_used_is_told(
    folder: Path, hocket: Hocket, arguments: list[str], message: str
) -> None:
    """Exit code 2, one sentence, and nothing is run."""
    (folder / "file").write_text("")
    hocket("run", "catalogue/deny.hocket", "--schedules", "3", "--bundle", "b")
    ran = hocket("run", *arguments)
    assert ran.code == 2
    assert message in ran.err
    assert ran.out == ""


def test_a_run_of_other_sources_is_not_resumed(folder: Path, hocket: Hocket) -> None:
    """Half a result before an edit and half after it would be none."""
    scenario = folder / "race.py"
    scenario.write_text("async def main():\n    pass\n")
    hocket("run", "race.py:main", "--schedules", "3", "--bundle", "b")
    scenario.write_text("async def main():\n    return 1\n")
    ran = hocket("run", "--resume", "b")
    assert ran.code == 2
    assert "what b explored was edited since" in ran.err


def test_a_selection_without_anything_for_a_shard(folder: Path, hocket: Hocket) -> None:
    """One scenario in two parts leaves the second with nothing: exit code 5."""
    assert hocket("run", "catalogue/deny.hocket", "--shard", "2/2").code == 5
