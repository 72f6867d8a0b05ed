"""Guided search keeps what showed something new, and only that."""

from tests.simulator.strategies.small_programs import executions, interleaved
from tests.simulator.strategies.test_samplers import beside_strangers, late_window

from hocket.simulator.footprints import Footprints
from hocket.simulator.strategies import Guided


def test_schedules_of_one_happens_before_class_are_kept_once() -> None:
    """What strangers do makes many schedules and no new class."""
    search = Guided(0, Footprints())
    seen = {tuple(e.choices) for e in executions(beside_strangers, search, 200)}
    assert len(seen) > 100
    assert 2 <= len(search.kept) < 40


def test_a_kept_list_holds_the_deviations_of_its_schedule() -> None:
    """By position, with the index that was taken."""
    search = Guided(0, Footprints())
    first = next(executions(interleaved(3, 3), search, 1))
    assert search.kept == [{n: index for n, index in enumerate(first.choices) if index}]


def test_a_rare_order_is_reached_by_small_changes() -> None:
    """A random walk would need half a million schedules."""
    search = Guided(0, Footprints())
    assert any(e.rejection is not None for e in executions(late_window, search, 600))
