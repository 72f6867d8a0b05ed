"""A circle of waits is found, and only where there is one."""

import pytest

from hocket.simulator.engine.outcome import Wait, describe_cycle, wait_cycle


def _waits(**held_by: str) -> list[Wait]:
    return [Wait(task, "f", "a lock", tuple(on), "f.py:1") for task, on in held_by.items()]


@pytest.mark.parametrize(
    ("waits", "cycle"),
    [
        (_waits(a="b", b="c", c=""), ()),
        (_waits(a="b", b="a"), ("a", "b")),
        (_waits(m="ab", a="b", b="a"), ("a", "b")),
        (_waits(a="b", b="c", c="ad", d="c"), ("c", "d")),
        (_waits(a="a"), ("a",)),
        (_waits(a="x"), ()),
        ([], ()),
    ],
)
def test_the_shortest_circle_is_told(waits: list[Wait], cycle: tuple[str, ...]) -> None:
    """From its first task on; who only waits for somebody in it is no part of it."""
    assert wait_cycle(waits) == cycle


def test_a_circle_is_told_around_once() -> None:
    """The last waits for the first."""
    told = describe_cycle(("a", "b", "c"))
    assert told == "a waits for b, b waits for c, c waits for a"
