"""Rules about the order of tools in a turn, as pure functions of what the turn did before.

A rule that is broken does not fail the turn: the call gets an error for its result, and the model
may try again.  Which tools need an approval is said at the tools themselves.
"""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from attrs import field, frozen

__all__ = ["Done", "ToolRules"]

Done = tuple[str, str]
"""A call that a turn made before: the tool, and the text of its result."""

_T = TypeVar("_T")


@frozen
class ToolRules:
    """``terminal`` tools end the turn, and must if there are any; one of the ``initial`` ones must
    come first.  After a tool in ``followers`` only those listed may come next; ``prerequisites``
    are tools that must have run before; and in ``conditions``, by tool and output, which must
    come next.
    """

    terminal: frozenset[str] = frozenset()
    initial: frozenset[str] = frozenset()
    followers: Mapping[str, frozenset[str]] = field(factory=dict[str, frozenset[str]])
    prerequisites: Mapping[str, frozenset[str]] = field(factory=dict[str, frozenset[str]])
    conditions: Mapping[str, Mapping[str, str]] = field(factory=dict[str, Mapping[str, str]])

    def violation(self, tool: str, done: tuple[Done, ...]) -> str | None:
        """Why ``tool`` may not run now, for the model to read; ``None`` if it may.

        >>> rules = ToolRules(prerequisites={"pay": frozenset({"quote"})})
        >>> rules.violation("pay", ())
        'pay may run only after quote'
        >>> rules.violation("pay", (("quote", "3 EUR"),)) is None
        True
        """
        if not done and self.initial and tool not in self.initial:
            return f"the first tool must be {_list(self.initial)}"
        before = {name for name, _output in done}
        missing = self.prerequisites.get(tool, frozenset[str]()) - before
        if missing:
            return f"{tool} may run only after {_list(missing)}"
        if not done:
            return None
        last, output = done[-1]
        follower = self.conditions.get(last, {}).get(output)
        allowed = frozenset({follower}) if follower else self.followers.get(last)
        if allowed is not None and tool not in allowed:
            return f"after {last} only {_list(allowed)} may come"
        return None

    def in_order(self, calls: Iterable[_T], tools: Iterable[str]) -> tuple[_T, ...]:
        """The calls of one step, of the ``tools`` in the same order, with the terminal ones last.

        >>> ToolRules(terminal=frozenset({"send"})).in_order([1, 2, 3], ["send", "note", "look"])
        (2, 3, 1)
        """
        named = list(zip(calls, tools, strict=True))
        return (
            *(call for call, tool in named if tool not in self.terminal),
            *(call for call, tool in named if tool in self.terminal),
        )


def _list(names: Iterable[str]) -> str:
    return " or ".join(sorted(names))
