"""`hocket mutants`: what is told of a hunt, from one seed and from several."""

import pytest
from click.testing import CliRunner

from hocket.reports.exits import Exit
from hocket.scenarios.cli.mutants import mutants
from hocket.scenarios.kill_matrix import Kill, killed
from hocket.scenarios.mutants import MUTANTS


def test_kills_are_brought_together_by_mutant() -> None:
    """The kill with the fewest schedules comes first, the median in the middle, survivors last."""
    kills = [Kill("M07", n) for n in (9, 4)] + [Kill("M06", 2)]
    first, second = killed(kills)
    assert (first.name, second.name) == ("M06", "M07")
    assert [kill.schedules for kill in second.kills] == [4, 9]
    assert second.median.schedules == 9
    assert second.survives


@pytest.mark.parametrize(("options", "spread"), [((), "1"), (("--full",), "1 (1 to 1)")])
def test_a_hunt_is_told(options: tuple[str, ...], spread: str) -> None:
    """By whom, where, after how many schedules; from several seeds with the fewest and the most."""
    words = ["M31", "--reference-schedules", "0", "--jobs", "1", *options]
    done = CliRunner().invoke(mutants, words, standalone_mode=False, terminal_width=200)
    assert done.return_value is Exit.OK
    assert "STORE-2" in done.stdout
    assert spread in done.stdout
    assert "1 of 1 mutants killed" in done.stdout
    assert "1 of 1 in at most 300 schedules" in done.stdout


def test_a_survivor_fails_the_hunt() -> None:
    """Where the budget is too small for a defect, it survives, and is named."""
    words = ["M58", "--schedules", "1", "--reference-schedules", "0", "--jobs", "1"]
    done = CliRunner().invoke(mutants, words, standalone_mode=False)
    assert done.return_value is Exit.FAILED
    assert "survivors: M58" in done.stdout


def test_the_help_begins_with_examples() -> None:
    """Before any option is explained, the command is shown at work."""
    shown = CliRunner().invoke(mutants, ["--help"]).stdout
    assert shown.index("hocket mutants --full") < shown.index("--schedules")


def test_every_mutant_is_known_by_name() -> None:
    """A hunt can be asked for each of them alone."""
    assert all(name[0] in "MH" and name[1:].isdigit() for name in MUTANTS)
