"""Vector clocks: what happened before what, and what could have come in any order."""

from hocket.simulator.engine.causality import Causality, happened_before


def test_steps_of_one_task_are_in_order() -> None:
    """Each knows the one before it as its only parent."""
    causality = Causality()
    first, second = causality.step("main", "main@0"), causality.step("main", "main@1")
    assert (first.parents, second.parents) == ((), ("main@0",))
    assert happened_before(first.clock, second.clock)
    assert not happened_before(second.clock, first.clock)


def test_a_wake_up_is_an_order_and_brings_along_what_its_maker_knew() -> None:
    """The woken step comes after the waking one, and after all that came before that."""
    causality = Causality()
    root = causality.step("main", "main@0")
    causality.woke("a", "main")
    causality.woke("b", "main")
    one = causality.step("a", "a@0")
    other = causality.step("b", "b@0")
    assert one.parents == other.parents == ("main@0",)
    assert not happened_before(one.clock, other.clock)
    assert not happened_before(other.clock, one.clock)
    causality.woke("b", "a")
    woken = causality.step("b", "b@1")
    assert woken.parents == ("b@0", "a@0")
    assert woken.clock == {"main": 1, "a": 1, "b": 2}
    assert happened_before(one.clock, woken.clock)
    assert happened_before(root.clock, woken.clock)


def test_a_task_that_wakes_itself_learns_nothing() -> None:
    """A checkpoint is no meeting."""
    causality = Causality()
    causality.step("main", "main@0")
    causality.woke("main", "main")
    assert causality.step("main", "main@1").parents == ("main@0",)
