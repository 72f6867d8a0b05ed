"""``hocket report``, ``compare`` and ``merge``, and ``hocket run`` beside a baseline."""

import json
import re
import shutil
from pathlib import Path

import pytest
from tests.scenarios.cli.conftest import Hocket

from hocket.reports.bundle import read_bundle
from hocket.reports.writers import WRITERS

RELEASES = Path(__file__).parents[3] / "examples" / "two_releases"
BASE, HEAD = str(RELEASES / "base"), str(RELEASES / "head")

PROGRAM = """\
import trio

async def main():
    value = 0

    async def increment():
        nonlocal value
        seen = value
        await trio.lowlevel.checkpoint()
        value = seen + {step}

    async with trio.open_nursery() as nursery:
        nursery.start_soon(increment)
        nursery.start_soon(increment)
    assert value == {total}
"""
RACE = PROGRAM.format(step=1, total=2)
CALM = PROGRAM.format(step=0, total=0)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a race in it."""
    (tmp_path / "race.py").write_text(RACE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run_race(hocket: Hocket, *more: str) -> int:
    """Explore the program of the folder."""
    return hocket("run", "race.py:main", "--schedules", "40", "--no-corpus", *more).code


def test_only_a_new_failure_fails_by_default(folder: Path, hocket: Hocket) -> None:
    """A scenario that is gone is told, and fails where a policy says so."""
    shutil.copytree(BASE, "fewer")
    results = folder / "fewer" / "results.jsonl"
    results.write_text("".join(results.read_text().splitlines(keepends=True)[:-1]))
    assert hocket("compare", BASE, "fewer").code == 0
    assert hocket("compare", BASE, "fewer", "--fail-on", "removed").code == 1


def test_the_shipped_bundles_show_each_kind_of_change(hocket: Hocket) -> None:
    """Reference against mutant, verified against sampled, vacuous, removed, and the others."""
    ran = hocket("compare", BASE, HEAD)
    told = re.findall(r"^ ([a-z]+(?:-[a-z]+)?) +(\S+) ", ran.out, re.MULTILINE)
    assert [kind for kind in told if kind != ("change", "scenario")] == [
        ("new-failure", "approve_twice"),
        ("still-failing", "counters.py:still_lost"),
        ("weakened", "counters.py:kept"),
        ("coverage-lost", "cancel_while_asked"),
        ("vacuous", "cancel_while_asked"),
        ("removed", "counters.py:dropped"),
        ("cost-up", "counters.py:still_lost"),
        ("added", "counters.py:new"),
        ("fixed", "counters.py:once_lost"),
    ]
    assert "run awaiting_approval: cancel.request" in " ".join(ran.out.split())
    assert "1 of them fail the gate" in ran.out.replace("\n", " ")
    assert ran.code == 1


def test_a_policy_says_what_else_fails(hocket: Hocket) -> None:
    """A release beside itself passes every policy; one that lost a scenario fails by one."""
    strictest = [
        f"--fail-on={kind}" for kind in ("weakened", "coverage-lost", "vacuous", "removed")
    ]
    assert hocket("compare", HEAD, HEAD, *strictest).code == 0
    told = hocket("compare", BASE, HEAD, *strictest).out
    assert "5 of them fail the gate" in " ".join(told.split())


def test_changes_can_be_read_by_programs(hocket: Hocket) -> None:
    """With a mark for those that fail the gate."""
    ran = hocket("compare", BASE, HEAD, "--fail-on", "vacuous", "--format", "json")
    changes = json.loads(ran.out)["changes"]
    assert [c["kind"] for c in changes if c["regression"]] == ["new-failure", "vacuous"]


def test_every_format_is_written_at_once(folder: Path, hocket: Hocket) -> None:
    """By the run itself, and the same again from its bundle."""
    words = [f"-o{form}=run.{form}" for form in WRITERS]
    assert run_race(hocket, "--bundle", "b", *words) == 1
    again = [f"-o{form}=again.{form}" for form in WRITERS]
    assert hocket("report", "b", *again).code == 1
    for form in WRITERS:
        written = (folder / f"run.{form}").read_bytes()
        assert written
        assert written == (folder / f"again.{form}").read_bytes()


def test_a_report_prints_what_the_run_printed(folder: Path, hocket: Hocket) -> None:
    """But for the time; without a name it is the newest run."""
    first = hocket("run", "race.py:main", "--bundle", "b")
    again = hocket("report", "b")
    assert again.code == first.code == 1
    untimed = [re.sub(r" in [\d.]+ s", "", ran.out) for ran in (first, again)]
    assert untimed[0] == untimed[1]
    (folder / ".hocket" / "runs").mkdir(parents=True)
    (folder / ".hocket" / "runs" / "latest").symlink_to(folder / "b")
    assert hocket("report").out == again.out


def test_a_known_failure_passes_beside_its_baseline(folder: Path, hocket: Hocket) -> None:
    """A new one does not; and a repaired one is told."""
    assert run_race(hocket, "-o", "baseline=known.jsonl") == 1
    beside = ("--baseline", "known.jsonl")
    assert run_race(hocket, *beside) == 0
    (folder / "race.py").write_text(RACE.replace("assert value == 2", "x = {}[value - 2]"))
    assert run_race(hocket, *beside) == 1
    (folder / "race.py").write_text(CALM)
    ran = hocket("run", "race.py:main", "--no-corpus", *beside)
    assert ran.code == 0
    assert "fixed" in ran.out


def test_a_baseline_of_what_held_catches_what_breaks(folder: Path, hocket: Hocket) -> None:
    """The gate of a pull request: exit 1, the change named, and the report too knows it."""
    (folder / "race.py").write_text(CALM)
    assert run_race(hocket, "-o", "baseline=known.jsonl") == 0
    (folder / "race.py").write_text(RACE)
    ran = hocket("run", "race.py:main", "--no-corpus", "--baseline", "known.jsonl", "--bundle", "b")
    assert ran.code == 1
    assert re.search(r"new-failure +race.py:main", ran.out)
    assert hocket("report", "b", "--baseline", "known.jsonl").code == 1
    assert hocket("report", "b", "--baseline", "b").code == 0


def test_weaker_searches_fail_by_policy_only(folder: Path, hocket: Hocket) -> None:
    """Fewer schedules than the baseline had."""
    (folder / "race.py").write_text(CALM)
    assert run_race(hocket, "-o", "baseline=known.jsonl", "--strategy", "random") == 0
    fewer = ("run", "race.py:main", "--schedules", "9", "--strategy", "random")
    assert hocket(*fewer, "--baseline", "known.jsonl").code == 0
    ran = hocket(*fewer, "--baseline", "known.jsonl", "--fail-on", "weakened")
    assert ran.code == 1
    assert "it was not found in 40 schedules, and is not found in 9" in " ".join(ran.out.split())


def test_shards_are_joined(folder: Path, hocket: Hocket) -> None:
    """All of them make the bundle of one run; a lost one is told, and exits with 3."""
    names = [f"catalogue/{name}.hocket" for name in ("deny", "approve_twice", "turns_in_line")]
    search = ("run", *names, "--schedules", "5")
    assert hocket(*search, "--bundle", "whole").code == 0
    for number in "123":
        assert hocket(*search, "--shard", f"{number}/3", "--bundle", f"part-{number}").code == 0
    merged = hocket("merge", "part-3", "part-1", "part-2", "--bundle", "merged")
    assert (merged.code, merged.err) == (0, "")
    assert merged.out == "merged: 3 scenarios of 3 campaigns\n"
    whole, joined = (read_bundle(folder / name) for name in ("whole", "merged"))
    assert [row.key for row in joined.rows] == [row.key for row in whole.rows]
    assert joined.coverage == whole.coverage
    lost = hocket("merge", "part-3", "part-1", "--bundle", "lost")
    assert lost.code == 3
    assert "warning: 2 of 3 shards; missing: 2" in lost.err
    assert hocket("report", "lost").code == 0
    assert hocket("report", "lost", "--strict").code == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["report", "none"], "none is no bundle"),
        (["report", "b", "-o", "sariff=x"], "-o cannot write 'sariff'; did you mean sarif?"),
        (["report", "b", "--fail-on", "weakened"], "add --baseline"),
        (["report", "b", "--fail-on", "cost-up"], "--fail-on"),
        (["report", "b", "--baseline", "none"], "write one with -o baseline=none"),
        (["run", "race.py:main", "--baseline", "none"], "write one with -o baseline=none"),
        (["run", "race.py:main", "--baseline", "race.py"], "race.py is neither a baseline nor"),
        (["compare", "b", "none"], "cannot read the baseline none"),
        (["merge", "b", "b", "--bundle", "b"], "b holds a bundle already"),
        (["merge", "b", "other", "--bundle", "c"], "cannot be merged"),
        (["merge"], "Missing argument"),
    ],
)
def test_what_cannot_be_used_is_told(
    folder: Path, hocket: Hocket, arguments: list[str], message: str
) -> None:
    """Exit code 2, one sentence, and nothing is run or written."""
    shutil.copytree(BASE, "b")
    shutil.copytree(BASE, "other")
    place = folder / "other" / "environment.json"
    place.write_text(place.read_text().replace('"tool": "', '"tool": "9'))
    before = sorted(p.name for p in folder.iterdir())
    ran = hocket(*arguments)
    assert ran.code == 2
    assert message in ran.err
    assert ran.out == ""
    assert sorted(p.name for p in folder.iterdir()) == before
