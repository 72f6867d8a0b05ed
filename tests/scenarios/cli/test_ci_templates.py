"""The templates for CI are valid, and their scripts do what they are for."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

CI = Path(__file__).parents[3] / "examples" / "ci"


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("github-actions", "github/action.yml"),
        ("github-workflows", "github/workflow.yml"),
        ("gitlab-ci", "gitlab/hocket.gitlab-ci.yml"),
    ],
)
def test_a_template_has_the_form_its_ci_reads(schema: str, path: str, tmp_path: Path) -> None:
    """By the schema that the CI's makers publish, which refuses a spoilt one."""
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    subprocess.run([*checker, str(CI / path)], check=True, capture_output=True)
    spoilt = tmp_path / "spoilt.yml"
    text = (CI / path).read_text("utf-8").replace("script:", "scripts:").replace("runs", "run_s")
    spoilt.write_text(text, encoding="utf-8")
    assert subprocess.run([*checker, str(spoilt)], check=False, capture_output=True).returncode == 1


@pytest.fixture
def step() -> str:
    """The script of the composite action."""
    reader: Any = YAML(typ="safe")
    action = reader.load(CI / "github" / "action.yml")
    (only,) = action["runs"]["steps"]
    return str(only["run"])


def test_the_action_explores_and_tells(step: str, tmp_path: Path) -> None:
    """Annotations in the log, a summary, the outputs, and the exit code of the run."""
    race = (CI.parent / "lost_update.py").read_text("utf-8")
    (tmp_path / "lost_update.py").write_text(race)
    variables = {
        "PATHS": "lost_update.py:main catalogue/deny.hocket",
        "ARGUMENTS": "--schedules 20 --no-corpus",
        "BASELINE": "",
        "FOLDER": "results",
        "GITHUB_STEP_SUMMARY": "summary",
        "GITHUB_OUTPUT": "output",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    # As GitHub runs what says `shell: bash`.
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step],
        cwd=tmp_path,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "::error file=lost_update.py,line=" in done.stdout
    assert (tmp_path / "summary").read_text().startswith("## hocket: 1 failed, 1 not-found")
    outputs = dict(line.split("=") for line in (tmp_path / "output").read_text().splitlines())
    assert outputs.keys() == {"bundle", "sarif", "junit"}
    assert all((tmp_path / path).exists() for path in outputs.values())
