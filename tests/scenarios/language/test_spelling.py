"""The spelling of a property is its identity, and reads back as the same property."""

from hypothesis import given
from hypothesis import strategies as st

from hocket.scenarios.catalogue import texts
from hocket.scenarios.language.model import (
    Argument,
    Duration,
    EventPattern,
    Name,
    Never,
    Property,
    Value,
    When,
)
from hocket.scenarios.language.parser import parse
from hocket.scenarios.language.spelling import spell_property

names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,6}", fullmatch=True).filter(
    lambda name: name not in ("true", "false")
)
values: st.SearchStrategy[Value] = st.one_of(
    names.map(Name),
    st.text(max_size=8).filter(lambda t: all(c.isprintable() or c in "\n\t" for c in t)),
    st.integers(min_value=-999, max_value=999),
    st.booleans(),
    st.integers(min_value=0, max_value=10**6).map(lambda ms: Duration(ms / 1000)),
)
arguments = st.lists(
    st.builds(Argument, names, values), max_size=3, unique_by=lambda a: a.name
).map(tuple)


def _read_back(spelt: str) -> Property:
    text = f"scenario s\n  expect\n    {spelt}\n"
    result = parse(text, name="x")
    assert result.diagnostics == ()
    return result.scenarios[0].properties[0]


@given(arguments)
def test_values_are_read_back(given_arguments: tuple[Argument, ...]) -> None:
    """Whatever its values, a spelt property means the same."""
    asked = Never(EventPattern("turn.failed", given_arguments))
    assert _read_back(spell_property(asked)) == asked


def test_properties_of_the_catalogue_are_read_back() -> None:
    """Each kind of property is spelt so that it reads back as itself."""
    asked = [
        p
        for name, text in texts().items()
        for scenario in parse(text, name=name).scenarios
        for p in scenario.properties
        if not isinstance(p, When)
    ]
    assert len({type(p) for p in asked}) == 9
    for p in asked:
        assert _read_back(spell_property(p)) == p


def test_blanks_make_no_difference() -> None:
    """Two spellings of one property are one property."""
    loose = _read_back("never   turn.failed( turn :t )  # as if")
    assert spell_property(loose) == "never turn.failed(turn: t)"
