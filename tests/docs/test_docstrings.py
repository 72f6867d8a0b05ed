"""Every example in a docstring of the package runs, in the module as users import it."""

import doctest
import importlib
import types
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
ROOTS = ("runtime", "simulator", "scenarios", "reports")


def _modules() -> list[str]:
    """The modules that have examples: an import of the others would show nothing."""
    names: list[str] = []
    for root in ROOTS:
        for path in sorted((REPOSITORY / root).rglob("*.py")):
            if ">>> " in path.read_text("utf-8"):
                parts = path.relative_to(REPOSITORY / root).with_suffix("").parts
                names.append(".".join(p for p in parts if p != "__init__"))
    return names


def _failures(module: types.ModuleType) -> tuple[str, int]:
    """What the examples of a module printed where they failed, and how many there are."""
    printed: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for test in doctest.DocTestFinder(exclude_empty=True).find(module):
        runner.run(test, out=printed.append)
    return "".join(printed), runner.summarize(verbose=False).attempted


@pytest.mark.parametrize("name", _modules())
def test_the_examples_of_a_module_run(name: str) -> None:
    """The module is the one that everybody else imports, so that its classes are the same."""
    printed, attempted = _failures(importlib.import_module(name))
    assert attempted > 0
    assert not printed, printed


def test_an_example_that_fails_is_caught() -> None:
    """The report names the example and what it gave instead."""
    module = types.ModuleType("planted", ">>> 1 + 1\n3\n>>> 1 + 1\n2\n")
    printed, attempted = _failures(module)
    assert attempted == 2
    assert "Expected:\n    3\nGot:\n    2" in printed


def test_there_are_examples() -> None:
    """The front door of the simulator shows how it is used."""
    assert "hocket.simulator.exploring" in _modules()
