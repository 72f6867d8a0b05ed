"""The numbers that the first page tells are those of what is there."""

import re
from collections.abc import Sized
from pathlib import Path

import pytest

from hocket.scenarios.mutants import MUTANTS
from hocket.scenarios.properties import REGISTRY

README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.mark.parametrize(("told", "there"), [("defects", MUTANTS), ("invariants", REGISTRY)])
def test_the_first_page_counts_right(told: str, there: Sized) -> None:
    """Once something is added, the page says so."""
    (number,) = re.findall(rf"(\d+) {told}", README.read_text("utf-8"))
    assert int(number) == len(there)
