"""The facts on determinism are those of the code, and the document shows them all."""

import random
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

from hocket.simulator.reach import FACTS, Standing, facts_as_markdown, generators_made_at_import

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "determinism.md"


def test_the_document_shows_the_facts() -> None:
    """One table in the code, and the same in the document."""
    assert facts_as_markdown() in DOCUMENT.read_text("utf-8")


def test_every_fact_has_a_module_that_is_there() -> None:
    """What is decided or refused is so because of code; a renamed module is noticed."""
    for fact in FACTS:
        assert fact.module or fact.standing is Standing.OPEN
        assert not fact.module or find_spec(f"hocket.simulator.{fact.module}")


def test_a_generator_of_a_module_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One with a state of its own; the real world's is the simulation's inside."""
    module = ModuleType("planted_program")
    module.__file__ = "planted_program.py"
    vars(module).update(rolls=random.Random(1), system=random.SystemRandom())
    before = set(generators_made_at_import())
    monkeypatch.setitem(sys.modules, module.__name__, module)
    assert set(generators_made_at_import()) - before == {"planted_program.rolls"}
