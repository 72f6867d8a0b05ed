"""Tools and their rules."""

from collections.abc import Mapping
from typing import Any

import pytest

from hocket.runtime.conversation import Call
from hocket.runtime.protocol.events import Event
from hocket.runtime.protocol.lifecycle import CallStatus
from hocket.runtime.tools import DelegatedTool, Tool, ToolBox, ToolContext, run_tool


async def act(_arguments: Mapping[str, Any], context: ToolContext) -> str:
    """A tool with an effect."""
    context.effect()
    return "done"


async def test_no_effect_after_the_end() -> None:
    """What a tool left behind cannot act any more."""
    told = list[Event]()
    context = ToolContext("r1", "A", "ann", "exec-1", Call("c1", None, "act"), told.append)
    outcome = await run_tool(Tool("act", {}, act), context)
    assert (outcome.status, outcome.text) == (CallStatus.SUCCEEDED, "done")
    assert told == [
        Event("tool.effect", {"exec": "exec-1", "run": "r1", "call": "c1", "tool": "act"})
    ]
    with pytest.raises(RuntimeError, match="has ended"):
        context.effect()


def test_rules_hold_wherever_a_tool_runs() -> None:
    """The approval rule is looked up by name, and a tool without a rule has the default one."""
    box = ToolBox(
        local=[Tool("act", {}, act, needs_approval=True)],
        delegated=[DelegatedTool("bash", 5.0, needs_approval=True)],
    )
    needs = [box.needs_approval(name) for name in ("act", "bash", "find")]
    assert needs == [True, True, False]
    assert [box.owns(name) for name in ("act", "bash")] == [True, False]
    assert box.rule("bash").deadline_seconds == 5.0
    assert box.rule("find") == DelegatedTool("find", 30.0)


def test_names_are_unique() -> None:
    """Two tools of one name are refused."""
    with pytest.raises(ValueError, match="same name"):
        ToolBox(local=[Tool("act", {}, act), Tool("act", {}, act)])
