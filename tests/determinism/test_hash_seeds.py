"""One program, one seed: one campaign, wherever and under whatever hash seed it is done.

Determinism is what everything else stands on, so it is tortured from outside, in fresh processes;
and programs that leak what the simulator does not decide are there to see the torture work.
"""

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from tests.determinism.programs import (
    DETERMINISTIC,
    LEAKS,
    PROGRAMS,
    SCHEDULES,
    caught,
    facts,
    scatter,
)

from hocket.simulator import Verdict, explore

REPOSITORY = Path(__file__).resolve().parents[2]
HASH_SEEDS = ("0", "1", "2", "4242")


def _works(python: str | None) -> bool:
    """Whether an interpreter of that name is here and can import what is tested."""
    if python is None:
        return False
    command = [python, "-c", "import trio, hocket.simulator"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


PYTHONS = [
    sys.executable,
    *(name for name in ("python3.12", "python3.13") if _works(shutil.which(name))),
]


@cache
def _campaigns(name: str, hash_seed: str, python: str = sys.executable) -> list[object]:
    """The facts of a program's campaigns, made in a fresh process."""
    code = f"from tests.determinism.programs import main; main({name!r})"
    done = subprocess.run(
        [python, "-c", code],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    campaigns: list[object] = json.loads(done.stdout)
    return campaigns


@pytest.mark.parametrize("hash_seed", HASH_SEEDS[1:])
@pytest.mark.parametrize("name", DETERMINISTIC)
def test_a_campaign_is_the_same_under_every_hash_seed(name: str, hash_seed: str) -> None:
    """Verdict, number of schedules, tokens and digests, for every strategy and model."""
    first = _campaigns(name, HASH_SEEDS[0])
    assert "failed" in json.dumps(first)
    assert _campaigns(name, hash_seed) == first


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: Path(path).name)
@pytest.mark.parametrize("name", ["tangle", "clocked", "named_by_chance"])
def test_a_campaign_is_the_same_in_every_python_that_is_here(name: str, python: str) -> None:
    """A token that was made by one Python is good for another, and for any hash seed."""
    assert _campaigns(name, "random", python) == _campaigns(name, "0")


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_a_campaign_does_not_depend_on_where_its_objects_lie(name: str) -> None:
    """Allocations between two campaigns move every object, and no event of the trace."""
    first = facts(explore(PROGRAMS[name], schedules=SCHEDULES))
    for round_ in range(1, 6):
        scatter(round_)
        assert facts(explore(PROGRAMS[name], schedules=SCHEDULES)) == first


def test_an_order_of_strings_is_seen_to_leak() -> None:
    """A program that walks a set of strings has other traces under another hash seed."""
    campaigns = [json.dumps(_campaigns("order_of_strings", seed)) for seed in HASH_SEEDS]
    assert len(set(campaigns)) > 1


@pytest.mark.parametrize("name", ["order_of_objects", "kept_clock", "kept_generator", "kept_uuid4"])
def test_a_leak_is_told_within_one_campaign(name: str) -> None:
    """A failure whose repetition is another execution is called nondeterministic, not failed."""
    result = explore(PROGRAMS[name], schedules=5)
    assert result.verdict is Verdict.NONDETERMINISTIC
    (failure,) = result.failures
    assert "the same choices gave another execution" in failure.message


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_is_located_at_its_line(name: str) -> None:
    """The verdict names the line of the program after which two executions part."""
    verdict, place, line, message = caught(name)
    assert verdict == Verdict.NONDETERMINISTIC
    assert LEAKS[name] in line
    assert f"after line {place}" in message
    assert "event " in message
