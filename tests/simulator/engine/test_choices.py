"""Deviations and their measures."""

from attrs import evolve

from hocket.simulator.engine.choices import ChoiceKind, Deviation, cost, describe_cost

PREEMPTION = Deviation(
    position=4,
    kind=ChoiceKind.TASK,
    label="",
    index=1,
    arity=2,
    default="main/0@3",
    taken="main/1@1",
    preemption=True,
)
REORDERING = evolve(PREEMPTION, preemption=False)
FAULT = evolve(REORDERING, kind=ChoiceKind.FAULT, label="laptop to server, message 2")


def test_cost_counts_preemptions_first_then_reorderings_then_the_rest() -> None:
    """The order of the measures is the order of the currencies."""
    assert cost([PREEMPTION, REORDERING, PREEMPTION, FAULT]) == (2, 1, 1)


def test_the_cost_is_told_in_words() -> None:
    """One is singular, more are plural, none is the default schedule."""
    assert describe_cost([PREEMPTION]) == "1 preemption"
    assert describe_cost([REORDERING, REORDERING, FAULT]) == "2 reorderings, 1 fault or value"
    assert describe_cost([FAULT, FAULT]) == "2 faults or values"


def test_a_deviation_tells_which_task_went_instead_of_which() -> None:
    """A preemption, a reordering and a fault are three different sentences."""
    assert str(PREEMPTION) == "main/1@1 preempts main/0@3"
    assert str(REORDERING) == "main/1@1 goes before main/0@3"
    assert str(FAULT) == "laptop to server, message 2: main/1@1 instead of main/0@3"
