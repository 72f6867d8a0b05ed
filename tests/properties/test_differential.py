"""Our kernel in lockstep is Trio: program by program, pass by pass, step by step.

That includes what nobody thought of when the kernel was written: nurseries that fail while they are
cancelled, channels that are closed under those who wait, shields that are lifted by another task.
"""

# pyright: reportPrivateUsage=false

from collections.abc import Callable
from typing import Any

import pytest
import trio
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from tests.properties.both import by_hocket, by_trio
from tests.properties.programs import Do, Nursery, Program, Scope, programs
from trio._core._run import GLOBAL_RUN_CONTEXT, Task

from hocket.simulator.run_queue import LockstepQueue, RunQueue

SEEDS = st.integers(0, 2**16)
HUNT = settings(
    max_examples=2_000,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),  # any difference will do, however large
    suppress_health_check=[HealthCheck.too_slow],
)


@given(programs(), SEEDS)
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_the_kernel_does_in_lockstep_what_trio_does(program: Program, seed: int) -> None:
    """Results, exceptions, checkpoints, times and the order of all events are the same."""
    assert by_hocket(program, seed) == by_trio(program, seed)


def _deliver_late(patch: pytest.MonkeyPatch) -> None:
    """Tell a task that it is cancelled one pass after Trio does."""
    tell = Task._attempt_delivery_of_any_pending_cancel

    def late(task: Task) -> None:
        if task._abort_func is not None and task._cancel_status.effectively_cancelled:
            GLOBAL_RUN_CONTEXT.runner.entry_queue.run_sync_soon(tell, task)

    patch.setattr(Task, "_attempt_delivery_of_any_pending_cancel", late)


def _wake_within_the_pass(patch: pytest.MonkeyPatch) -> None:
    """Let a task that becomes runnable go before the pass is over."""
    patch.setattr(LockstepQueue, "put", RunQueue[Any].put)


def _miss_the_end_of_a_shield(patch: pytest.MonkeyPatch) -> None:
    """Lift a shield without telling the tasks behind it that they are cancelled."""
    shield = trio.CancelScope.shield
    assert isinstance(shield, property)

    def lift(scope: trio.CancelScope, value: bool) -> None:
        scope._shield = value

    patch.setattr(trio.CancelScope, "shield", property(shield.fget, lift))


FAULTS = (_deliver_late, _wake_within_the_pass, _miss_the_end_of_a_shield)


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: plant.__name__.strip("_"))
def test_a_planted_fault_is_caught(plant: Callable[[pytest.MonkeyPatch], None]) -> None:
    """A kernel that is not quite Trio is told from it by some small program."""

    def differs(case: tuple[Program, int]) -> bool:
        expected = by_trio(*case)
        with pytest.MonkeyPatch.context() as patch:
            plant(patch)
            return by_hocket(*case) != expected

    program, seed = find(st.tuples(programs(), SEEDS), differs, settings=HUNT)
    assert by_hocket(program, seed) == by_trio(program, seed)


def test_the_order_of_a_pass_is_the_one_that_was_chosen() -> None:
    """Other seeds give other orders, so that more than one order is compared at all."""
    checkpoints = ((Do("checkpoint"),),) * 3
    program = Program((Scope(1, 1, shield=False, fail=False, body=(Nursery(0, checkpoints, ()),)),))
    accounts = {by_trio(program, seed) for seed in range(20)}
    assert accounts == {by_hocket(program, seed) for seed in range(20)}
    assert len(accounts) > 5
