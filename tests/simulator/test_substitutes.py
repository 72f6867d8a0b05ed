"""Replaced functions: where their dispatchers are bound, and that everything is restored."""

import datetime
import sys
import time
from time import monotonic as imported_monotonic
from types import ModuleType

import pytest
from tests.simulator.kernel_runs import run

from hocket.simulator.world import simulated_world


def seconds_inside() -> list[int]:
    """What an execution sees on a clock, and on the same one imported by name."""
    seen: list[int] = []

    async def target() -> None:
        seen.extend([int(time.monotonic()), int(imported_monotonic())])

    assert run(target).error is None
    return seen


def test_everything_is_restored() -> None:
    """The very same objects are where they were: in modules, classes and the program."""
    before = {name: getattr(time, name) for name in vars(time)}
    members = dict(vars(datetime.datetime))
    mine = imported_monotonic
    with simulated_world():
        assert time.monotonic is not before["monotonic"]
        assert imported_monotonic is time.monotonic
    assert {name: getattr(time, name) for name in vars(time)} == before
    assert dict(vars(datetime.datetime)) == members
    assert imported_monotonic is mine is time.monotonic


def test_of_two_campaigns_the_last_one_restores() -> None:
    """They may overlap, on two threads or one in the other, in any order."""
    real = time.monotonic
    first, second = simulated_world(), simulated_world()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert seconds_inside() == [0, 0]
    assert time.monotonic is not real
    second.__exit__(None, None, None)
    assert time.monotonic is real
    assert imported_monotonic is real


def test_a_module_that_was_loaded_inside_is_cleaned(monkeypatch: pytest.MonkeyPatch) -> None:
    """It bound the dispatcher at import, and gets the real thing when the campaign is over."""
    late = ModuleType("late")
    monkeypatch.setitem(sys.modules, "late", late)
    monkeypatch.delitem(sys.modules, "late")
    with simulated_world():
        exec("from time import monotonic", vars(late))
        sys.modules["late"] = late
    assert vars(late)["monotonic"] is time.monotonic


def test_a_module_of_somebody_else_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Installed packages keep their names, except for the package that is the target's own."""
    theirs = ModuleType("theirs")
    theirs.__file__ = "/lib/python3.11/site-packages/theirs.py"
    exec("from time import monotonic", vars(theirs))
    monkeypatch.setitem(sys.modules, "theirs", theirs)

    async def target() -> None: ...

    with simulated_world(target):
        assert vars(theirs)["monotonic"] is not time.monotonic
    target.__module__ = "theirs.stories"
    with simulated_world(target):
        assert vars(theirs)["monotonic"] is time.monotonic
