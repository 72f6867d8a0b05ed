"""The table of hazards is complete, and its links lead to tests and to scenarios that hold."""

import ast
import re
from pathlib import Path

import pytest

from hocket.scenarios.adapters.reference import reference
from hocket.scenarios.prepared import prepare
from hocket.simulator import Budget, Campaign
from hocket.simulator.strategies import make_strategy

DOCS = Path(__file__).parents[2] / "docs"
MECHANISMS = ("001a", "001b", "002", "003", "004a", "004b", "004c", "005", "006", "DB")
ROWS = (*(f"AR-{name}" for name in MECHANISMS), *(f"U{number:02}" for number in range(1, 41)))
LINK = re.compile(r"\[(\w+)\]\(([^)]+)\)")
SCHEDULES = 3


def table() -> dict[str, str]:
    """The last column of each row, by the row's name."""
    lines = (DOCS / "hazards.md").read_text("utf-8").splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    return {row[0]: row[2] for row in cells if row[0] in ROWS}


def test_no_row_is_missing() -> None:
    """Every mechanism and every hazard has its row."""
    assert sorted(table()) == sorted(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_met(row: str) -> None:
    """Its tests are there, its scenarios hold on the reference, or it says why it cannot occur."""
    links = LINK.findall(table()[row])
    assert links or "cannot occur" in table()[row]
    for name, target in links:
        path = (DOCS / target).resolve()
        if path.suffix == ".py":
            tree = ast.parse(path.read_text("utf-8"))
            functions = (ast.FunctionDef, ast.AsyncFunctionDef)
            assert name in {node.name for node in tree.body if isinstance(node, functions)}
        else:
            assert path.stem == name
            _explore(path)


def _explore(path: Path) -> None:
    text = path.read_text("utf-8")
    for prepared in prepare(text, file=path.name, adapter=reference, runtime="reference")[:1]:
        strategy, budget = make_strategy("random", 0), Budget(SCHEDULES, shrink_executions=1)
        assert not Campaign(prepared.target(), strategy, budget=budget).run().failures
