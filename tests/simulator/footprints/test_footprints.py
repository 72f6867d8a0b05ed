"""What steps touch, as it is learnt from watched executions."""

import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

import trio
from attrs import define

from hocket.simulator.endings import Model
from hocket.simulator.engine.choices import DefaultSchedule
from hocket.simulator.execution import Setting, Target, execute
from hocket.simulator.footprints import EVERYTHING, Footprints, Watcher
from hocket.simulator.run_queue import Entry
from hocket.simulator.trio_kernel import Kernel


@define(eq=False)
class At(Entry):
    """A task that waits at a line, as a strategy sees it."""

    number: int = 0
    where: int = 0

    @property
    def taken(self) -> int:
        return self.number

    @property
    def line(self) -> int:
        return self.where


class Plain:
    """An object with an instance dictionary."""

    def __init__(self) -> None:
        self.left = self.right = 0
        self.items = [0, 0]


async def _program() -> None:
    state, lock, sent = Plain(), trio.Lock(), trio.open_memory_channel[int](9)

    async def left() -> None:
        state.left += 1
        await trio.lowlevel.checkpoint()
        state.items[0] += 1
        await sent[0].send(1)

    async def right() -> None:
        state.right += 1
        await trio.lowlevel.checkpoint()
        state.items[1] += 1
        await sent[1].receive()

    async def reader() -> None:
        assert state.left + state.right >= 0
        async with lock:
            pass

    async with trio.open_nursery() as nursery:
        nursery.start_soon(left)
        nursery.start_soon(right)
        nursery.start_soon(reader)


def _seen_by(watcher: Watcher) -> Callable[[Kernel], None]:
    return lambda kernel: kernel.watch(watcher)


def _learnt() -> tuple[Footprints, Mapping[tuple[int, ...], list[Any]]]:
    footprints = Footprints()
    watcher = footprints.begin()
    assert watcher is not None
    setting = Setting(model=Model.FREE)
    execute(
        Target("t", "", _program),
        DefaultSchedule(),
        setting,
        prepare=_seen_by(watcher),
    )
    steps = dict(watcher.steps)
    footprints.end()
    return footprints, steps


def _conflict(number: int, *children: int) -> bool:
    """Whether the steps of that number of two children of main are predicted to conflict."""
    footprints, steps = _learnt()
    found: list[tuple[int, int]] = []
    for child in children:
        path = (0, child)
        lines = {s.number: s.line for s in steps[path]}
        found.append(footprints.of(At(path, False, False, number, lines[number])))
    (touched, _), (_, written) = found
    return bool(touched & written)


def test_different_fields_commute() -> None:
    """Two tasks that write to two fields of one object."""
    assert not _conflict(0, 0, 1)


def test_a_reader_and_a_writer_of_one_field_conflict() -> None:
    """Whichever of the two is asked about first."""
    assert _conflict(0, 2, 0)
    assert _conflict(0, 2, 1)
    assert not _conflict(0, 0, 2)


def test_both_ends_of_a_channel_are_one_thing() -> None:
    """A send and a receive conflict, in the step that holds the call."""
    assert _conflict(1, 0, 1)


def test_a_step_that_was_never_seen_conflicts_with_everything() -> None:
    """And makes the next execution a watched one, up to a limit."""
    footprints, _ = _learnt()
    assert footprints.of(At((0, 9), False, False, 0, 1)) is EVERYTHING


def test_what_is_left_shrinks_to_nothing_and_unspawned_children_count() -> None:
    """In steps, whatever they touch: main has its own and those of its three children."""
    footprints, steps = _learnt()
    expected = {path: len(of_task) for path, of_task in steps.items() if path[:1] == (0,)}
    main = At((0,), False, False)
    assert dict(footprints.left(main, 1)) == expected
    main.spawned = 3
    assert dict(footprints.left(main, 1)) == {(0,): expected[0,]}
    assert dict(footprints.left(At((0, 0), False, False, 9, 0), 1)) == {(0, 0): 0}


def test_nothing_is_taken_from_who_traces_already() -> None:
    """A debugger or a coverage tool keeps its place, and the watcher sees nothing."""

    def tracer(frame: FrameType, event: str, arg: object) -> None:
        return None

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        watcher = Watcher()
        execute(
            Target("t", "", _program),
            DefaultSchedule(),
            Setting(),
            prepare=_seen_by(watcher),
        )
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)
    assert watcher.steps == {}


def test_objects_have_one_name_whatever_ran_first() -> None:
    """Watching a second execution in another order adds no new things."""
    footprints, _ = _learnt()
    before = len(footprints.shared)
    watcher = footprints.begin()
    assert watcher is not None

    class Last(DefaultSchedule):
        def choose(self, point: Any) -> int:
            return len(point.options) - 1

    execute(Target("t", "", _program), Last(), Setting(), prepare=_seen_by(watcher))
    footprints.end()
    assert len(footprints.shared) == before
