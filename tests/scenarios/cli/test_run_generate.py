"""``hocket run --generate`` makes scenarios up, and writes down the one that fails."""

import json
import re
from pathlib import Path

import pytest
from tests.scenarios.cli.conftest import Hocket

from hocket.reports.bundle import read_bundle
from hocket.reports.schema import TIME_FIELDS

FAILING = ("run", "--generate=8", "--seed=2", "--mutant=M25")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_reference_survives_what_is_made_up(folder: Path, hocket: Hocket) -> None:
    """Each scenario gets its ten schedules, and the run says how many there were."""
    ran = hocket("run", "--generate=6", "--seed=2", "--bundle=b", "-o", "junit=j.xml")
    assert ran.code == 0
    assert "generated[seed=2, scenarios=1..6]" in ran.out
    assert "not found in 60 schedules" in " ".join(ran.out.split())
    assert "scenarios=1..6" in (folder / "j.xml").read_text("utf-8")
    assert not (folder / "b" / "scenarios").exists()


def test_a_failure_is_written_down_as_a_scenario(
    folder: Path, hocket: Hocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The small scenario fails again by its token, by itself, and as it is frozen."""
    monkeypatch.setattr("hocket.scenarios.generation.hunting.SHRINK_SCENARIOS", 15)
    ran = hocket(*FAILING, "--bundle=b")
    assert ran.code == 1
    (row,) = read_bundle(folder / "b").rows
    assert [f.origin.name for f in row.result.failures] == ["LLM-1"]
    free, frozen = sorted((folder / "b" / "scenarios").iterdir(), key=lambda p: len(p.name))
    assert hocket("replay", row.result.failures[0].token).code == 1
    assert hocket("check", str(free), str(frozen)).code == 0
    assert hocket("fmt", "--check", str(free), str(frozen)).code == 0
    assert hocket("run", str(free), "--mutant=M25", "--schedules=10").code == 1
    assert hocket("run", str(frozen), "--mutant=M25").code == 1
    assert hocket("run", str(frozen)).code == 0


def test_a_cut_run_makes_the_same_scenarios_up(
    folder: Path, hocket: Hocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that was cut and resumed ends as one that was never cut."""
    monkeypatch.setattr("hocket.scenarios.generated.PART_SCENARIOS", 2)
    assert hocket("run", "--generate=5", "--schedules=2", "--bundle=whole").code == 0
    assert hocket("run", "--generate=5", "--schedules=2", "--bundle=cut").code == 0
    results = folder / "cut" / "results.jsonl"
    results.write_text("".join(results.read_text("utf-8").splitlines(keepends=True)[:1]), "utf-8")
    assert hocket("run", "--resume=cut").code == 0
    rows = [
        [
            {k: v for k, v in json.loads(line).items() if k not in TIME_FIELDS}
            for line in (folder / name / "results.jsonl").read_text("utf-8").splitlines()
        ]
        for name in ("whole", "cut")
    ]
    assert rows[0] == rows[1]
    assert [re.findall(r"scenarios=(\S+)\]", row["name"]) for row in rows[0]] == [
        ["1..2"],
        ["3..4"],
        ["5..5"],
    ]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["catalogue/deny.hocket"], "PATHS"),
        (["--sweep=cancel"], "--sweep"),
        (["--use=shop"], "--use"),
    ],
)
def test_what_excludes_it_is_refused(
    folder: Path, hocket: Hocket, more: list[str], told: str
) -> None:
    """One sentence names the two that do not go together, and nothing is run."""
    ran = hocket("run", "--generate=5", *more)
    assert ran.code == 2
    assert "--generate" in ran.err
    assert told in ran.err
    assert not list(folder.rglob("results.jsonl"))
