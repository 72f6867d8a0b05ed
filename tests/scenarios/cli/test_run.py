"""``hocket run``: scenarios and functions, their verdicts, and every way to ask wrongly."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.scenarios.cli.conftest import Hocket

RACE = """\
from pathlib import Path

import trio

async def race():
    value = 0

    async def increment():
        nonlocal value
        seen = value
        await trio.lowlevel.checkpoint()
        value = seen + 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(increment)
        nursery.start_soon(increment)
    assert value == 2

async def calm():
    Path("at_work").touch()
    await trio.sleep(1)

def plain():
    pass

async def needy(argument):
    pass
"""

SCENARIO = """\
scenario hello
  "A turn is answered."

  setup
    user ann
    thread T of ann
    model T: say "hi"

  client laptop of ann
    connect
    start T as t

  expect
    eventually turn.completed(turn: t) within 5s
    finally no pending
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a scenario and a program in it."""
    (tmp_path / "race.py").write_text(RACE)
    (tmp_path / "hello.hocket").write_text(SCENARIO)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_scenario_that_holds_exits_with_0(folder: Path, hocket: Hocket) -> None:
    """One row, its verdict and its schedules, and nothing on the error stream."""
    ran = hocket("run", "hello.hocket", "--schedules", "20")
    assert ran.code == 0
    assert re.search(r"hello\s+not-found\s+20", ran.out)
    assert "1 scenario: 1 not-found; 20 schedules" in ran.out
    assert ran.err == ""


def test_a_race_in_a_function_exits_with_1_and_can_be_replayed(
    folder: Path, hocket: Hocket
) -> None:
    """The failure's last line is a command that shows it again."""
    ran = hocket("run", "race.py:race")
    assert ran.code == 1
    assert "AssertionError" in ran.out
    (command,) = re.findall(r"hocket (replay hk1\S+)", ran.out)
    again = hocket(*command.split())
    assert again.code == 1
    assert "reproduced: the same failure" in again.out


def test_a_mutant_exits_with_1_and_its_replay_reproduces_in_another_process(hocket: Hocket) -> None:
    """The trace has the same digest in a fresh process under another hash seed."""
    scenario = "catalogue/cancel_meets_the_reply.hocket"
    ran = hocket("run", scenario, "--mutant", "M11", "--format", "json")
    assert ran.code == 1
    (row,) = json.loads(ran.out)["rows"]
    (failure,) = row["failures"]
    for seed in ("1", "77"):
        again = subprocess.run(
            [sys.executable, "-m", "hocket.scenarios.cli", "replay", failure["token"]],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=False,
        )
        assert again.returncode == 1, again.stderr
        assert f"trace {failure['digest']}" in again.stdout


def test_a_folder_is_searched_for_scenarios(folder: Path, hocket: Hocket) -> None:
    """All *.hocket files below it are run."""
    (folder / "more").mkdir()
    (folder / "more" / "again.hocket").write_text(SCENARIO.replace("hello", "again"))
    ran = hocket("run", ".", "--schedules", "3")
    assert ran.code == 0
    assert "2 scenarios" in ran.out


def test_jsonl_is_written_beside_what_is_printed(folder: Path, hocket: Hocket) -> None:
    """One line per scenario, with the same facts as the table."""
    ran = hocket("run", "hello.hocket", "--schedules", "5", "-o", "jsonl=out.jsonl")
    assert ran.code == 0
    (line,) = (folder / "out.jsonl").read_text().splitlines()
    row = json.loads(line)
    assert (row["name"], row["verdict"], row["schedules"]) == ("hello", "not-found", 5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.hocket"], "cannot read missing.hocket: No such file or directory"),
        (["missing.py:race"], "there is no file missing.py"),
        (["race.py"], "name the async function to explore, as in race.py:main"),
        (["race.py:rage"], "race.py has no function rage; did you mean race?"),
        (["race.py:plain"], "plain in race.py is not an async function"),
        (["race.py:needy"], "needy in race.py takes arguments"),
        (["catalogue/denny.hocket"], "the catalogue has no denny.hocket; did you mean deny"),
        (["--mutant", "M111"], "there is no mutant 'M111'; did you mean M11"),
        (["--runtime", "no_such_module:make"], "cannot import the adapter no_such_module:make"),
        (["--runtime", "race:nothing"], "race has no callable 'nothing'"),
        (["--runtime", "builtins:list"], "builtins:list returns a list, which is no Adapter"),
        (["--runtime", "json:loads"], "json:loads cannot make an adapter: TypeError"),
        (["--runtime", "race:calm", "--mutant", "M11"], "--runtime and --mutant exclude each"),
        (["-o", "jsonl=no/such/folder/x"], "cannot write no/such/folder/x: there is no folder"),
        (["-o", "xml=x"], "-o cannot write 'xml'; it writes html, jsonl, junit"),
        (["-o", "x"], "-o takes FORMAT=PATH"),
        (["--schedules", "0"], "--schedules"),
        (["--strategy", "luck"], "--strategy"),
        (["--bound", "hops=2"], "preemptions=2"),
        (["--bound", "delays=2", "--strategy", "pct"], "only the strategy exhaustive"),
    ],
)
def test_a_mistake_is_one_clear_sentence_and_exit_code_2(
    folder: Path, hocket: Hocket, arguments: list[str], message: str
) -> None:
    """Nothing is run and nothing is printed as a result."""
    ran = hocket("run", *arguments)
    assert ran.code == 2
    assert message in ran.err
    assert ran.out == ""


def test_all_mistakes_of_all_files_are_told_in_one_pass(folder: Path, hocket: Hocket) -> None:
    """Each with its file, line and column."""
    (folder / "one.hocket").write_text(SCENARIO.replace("thread T of ann", "thread T of bob"))
    (folder / "two.hocket").write_text(SCENARIO.replace("start T", "start U"))
    ran = hocket("run", "one.hocket", "two.hocket")
    assert ran.code == 2
    assert re.search(r"one\.hocket:6:\d+: error\[E\d+\]", ran.err)
    assert re.search(r"two\.hocket:11:\d+: error\[E\d+\]", ran.err)


def test_an_output_that_cannot_be_written_leaves_nothing_behind(
    folder: Path, hocket: Hocket
) -> None:
    """The path is looked at before anything is run."""
    (folder / "taken").mkdir()
    ran = hocket("run", "hello.hocket", "-o", "jsonl=taken")
    assert ran.code == 2
    assert "it is a folder" in ran.err
    assert sorted(p.name for p in folder.iterdir()) == ["hello.hocket", "race.py", "taken"]


def test_an_empty_folder_is_a_mistake(folder: Path, hocket: Hocket) -> None:
    """A run of nothing would look like a success."""
    (folder / "empty").mkdir()
    assert hocket("run", "empty").code == 2


def test_an_escape_to_the_real_world_is_unsupported(folder: Path, hocket: Hocket) -> None:
    """Exit 0 with a warning, 3 under --strict."""
    (folder / "real.py").write_text(
        "import trio\n\n\nasync def main():\n    await trio.lowlevel.wait_readable(0)\n"
    )
    assert hocket("run", "real.py:main").code == 0
    ran = hocket("run", "real.py:main", "--strict")
    assert ran.code == 3
    assert "unsupported" in ran.out


def test_the_time_budget_ends_a_run_and_says_so(folder: Path, hocket: Hocket) -> None:
    """What was done until then is reported."""
    ran = hocket("run", "race.py:calm", "--time-budget", "0.2", "--schedules", "100000000")
    assert ran.code == 0
    assert "time" in ran.out


def test_ctrl_c_keeps_what_there_is(
    folder: Path, interrupted: Callable[..., tuple[int, str, str]]
) -> None:
    """Exit 130, a table of what was done, and no traceback."""
    code, out, err = interrupted(
        "run", "race.py:calm", "--time-budget", "60", "--schedules", "100000000"
    )
    assert code == 130, out + err
    assert "race.py:calm" in out
    assert "interrupted" in out
    assert "Traceback" not in out + err


@pytest.fixture
def interrupted(folder: Path) -> Callable[..., tuple[int, str, str]]:
    """Run the command in a process of its own and interrupt it once it is at work."""

    def run(*arguments: str) -> tuple[int, str, str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "hocket.scenarios.cli", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        while not (folder / "at_work").exists() and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        return process.returncode, out, err

    return run
