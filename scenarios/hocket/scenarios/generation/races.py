"""Whole scenarios that look for trouble: what goes wrong in agent runtimes goes wrong here.

Where :func:`~hocket.scenarios.generation.scenarios` covers all that can be *written*, these are
made to be *run*: several devices of a person, ids of calls that repeat themselves, questions that
two devices answer, cancellations and losses of connections at odd moments, turns that meet turns.

Whatever is drawn can be followed to its end by a sound runtime, so that a lane that is stuck is a
finding.  Every wait for something that need not come may be skipped; a turn is cancelled only
where it is sure to be known; a request for a turn is never lost on purpose.
"""

from collections.abc import Mapping, Sequence

from attrs import evolve
from hypothesis import strategies as st

from hocket.scenarios.generation.devices import devices
from hocket.scenarios.generation.promises import promises
from hocket.scenarios.generation.worlds import Turn, any_policies, any_tools, scripts, world_of
from hocket.scenarios.language.model import (
    Approve,
    Cancel,
    Deny,
    Duplicate,
    Duration,
    Fault,
    Hold,
    Lose,
    Reply,
    Scenario,
    Start,
)
from hocket.scenarios.language.names import deeds_of

__all__ = ["races"]

_OWNERS = {"A": "ann", "B": "ann", "C": "ben", "D": "ben"}
_THREADS = ("A", "A", "A", "B", "B", "C", "C", "D")
_TURNS_MAX = 5

_STARTED = st.lists(st.sampled_from(_THREADS), min_size=1, max_size=_TURNS_MAX)
_SENDING: Mapping[type, str] = {
    Start: "start",
    Reply: "reply",
    Approve: "approve",
    Deny: "deny",
    Cancel: "cancel",
}
"""The steps that send a frame which a fault may befall, and how a schedule calls them."""


@st.composite
def races(draw: st.DrawFn, *, name: str = "generated") -> Scenario:
    """Scenarios called ``name`` that a sound runtime passes under every schedule.

    What follows from a scenario alone stands in its properties, beside all the invariants that
    are built in.

    >>> isinstance(races(), st.SearchStrategy)
    True
    """
    turns = tuple(
        Turn(f"t{number}", thread, _OWNERS[thread], draw(scripts()))
        for number, thread in enumerate(draw(_STARTED), 1)
    )
    setup = world_of(turns, draw(any_tools(turns)), draw(any_policies()))
    scenario = Scenario(name, setup=setup, clients=draw(devices(turns, setup)))
    scenario = evolve(scenario, schedule=draw(_faults(scenario)))
    return evolve(scenario, properties=promises(scenario))


@st.composite
def _faults(draw: st.DrawFn, scenario: Scenario) -> tuple[Fault, ...]:
    """A few things that befall frames which are really sent."""
    deeds = deeds_of(scenario)
    sent = [(d.client, _SENDING[type(d.step)]) for d in deeds if type(d.step) in _SENDING]
    if not sent:
        return ()
    places = st.lists(st.sampled_from(tuple(dict.fromkeys(sent))), unique=True, max_size=2)
    return tuple(draw(st.sampled_from(_befalling(*place))) for place in draw(places))


def _befalling(client: str, verb: str) -> Sequence[Fault]:
    faults: list[Fault] = [Duplicate(client, 1, verb), Hold(client, 1, Duration(1.0), verb)]
    if verb != "start":
        faults.append(Lose(client, 1, verb))
    return faults
