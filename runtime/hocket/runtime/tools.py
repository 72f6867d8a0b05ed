"""Tools: those that the server runs, and the rules for those that clients run for it.

The rules say which calls need a person's approval, and they hold wherever a tool runs.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any

from attrs import define, field, frozen
from attrs.validators import gt

from hocket.runtime.conversation import Call
from hocket.runtime.protocol.events import Emit, Event
from hocket.runtime.protocol.frames import ToolSchema
from hocket.runtime.protocol.lifecycle import CallStatus
from hocket.runtime.tool_rules import ToolRules

__all__ = [
    "DelegatedTool",
    "Tool",
    "ToolBox",
    "ToolContext",
    "ToolOutcome",
    "run_tool",
]


@define(eq=False)
class ToolContext:
    """What a tool may know of the call that it serves, and how it says what it did."""

    run: str
    thread: str
    user: str
    execution: str
    call: Call
    _emit: Emit
    _ended: bool = field(default=False, init=False)

    def effect(self) -> None:
        """Say that the tool's side effect happens now.

        Raises :exc:`RuntimeError` once the tool has ended: what it left behind must not act.
        """
        if self._ended:
            raise RuntimeError(f"tool {self.call.tool} has ended")
        fields = {"exec": self.execution, "run": self.run}
        self._emit(Event("tool.effect", {**fields, "call": self.call.id, "tool": self.call.tool}))

    def end(self) -> None:
        """No more effects."""
        self._ended = True


@frozen
class Tool:
    """A tool that the server runs: ``run(arguments, context)`` gives the result, or raises."""

    name: str
    parameters: Mapping[str, Any]
    run: Callable[[Mapping[str, Any], ToolContext], Awaitable[str]]
    needs_approval: bool = False
    description: str = ""

    @property
    def schema(self) -> ToolSchema:
        """The tool as it is shown to a model."""
        return ToolSchema(self.name, self.description, self.parameters)


@frozen
class DelegatedTool:
    """The rule for a tool of this name that a client runs; it must answer within the deadline."""

    name: str
    deadline_seconds: float = field(default=30.0, validator=gt(0))
    needs_approval: bool = False


@frozen
class ToolOutcome:
    """How a call ended, and what the model is told of it."""

    status: CallStatus
    text: str


def _by_name(tools: Collection[Any]) -> Mapping[str, Any]:
    named = {tool.name: tool for tool in tools}
    if len(named) != len(tools):
        raise ValueError("two tools have the same name")
    return MappingProxyType(named)


@frozen
class ToolBox:
    """The server's own tools, and the rules for delegated ones, both by name; and the ``order`` in
    which tools may be used.

    Raises :exc:`ValueError` if two of a kind have the same name.
    """

    local: Mapping[str, Tool] = field(factory=dict[str, Tool], converter=_by_name)
    delegated: Mapping[str, DelegatedTool] = field(
        factory=dict[str, DelegatedTool], converter=_by_name
    )

    order: ToolRules = field(factory=ToolRules)
    schemas: tuple[ToolSchema, ...] = field(init=False)

    def __attrs_post_init__(self) -> None:
        shown = tuple(tool.schema for tool in self.local.values())
        object.__setattr__(self, "schemas", shown)

    def owns(self, name: str) -> bool:
        """Whether the server runs the tool of this name, so that no client may register it."""
        return name in self.local

    def rule(self, name: str) -> DelegatedTool:
        """The rule for a tool that a client runs."""
        return self.delegated.get(name) or DelegatedTool(name)

    def needs_approval(self, name: str) -> bool:
        """Whether a person must approve each call, wherever the tool runs."""
        tool = self.local.get(name) or self.delegated.get(name)
        return tool is not None and tool.needs_approval


async def run_tool(tool: Tool, context: ToolContext) -> ToolOutcome:
    """Run a tool of the server; whatever it raises is a failed call, not a failed turn."""
    try:
        text = await tool.run(context.call.arguments, context)
    except Exception as error:
        return ToolOutcome(CallStatus.FAILED, f"error: {error}")
    finally:
        context.end()
    return ToolOutcome(CallStatus.SUCCEEDED, text)
