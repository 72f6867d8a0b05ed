"""A name means what its own client binds, and else what one other binds."""

from hocket.scenarios.language.names import BindingKind, lane_steps, names_of
from hocket.scenarios.language.parser import parse

TEXT = """scenario s
  client laptop of ann
    connect as s1
    start T as t
    on call f as c
    fork
      lane one
        on approval g as p
      lane two
        drop
  client phone of ann
    connect
    on call f as c
    on call f as d
"""
(SCENARIO,) = parse(TEXT, name="x").scenarios


def test_own_names_come_first() -> None:
    """Each client means its own `c`."""
    names = names_of(SCENARIO)
    assert [b.client for b in names.resolve("c", "laptop")] == ["laptop"]
    assert [b.client for b in names.resolve("c", "phone")] == ["phone"]


def test_names_of_others_are_known() -> None:
    """A name that only others bind means all that they bind."""
    names = names_of(SCENARIO)
    assert [(b.client, b.line) for b in names.resolve("d", "laptop")] == [("phone", 14)]
    assert [b.client for b in names.resolve("c", "watch")] == ["laptop", "phone"]
    assert names.resolve("nobody", "laptop") == ()


def test_names_have_kinds() -> None:
    """Turns, calls, approvals and connections are told apart."""
    names = names_of(SCENARIO)
    found = {kind: tuple(names.of_kind(kind)) for kind in BindingKind}
    assert found == {
        BindingKind.TURN: ("t",),
        BindingKind.CALL: ("c", "d"),
        BindingKind.APPROVAL: ("p",),
        BindingKind.CONNECTION: ("s1",),
    }


def test_lanes_are_named_by_client_and_fork() -> None:
    """Steps in a fork know the lane they are in; their order is that of the text."""
    lanes = [placed.lane for placed in lane_steps(SCENARIO.clients[0])]
    assert lanes == [("laptop",)] * 4 + [("laptop", "one"), ("laptop", "two")]
