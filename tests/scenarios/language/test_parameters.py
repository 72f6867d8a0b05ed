"""A varied scenario is one scenario for each choice of values."""

import pytest

from hocket.scenarios.language.checks import read
from hocket.scenarios.language.model import (
    Argument,
    Duration,
    Eventually,
    Name,
    Never,
    Scenario,
    Wait,
)
from hocket.scenarios.language.parameters import instances, seconds

VARIED = """scenario late
  vary d = 1s, 20s
  vary who = "a", "b"
  setup
    user ann
    thread T of ann
    model T: call f(who: who) id "1", then say "ok"
    tool f: delegated, timeout d
  client laptop of ann
    connect
    start T as t
    on call f as c
    wait d
    reply c "v"
  schedule
    hold laptop up to 1 for d
  expect
    eventually result.accepted(turn: t, value: who) within d
    when d >= 20s
      when who = "b"
        never turn.failed(turn: t)
"""


def _scenario(text: str) -> Scenario:
    result = read(text, name="x")
    assert result.diagnostics == ()
    return result.scenarios[0]


def test_instances_are_named_by_their_values() -> None:
    """The last parameter varies fastest."""
    assert [i.name for i in instances(_scenario(VARIED))] == [
        'late[d=1s,who="a"]',
        'late[d=1s,who="b"]',
        'late[d=20s,who="a"]',
        'late[d=20s,who="b"]',
    ]


def test_parameters_that_vary_together_take_their_values_together() -> None:
    """They multiply with the others, as one parameter does."""
    together = '  vary together\n    d = 1s, 20s\n    n = 3, 4\n  vary who = "a", "b"\n'
    text = together.join(VARIED.split('  vary d = 1s, 20s\n  vary who = "a", "b"\n'))
    text = text.replace("    never turn.failed(turn: t)", "    never turn.failed(turn: t)\n")
    text += "    when n = 4\n      sometimes turn.completed(turn: t)\n"
    assert [i.name for i in instances(_scenario(text))] == [
        'late[d=1s,n=3,who="a"]',
        'late[d=1s,n=3,who="b"]',
        'late[d=20s,n=4,who="a"]',
        'late[d=20s,n=4,who="b"]',
    ]


def test_values_stand_in_place_of_names() -> None:
    """Values are put in everywhere, and names that are no parameters are left."""
    last = instances(_scenario(VARIED))[-1].scenario
    wait = last.clients[0].steps[3]
    assert isinstance(wait, Wait)
    assert (seconds(wait.duration), wait.line) == (20.0, 13)
    assert last.setup.tools[0].timeout == Duration(20)
    eventually, never = last.properties
    assert isinstance(eventually, Eventually)
    assert eventually.within == Duration(20)
    assert eventually.pattern.arguments == (Argument("turn", Name("t")), Argument("value", "b"))
    assert isinstance(never, Never)
    assert last.parameters == ()


def test_conditions_choose_properties() -> None:
    """A property under ``when`` is there where its conditions hold, and nowhere else."""
    counts = [len(i.scenario.properties) for i in instances(_scenario(VARIED))]
    assert counts == [1, 1, 1, 2]


@pytest.mark.parametrize(
    ("relation", "expected"),
    [
        ("<", [1, 0, 0]),
        ("<=", [1, 1, 0]),
        (">", [0, 0, 1]),
        (">=", [0, 1, 1]),
        ("=", [0, 1, 0]),
    ],
)
def test_each_relation(relation: str, expected: list[int]) -> None:
    """Every comparison, below, at and above the value."""
    text = (
        "scenario s\n  vary n = 1, 2, 3\n  setup\n    user ann\n  client c of ann\n    connect\n"
        f"  expect\n    when n {relation} 2\n      never turn.failed\n"
    )
    assert [len(i.scenario.properties) for i in instances(_scenario(text))] == expected


def test_without_parameters_there_is_one_instance() -> None:
    """A scenario that is not varied is its own instance, by its own name."""
    (only,) = instances(Scenario("s"))
    assert (only.name, dict(only.values), only.scenario) == ("s", {}, Scenario("s"))


def test_a_name_without_a_value_has_no_seconds() -> None:
    """Who forgets to take an instance is told."""
    with pytest.raises(ValueError, match="take an instance"):
        seconds(Name("d"))
