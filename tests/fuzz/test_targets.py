"""The fuzzer's targets hold for what they begin from, and would notice a defect."""

import pytest
from tests.fuzz import run, targets

from hocket.scenarios.language.formatter import Formatted


@pytest.mark.parametrize("name", targets.TARGETS)
def test_a_target_holds_for_its_seeds(name: str) -> None:
    """And for pieces of them; each has seeds, and words for a dictionary."""
    seeds = targets.seeds(name)
    assert seeds
    assert targets.words(name)
    for seed in seeds[:4]:
        for end in (len(seed), len(seed) // 2, 7):
            targets.TARGETS[name](seed[:end])


def test_a_defect_of_a_door_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A formatter that loses a line, and a decoder that raises something else, are caught."""
    seed = targets.seeds("text")[0]

    def forgetful(_text: str, *, name: str) -> Formatted:
        return Formatted("")

    monkeypatch.setattr(targets, "format_text", forgetful)
    with pytest.raises(AssertionError):
        targets.text(seed)

    def broken(_word: str) -> None:
        raise KeyError("target")

    monkeypatch.setattr(targets, "decode", broken)
    with pytest.raises(KeyError):
        targets.token(b"hk1")


def test_figures_are_read_from_what_the_fuzzer_prints() -> None:
    """Nothing printed is no execution."""
    printed = "#12\tNEW    cov: 345 ft: 9\nstat::number_of_executed_units: 6789\n"
    assert run.figures(printed) == (6789, 345)
    assert run.figures("") == (0, 0)
