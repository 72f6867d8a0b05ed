"""Code that a scenario names is reached if it is allowed by name, and not otherwise."""

import sys
from pathlib import Path

import pytest
from tests.scenarios.cli.conftest import Hocket, hocket

__all__ = ["hocket"]

SCENARIO = """\
scenario refunds
  setup
    user ann
    thread T of ann
    model T: call refund(order: 7) id "r1", then say "ok"
    tool refund: local, use shop_code.tools:refund

  client laptop of ann
    connect
    start T as t

  expect
    exactly once tool.succeeded(tool: refund)
    exactly once model.asked(turn: t, says: "refunded 7")
    use shop_code.checks:few_events
"""

CODE = {
    "__init__.py": "",
    "tools.py": "async def refund(arguments):\n    return f'refunded {arguments[\"order\"]}'\n",
    "checks.py": """\
from hocket.simulator.invariants import Violation


class FewEvents:
    name = "few events"
    statement = "There are few events."
    kinds = frozenset({"tool.start"})

    def observe(self, seen):
        return Violation(self.name, "too many", (seen.index,)) if LIMIT == 0 else None

    def conclude(self, time):
        return None


LIMIT = 1
few_events = FewEvents
""",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the scenario and the code that it names, which is forgotten afterwards."""
    (tmp_path / "shop_code").mkdir()
    for name, text in CODE.items():
        (tmp_path / "shop_code" / name).write_text(text)
    (tmp_path / "refunds.hocket").write_text(SCENARIO)
    monkeypatch.chdir(tmp_path)
    for module in [name for name in sys.modules if name.startswith("shop_code")]:
        monkeypatch.delitem(sys.modules, module)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_code_is_not_reached_unless_it_is_allowed(hocket: Hocket) -> None:
    """Neither a run nor a check imports it; the refusal says how to allow it."""
    assert hocket("check", "refunds.hocket").code == 0
    ran = hocket("run", "refunds.hocket")
    assert ran.code == 2
    assert "refunds.hocket:6: names code, shop_code.tools:refund" in ran.err
    assert "--use shop_code" in ran.err
    assert hocket("run", "refunds.hocket", "--use", "shop").code == 2
    assert not [name for name in sys.modules if name.startswith("shop_code")]


@pytest.mark.usefixtures("folder")
def test_allowed_code_acts_and_judges(hocket: Hocket) -> None:
    """A tool's result is what its function returns."""
    ran = hocket("run", "refunds.hocket", "--use", "shop_code", "--schedules", "3")
    assert ran.code == 0, ran.out + ran.err


def test_an_own_invariant_fails_under_the_name_of_its_line(folder: Path, hocket: Hocket) -> None:
    """The origin is the line of the scenario, and the place too."""
    checks = folder / "shop_code" / "checks.py"
    checks.write_text(checks.read_text().replace("LIMIT = 1", "LIMIT = 0"))
    ran = hocket("run", "refunds.hocket", "--use", "shop_code", "--schedules", "3")
    assert ran.code == 1
    assert "use shop_code.checks:few_events: too many" in ran.out
    assert "refunds.hocket:15" in ran.out


def test_code_that_is_not_there_is_told(folder: Path, hocket: Hocket) -> None:
    """A module or a function that is missing is a mistake of the one who runs it."""
    (folder / "shop_code" / "tools.py").write_text("")
    ran = hocket("run", "refunds.hocket", "--use", "shop_code")
    assert ran.code == 2
    assert "shop_code.tools has no function 'refund'" in ran.err
    (folder / "shop_code" / "tools.py").unlink()
    del sys.modules["shop_code.tools"]
    assert (
        "cannot import shop_code.tools" in hocket("run", "refunds.hocket", "--use", "shop_code").err
    )
