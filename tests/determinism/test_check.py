"""The torture says so when processes disagree, and when a planted leak slips through."""

from typing import Any

import pytest
from tests.determinism.check import disagreements, table, uncaught
from tests.determinism.programs import DETERMINISTIC, LEAKS

Report = dict[str, Any]


def _report(hash_seed: str = "0") -> Report:
    """What a process reports when all is well."""
    return {
        "python": "3.11.7",
        "hash_seed": hash_seed,
        "digests": {name: [["d", "d", "d"]] for name in DETERMINISTIC},
        "leaks": {name: ["nondeterministic", "f:1", LEAKS[name], "because"] for name in LEAKS},
    }


def test_processes_that_agree_are_content() -> None:
    """No sentence for anything, and a line for each program under its heading."""
    reports = [_report("0"), _report("1")]
    assert not [*disagreements(reports), *uncaught(reports)]
    assert len(list(table(reports))) == 1 + len(DETERMINISTIC)


@pytest.mark.parametrize("rows", [[["e", "e", "e"]], [["d", "d", "e"]], []])
def test_another_digest_is_a_disagreement(rows: list[list[str]]) -> None:
    """In another process, in the second round, or in the replay."""
    reports = [_report("0"), _report("1")]
    reports[1]["digests"]["tangle"] = rows
    (sentence,) = disagreements(reports)
    assert sentence.startswith("DISAGREES: tangle: Python 3.11.7, hash seed 1: ")


def test_a_replay_that_differs_everywhere_is_a_disagreement() -> None:
    """Agreement among processes is not enough: the rounds must agree in each."""
    reports = [_report("0"), _report("1")]
    for report in reports:
        report["digests"]["lapsed"] = [["d", "d", "e"]]
    assert len(list(disagreements(reports))) == 2


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (["failed", "", "", ""], "NOT CAUGHT: kept_clock is failed"),
        (["nondeterministic", "f:2", "pass", ""], "NOT LOCATED: kept_clock is said to be at f:2"),
    ],
)
def test_a_leak_that_slips_through_is_told(told: list[str], sentence: str) -> None:
    """Called by another verdict, or located at another line."""
    report = _report()
    report["leaks"]["kept_clock"] = told
    (found,) = uncaught([report])
    assert found.startswith(sentence)
