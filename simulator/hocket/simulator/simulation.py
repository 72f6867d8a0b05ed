"""What a program may ask the simulation that it runs in.

A target needs none of this: an unmodified Trio program knows nothing of the simulator.  A test
bench does, to offer faults and values as choices and to report facts that invariants judge.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from hocket.simulator import trio_kernel
from hocket.simulator.engine.choices import ChoiceKind
from hocket.simulator.engine.sightings import Sight

__all__ = ["choose", "observe", "running", "tell"]


def running() -> bool:
    """Whether the caller runs inside an execution, which decides its orders and its time."""
    return trio_kernel.current() is not None


def choose(kind: ChoiceKind, label: str, options: Sequence[str]) -> int:
    """Let the schedule choose among named ``options``; the first is the tame one.

    ``label`` says where the choice is, in words that stay the same in every execution.  Outside of
    a simulation the first option is taken.
    """
    kernel = trio_kernel.current()
    return 0 if kernel is None else kernel.decide(kind, label, options)


def observe(kind: str, fields: Mapping[str, Any]) -> None:
    """Report a fact about the program to the invariants of this execution, if there are any."""
    kernel = trio_kernel.current()
    if kernel is not None and not kernel.unwinding:
        kernel.listener(kind, fields)


def tell(sight: Sight, thing: object, what: str, *, number: int = 0) -> None:
    """Tell whoever looks on what the running task does with ``thing``; mostly nobody does.

    ``what`` says it in words, and ``number`` counts the messages that ``thing`` carries.
    """
    kernel = trio_kernel.current()
    if kernel is not None and kernel.onlooker is not None:
        kernel.onlooker.tell(sight, thing, what, number=number)
