"""What is expected of a scenario: properties over the words there are, without contradiction."""

from collections.abc import Sequence

from hypothesis import strategies as st

from hocket.scenarios.generation.stories import durations, texts
from hocket.scenarios.language.model import (
    AfterNever,
    Always,
    Argument,
    AtMostOnce,
    Before,
    Condition,
    EventPattern,
    Eventually,
    ExactlyOnce,
    ExactlyOneOf,
    FinallyNoPending,
    Name,
    Never,
    Property,
    Scenario,
    Sometimes,
    Use,
    When,
    Without,
)
from hocket.scenarios.language.names import BindingKind, names_of
from hocket.scenarios.properties import REGISTRY
from hocket.scenarios.vocabulary import WORDS, Comparison, Slot

__all__ = ["properties", "withouts"]

_RELATIONS = ("<", "<=", ">", ">=", "=")


@st.composite
def properties(draw: st.DrawFn, scenario: Scenario) -> tuple[Property, ...]:
    """A few properties of a scenario, under a condition on its parameters now and then."""
    asked = draw(st.lists(_property(scenario), max_size=4))
    names = [parameter.name for parameter in scenario.each_parameter()]
    conditional: bool = draw(st.booleans())
    if names and conditional:
        conditions = st.builds(
            Condition, st.sampled_from(names), st.sampled_from(_RELATIONS), durations()
        )
        condition = draw(conditions)
        inner = draw(st.lists(_property(scenario), min_size=1, max_size=2))
        asked.append(When(condition, tuple(inner)))
    return _without_contradiction(asked)


def withouts() -> st.SearchStrategy[tuple[Without, ...]]:
    """Built-in invariants that are switched off, mostly none."""
    ids = st.lists(st.sampled_from(list(REGISTRY)), unique=True, max_size=1)
    return ids.flatmap(
        lambda chosen: st.tuples(*(st.builds(Without, st.just(i), texts()) for i in chosen))
    )


@st.composite
def _property(draw: st.DrawFn, scenario: Scenario) -> Property:
    pattern = _pattern(scenario)
    asked = draw(st.one_of(_of_one(pattern), _of_several(pattern)))
    if isinstance(asked, ExactlyOnce | AtMostOnce) and asked.pattern.arguments:
        arguments = asked.pattern.arguments
        bare = EventPattern(asked.pattern.word)
        per = AtMostOnce(bare, arguments[0].name)
        return draw(st.sampled_from((asked, Always(bare, arguments), per)))
    return asked


def _of_one(pattern: st.SearchStrategy[EventPattern]) -> st.SearchStrategy[Property]:
    return st.one_of(
        st.builds(Never, pattern),
        st.builds(ExactlyOnce, pattern),
        st.builds(AtMostOnce, pattern),
        st.builds(Eventually, pattern, st.none() | durations()),
        st.builds(Sometimes, pattern),
    )


def _of_several(pattern: st.SearchStrategy[EventPattern]) -> st.SearchStrategy[Property]:
    return st.one_of(
        st.lists(pattern, min_size=2, max_size=3).map(lambda some: ExactlyOneOf(tuple(some))),
        st.builds(Before, pattern, pattern),
        st.builds(AfterNever, pattern, pattern),
        st.just(FinallyNoPending()),
        st.just(Use("shop.checks:paid_once")),
    )


@st.composite
def _pattern(draw: st.DrawFn, scenario: Scenario) -> EventPattern:
    word = WORDS[draw(st.sampled_from(list(WORDS)))]
    arguments: list[Argument] = []
    for name, slot in word.slots.items():
        value = _value(slot, scenario)
        if value is not None and draw(st.booleans()):
            arguments.append(Argument(name, draw(value)))
    return EventPattern(word.name, tuple(arguments))


def _value(slot: Slot, scenario: Scenario) -> st.SearchStrategy[str | Name] | None:
    """Values that an argument can have in a scenario; None if there are none."""
    setup = scenario.setup
    names: Sequence[str]
    match slot.comparison:
        case Comparison.TURN | Comparison.REQUEST:
            names = list(names_of(scenario).of_kind(BindingKind.TURN))
        case Comparison.TOOL:
            names = [tool.name for tool in setup.tools]
        case Comparison.USER:
            names = [user.name for user in setup.users]
        case _:
            return st.sampled_from(slot.choices) if slot.choices else texts()
    return st.sampled_from(names).map(Name) if names else None


def _without_contradiction(asked: list[Property]) -> tuple[Property, ...]:
    """All but each ``sometimes`` of a word of which there is a ``never``."""
    flat = [
        p for one in asked for p in ((*one.properties, one) if isinstance(one, When) else (one,))
    ]
    nevers = {p.pattern.word for p in flat if isinstance(p, Never)}

    def kept(properties: Sequence[Property]) -> tuple[Property, ...]:
        return tuple(
            p for p in properties if not (isinstance(p, Sometimes) and p.pattern.word in nevers)
        )

    cleaned = (When(p.condition, kept(p.properties)) if isinstance(p, When) else p for p in asked)
    return kept([p for p in cleaned if not (isinstance(p, When) and not p.properties)])
