"""Scenarios that Hypothesis makes up, all of them sound.

The strategies draw models, so that shrinking gives a small *scenario*, as the engine's shrinker
gives a small *schedule*.  Whatever is drawn passes all checks: what a step speaks of is there, each
wait can end, and nothing is declared that is not used.
"""

from hypothesis import strategies as st

from hocket.scenarios.generation.expected import properties, withouts
from hocket.scenarios.generation.limits import limits, replays
from hocket.scenarios.generation.stories import Cast, casts, clients, texts
from hocket.scenarios.language.model import Scenario, Setup

__all__ = ["scenarios"]


@st.composite
def scenarios(draw: st.DrawFn, *, name: str = "generated") -> Scenario:
    """Sound scenarios called ``name``, with any of the sections that there are.

    >>> from hypothesis import strategies
    >>> isinstance(scenarios(), strategies.SearchStrategy)
    True
    """
    cast = draw(casts())
    acting = draw(clients(cast))
    scenario = Scenario(
        name,
        draw(st.just("") | texts()),
        cast.parameters,
        _setup(cast),
        acting,
    )
    expected = draw(properties(scenario))
    limited = draw(limits(scenario))
    complete = Scenario(
        name,
        scenario.story,
        scenario.parameters,
        scenario.setup,
        acting,
        limited,
        expected,
        draw(withouts()),
    )
    return draw(st.just(complete) | replays(complete))


def _setup(cast: Cast) -> Setup:
    return Setup(cast.users, cast.threads, cast.policies, cast.models, cast.tools)
