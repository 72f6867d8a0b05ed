"""What is explored of a scenario: orders that its lanes allow, faults, and replays."""

from attrs import evolve
from hypothesis import strategies as st

from hocket.scenarios.generation.stories import durations, texts
from hocket.scenarios.language.model import (
    FRAME_STEPS,
    REPLAY_VERSION,
    Duplicate,
    Fix,
    Hold,
    Limit,
    Lose,
    Replay,
    Scenario,
    StepName,
    Taken,
)
from hocket.scenarios.language.names import deeds_of, verb_of

__all__ = ["limits", "replays"]


@st.composite
def limits(draw: st.DrawFn, scenario: Scenario) -> tuple[Limit, ...]:
    """A fixed order of two steps, and faults that may befall frames."""
    found: list[Limit] = []
    deeds = deeds_of(scenario)
    named = [StepName(d.client, verb_of(d.step), d.name) for d in deeds]
    kinds = [(step.client, step.verb) for step in named]

    def plain(place: int) -> bool:
        """Whether the name of a step fits no other: one without a name of its own fits them all."""
        step = named[place]
        return named.count(step) == 1 if step.name else kinds.count(kinds[place]) == 1

    one, other = draw(st.integers(0, len(named) - 1)), draw(st.integers(0, len(named) - 1))
    first, last = min(one, other), max(one, other)
    of_one_client = deeds[first].client == deeds[last].client
    if first != last and of_one_client and plain(first) and plain(last):
        found.append(Fix(named[first], named[last]))
    clients = st.sampled_from([client.name for client in scenario.clients])
    step = st.none() | st.sampled_from(FRAME_STEPS)
    count = st.integers(1, 9)
    fault = st.one_of(
        st.builds(Hold, clients, count, durations(), step),
        st.builds(Duplicate, clients, count, step),
        st.builds(Lose, clients, count, step),
    )
    return (*found, *draw(st.lists(fault, max_size=2)))


@st.composite
def replays(draw: st.DrawFn, scenario: Scenario) -> Scenario:
    """The scenario pinned to some schedule."""
    positions = draw(st.lists(st.integers(0, 999), unique=True, max_size=3).map(sorted))
    choices = tuple(draw(_taken(position)) for position in positions)
    patterns = st.lists(texts(), max_size=2).map(tuple)
    replay = Replay(
        REPLAY_VERSION,
        "invariant: lane stuck",
        draw(st.sampled_from(("free", "lockstep"))),
        choices,
        draw(st.booleans()),
        draw(st.integers(0, 99)),
        draw(st.none() | patterns),
        draw(st.none() | durations()),
    )
    return evolve(scenario, replay=replay)


@st.composite
def _taken(draw: st.DrawFn, position: int) -> Taken:
    options = draw(st.integers(2, 5))
    option = draw(st.integers(1, options - 1))
    kind = draw(st.sampled_from(("task", "timer", "cancel", "fault", "data")))
    label = "" if kind == "task" else draw(texts())
    preempting = kind == "task" and draw(st.booleans())
    return Taken(position, "main/1@2", "main/0@4", option, options, kind, label, preempting)
