"""Several processes find what one finds, and none outlives its parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ENDLESS = """\
from pathlib import Path

import trio

async def one():
    Path("one").touch()
    await trio.sleep(1)

async def two():
    Path("two").touch()
    await trio.sleep(1)
"""


@pytest.fixture
def at_work(tmp_path: Path) -> subprocess.Popen[str]:
    """A run with two jobs, once both of its workers explore something that does not end."""
    (tmp_path / "endless.py").write_text(ENDLESS)
    limits = ("--schedules=100000000", "--time-budget=100000")
    subjects = ("endless.py:one", "endless.py:two")
    process = subprocess.Popen(
        [sys.executable, "-m", "hocket.scenarios.cli", "run", *subjects, *limits, "--jobs=2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=tmp_path,
        start_new_session=True,
        env={name: value for name, value in os.environ.items() if name != "HOCKET_RUNS"},
    )
    while not all((tmp_path / name).exists() for name in ("one", "two")):
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.02)
    return process


def test_ctrl_c_keeps_what_the_workers_have(at_work: subprocess.Popen[str]) -> None:
    """It reaches the whole group of a terminal; both rows are there, cut, and the code is 130."""
    os.killpg(at_work.pid, signal.SIGINT)
    out, _ = at_work.communicate(timeout=60)
    assert at_work.returncode == 130, out
    assert "2 scenarios: 2 inconclusive" in out
    assert "Traceback" not in out


def test_workers_end_with_their_parent(at_work: subprocess.Popen[str]) -> None:
    """Also if it is killed and cannot tell them: whoever lives on keeps its output open."""
    at_work.kill()
    at_work.communicate(timeout=60)
    assert at_work.returncode == -signal.SIGKILL
