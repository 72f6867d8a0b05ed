"""``hocket check``: everything that is wrong, in one pass."""

from pathlib import Path

from tests.scenarios.cli.conftest import Hocket


def test_the_catalogue_has_no_mistakes(hocket: Hocket) -> None:
    """What is shipped is well written."""
    ran = hocket("check")
    assert ran.code == 0
    assert "no mistakes" in ran.out


def test_mistakes_have_places_codes_and_help(hocket: Hocket, tmp_path: Path) -> None:
    """All of them, in the shape file:line:col, and exit code 2."""
    file = tmp_path / "bad.hocket"
    file.write_text(
        "scenario bad\n  setup\n    user ann\n    thread T of bob\n    policy lost_call: maybe\n"
        "  client laptop of ann\n    connect\n    start T as t\n    cancel u\n"
    )
    ran = hocket("check", str(file))
    assert ran.code == 2
    assert ran.out.count("error[E") >= 3
    assert f"{file}:4:" in ran.out
    assert "mistakes" in ran.err


def test_a_file_without_scenarios_selects_nothing(hocket: Hocket, tmp_path: Path) -> None:
    """Exit code 5, since nothing was checked."""
    (tmp_path / "empty.hocket").write_text("# nothing here\n")
    assert hocket("check", str(tmp_path)).code in (2, 5)
