"""Rules about the order of tools."""

import pytest

from hocket.runtime.tool_rules import ToolRules

RULES = ToolRules(
    initial=frozenset({"look"}),
    followers={"look": frozenset({"take", "look"})},
    prerequisites={"sell": frozenset({"take"})},
    conditions={"take": {"broken": "mend"}},
)


@pytest.mark.parametrize(
    ("tool", "done", "why"),
    [
        ("look", (), None),
        ("take", (), "the first tool must be look"),
        ("take", (("look", "a ring"),), None),
        ("mend", (("look", "a ring"),), "after look only look or take may come"),
        ("sell", (("look", ""), ("mend", "")), "sell may run only after take"),
        ("sell", (("look", ""), ("take", "whole")), None),
        ("sell", (("look", ""), ("take", "broken")), "after take only mend may come"),
        ("mend", (("look", ""), ("take", "broken")), None),
    ],
)
def test_a_rule_that_is_broken_says_why(
    tool: str, done: tuple[tuple[str, str], ...], why: str | None
) -> None:
    """Each of the rules, broken and kept."""
    assert RULES.violation(tool, done) == why
