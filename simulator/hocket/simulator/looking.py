"""Executing one schedule again while somebody looks on, for a picture of it."""

from collections.abc import Mapping, Sequence

from attrs import frozen

from hocket.simulator.engine.choices import Deviation
from hocket.simulator.engine.sightings import Sighting
from hocket.simulator.engine.token import Token
from hocket.simulator.execution import Execution, Target, execute
from hocket.simulator.exploring import setting_of
from hocket.simulator.interrupts import interruptible
from hocket.simulator.memory import collecting
from hocket.simulator.strategies.recorded import StrictReplay
from hocket.simulator.trio_kernel import Kernel
from hocket.simulator.trio_kernel.handovers import telling_handovers
from hocket.simulator.trio_kernel.onlooker import Onlooker
from hocket.simulator.world import simulated_world

__all__ = ["Look", "look_at"]


@frozen
class Look:
    """A traced execution, and what was seen of it.

    ``names`` has the full name of each task by its path.
    """

    execution: Execution
    sightings: tuple[Sighting, ...]
    names: Mapping[str, str]


def look_at(target: Target, token: Token, deviations: Sequence[Deviation] | None = None) -> Look:
    """Execute ``target`` once more in the setting of ``token``, traced and looked at.

    The schedule is that of the token, or the one that other ``deviations`` make.  Nothing is
    compared: whether the token is stale is for :func:`~hocket.simulator.exploring.replay_target`.
    """
    onlooker = Onlooker()
    source = StrictReplay(token.deviations if deviations is None else tuple(deviations))
    with (
        collecting(),
        interruptible() as interrupts,
        simulated_world(target.main),
        telling_handovers(onlooker),
    ):

        def prepare(kernel: Kernel) -> None:
            interrupts.watch(kernel)
            onlooker.kernel, kernel.onlooker = kernel, onlooker

        execution = execute(
            target, source, setting_of(token), traced=True, prepare=prepare, instruments=[onlooker]
        )
    return Look(execution, tuple(onlooker.sightings), onlooker.names)
